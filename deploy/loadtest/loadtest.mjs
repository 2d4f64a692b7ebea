#!/usr/bin/env node
// Puts a realistic load on bridgewatch, or on Coder's own AI Bridge API, and says how it was answered. See README.md.
import process from 'node:process'
import { Crew } from './lib/crew.mjs'
import { runMain } from './lib/faults.mjs'
import { loadOptions, read, readOptions, tokensOf } from './lib/options.mjs'
import { probe } from './lib/probe.mjs'
import { describeLoad, loadReport, writeReport } from './lib/report.mjs'
import { summarize } from './lib/tally.mjs'

const table = {
  url: ['URL', '', read.address, "the server's root, or unix:/path/to/socket"],
  duration: ['TIME', '30s', read.duration, 'how long is measured'],
  warmup: ['TIME', '3s', read.duration, 'how long before that'],
  'max-failed': ['SHARE', '1', read.share, 'exit status 1 where more than this share of the requests is not answered with 200'],
  ...loadOptions
}

const usage = `usage: node loadtest.mjs --url URL --token-file FILE [options]
Exit status: 0 done, 1 failed (also where nothing was answered), 2 wrong usage.`

async function main() {
  const options = readOptions(process.argv.slice(2), table, usage, ['url'])
  if (options === undefined) return 0
  const target = {
    address: options.url,
    tokens: tokensOf(options['token-file'], 'CODER_SESSION_TOKEN'),
    headers: Object.fromEntries(options.header ? [options.header] : [])
  }
  target.vocabulary = await probe(target, options)
  const crew = new Crew([target], options)
  const result = summarize(await crew.run(0, options.warmup, options.duration))
  await crew.stop()
  const out = {
    url: options.url.name,
    load: describeLoad(options),
    leftOut: crew.leftOut,
    probeRequests: target.vocabulary.requests,
    ...result
  }
  writeReport(options.json, out, loadReport)
  return result.good === 0 || result.failedShare > options['max-failed'] ? 1 : 0
}

await runMain('loadtest', main)

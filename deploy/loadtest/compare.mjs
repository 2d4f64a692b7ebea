#!/usr/bin/env node
// Compares two servers, or two versions, under the same load, in turn in one run. See README.md.
import process from 'node:process'
import prand from 'pure-rand'
import { Crew } from './lib/crew.mjs'
import { RunFault, runMain } from './lib/faults.mjs'
import { loadOptions, read, readOptions, tokensOf } from './lib/options.mjs'
import { probe } from './lib/probe.mjs'
import { comparisonReport, describeLoad, writeReport } from './lib/report.mjs'
import { compareRounds, fewestRounds, gate, judge } from './lib/statistics.mjs'
import { merge, summarize } from './lib/tally.mjs'

const table = {
  baseline: ['URL', '', read.address, 'the server to be measured by: its root, or unix:/path/to/socket'],
  candidate: ['URL', '', read.address, 'the server to be judged'],
  'candidate-token-file': ['FILE', '', read.lines, 'its tokens, where they are others; likewise CODER_SESSION_TOKEN_CANDIDATE'],
  rounds: ['N', '12', read.integer(fewestRounds, 10_000), 'each server has two slices in a round'],
  slice: ['TIME', '2s', read.duration, 'how long is measured in a slice'],
  settle: ['TIME', '300ms', read.duration, 'how long a slice goes on before that'],
  'max-ratio': ['FACTOR', '', read.number(1), 'exit status 3 where a measure of the candidate is shown to be worse by more than that'],
  strict: ['', '', null, 'exit status 3 also where that is not shown to be otherwise'],
  'max-failed': ['SHARE', '0.01', read.share, 'nothing is compared where more of the requests to either are not answered with 200'],
  ...loadOptions
}

const usage = `usage: node compare.mjs --baseline URL --candidate URL --token-file FILE [options]
Exit status: 0 done, 1 failed, 2 wrong usage, 3 --max-ratio is exceeded.`

function targetsOf(options) {
  const headers = Object.fromEntries(options.header ? [options.header] : [])
  const own = options['candidate-token-file'] ?? (process.env.CODER_SESSION_TOKEN_CANDIDATE ? null : options['token-file'])
  return [
    { address: options.baseline, headers, tokens: tokensOf(options['token-file'], 'CODER_SESSION_TOKEN') },
    { address: options.candidate, headers, tokens: tokensOf(own, 'CODER_SESSION_TOKEN_CANDIDATE', 'CODER_SESSION_TOKEN') }
  ]
}

// ABBA or BAAB: what drifts evenly in a round hits both alike, and neither always comes first.
function* orders(rounds, seed) {
  const random = prand.xoroshiro128plus(seed)
  for (let i = 0; i < rounds; ++i) yield prand.unsafeUniformIntDistribution(0, 1, random) ? [0, 1, 1, 0] : [1, 0, 0, 1]
}

async function measure(crew, { rounds, slice, settle, seed }) {
  const out = []
  for (const side of [0, 1]) await crew.run(side, settle, slice) // caches and connections
  for (const order of orders(rounds, seed)) {
    const parts = [[], []]
    for (const side of order) parts[side].push(await crew.run(side, settle, slice))
    out.push(parts.map((slices) => merge(slices, (2 * slice) / 1000)))
  }
  return out
}

function valuesOf(result, name) {
  const { throughput, latency } = summarize(result)
  if (latency === null || throughput === 0) throw new RunFault(`${name} has answered nothing in a round; expected longer slices, or a server that answers`)
  return { throughput, p50: latency.p50, p95: latency.p95, p99: latency.p99 }
}

function outcome(options, targets, crew, measured) {
  const sums = [0, 1].map((side) => {
    const all = merge(measured.map((round) => round[side]), (2 * options.rounds * options.slice) / 1000)
    return { url: targets[side].address.name, ...summarize(all) }
  })
  const out = {
    load: { ...describeLoad(options), rounds: options.rounds, slice: options.slice, settle: options.settle },
    leftOut: crew.leftOut,
    sameData: targets[0].vocabulary.fingerprint === targets[1].vocabulary.fingerprint,
    baseline: sums[0],
    candidate: sums[1],
    fewest: Math.min(...measured.flat().map((each) => summarize(each).good))
  }
  const failing = sums.filter((each) => each.failedShare > options['max-failed'] || each.skipped > 0)
  if (failing.length > 0) return { ...out, verdict: 'not comparable', failing: failing.map((each) => each.url) }
  out.rounds = measured.map((round) => ({ baseline: valuesOf(round[0], sums[0].url), candidate: valuesOf(round[1], sums[1].url) }))
  out.compared = compareRounds(out.rounds, options.seed)
  const gated = options['max-ratio'] === null ? {} : { maxRatio: options['max-ratio'], gate: gate(out.compared, options['max-ratio']) }
  return { ...out, ...judge(out.compared), ...gated }
}

async function main() {
  const options = readOptions(process.argv.slice(2), table, usage, ['baseline', 'candidate'])
  if (options === undefined) return 0
  const targets = targetsOf(options)
  for (const target of targets) target.vocabulary = await probe(target, options)
  const crew = new Crew(targets, options)
  const measured = await measure(crew, options)
  await crew.stop()
  const out = outcome(options, targets, crew, measured)
  writeReport(options.json, out, comparisonReport)
  if (out.verdict === 'not comparable') return 1
  const failing = options.strict ? ['exceeded', 'undecided'] : ['exceeded']
  return Object.values(out.gate ?? {}).some((each) => failing.includes(each)) ? 3 : 0
}

await runMain('compare', main)

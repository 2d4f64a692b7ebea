// Results in words and tables.
import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { RunFault } from './faults.mjs'
import { measures } from './statistics.mjs'

const busyLimit = 0.8
const lagLimit = 5 // ms

export function describeLoad({ rate, clients, connections, threads, limit, depth, mix, count, seed }) {
  const loop = rate === null ? { loop: 'closed', clients } : { loop: 'open', rate, connections }
  return { ...loop, threads, limit, depth, mix, count, seed }
}

export function writeReport(json, out, text) {
  const asJson = () => JSON.stringify(out, null, 2) + '\n'
  process.stdout.write(json === '-' ? asJson() : text(out) + '\n')
  if (json === null || json === '-') return
  try {
    writeFileSync(json, asJson())
  } catch (fault) {
    throw new RunFault(`cannot write ${json}: ${fault.code}`)
  }
}

const ms = (value) => (value === undefined ? '-' : value.toFixed(value < 10 ? 2 : 1))
const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 2 : 0)} %`

function columns(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row) => row.map((cell, i) => (i === 0 || i === widths.length - 1 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ').trimEnd()
  return rows.map(line).join('\n')
}

const counts = (statuses) => Object.entries(statuses).map(([status, n]) => `${status}: ${n}`).join(', ')

function loopText(load) {
  return load.loop === 'closed' ? `closed loop, ${load.clients} clients` : `open loop, ${load.rate} requests/s`
}

function row(name, of, seconds) {
  const { p50, p95, p99, max } = of.latency ?? {}
  return [name, String(of.measured), (of.good / seconds).toFixed(1), ms(p50), ms(p95), ms(p99), ms(max), counts(of.notAnswered)]
}

export function loadReport(out) {
  const head = ['', 'requests', 'good/s', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'not answered with 200']
  const rows = Object.entries(out.kinds).map(([kind, of]) => row(kind, of, out.seconds))
  return [
    `${out.url}: ${loopText(out.load)}, ${out.seconds} s`,
    ...leftOutText(out.leftOut),
    '',
    columns([head, ...rows, row('all', out, out.seconds)]),
    '',
    `${out.throughput.toFixed(1)} answers/s; ${percent(out.failedShare)} not answered with 200; ${out.megabytes.toFixed(1)} MB; ${out.sent} sent with the warm-up, and ${out.probeRequests} before it`,
    ...clientText(out)
  ].join('\n')
}

function leftOutText(kinds) {
  return kinds.length === 0 ? [] : [`left out, since the server has no such route or nothing to show there: ${kinds.join(', ')}`]
}

// Whether the figures are the server's, or this program's.
function clientText({ client, skipped, load }) {
  const lag = client.lag === null ? '' : `, sent ${ms(client.lag.p99)} ms late (p99)`
  const out = [`this program: busy ${percent(client.busy)}${lag}`]
  if (client.busy > busyLimit || client.lag?.p99 > lagLimit)
    out.push(`warning: this program is the bottleneck; latencies are its own. Give it more --threads (${load.threads} now) or another machine.`)
  if (skipped > 0) out.push(`warning: ${skipped} requests were due and not sent, since 10000 had no answer yet: the server is far below the rate.`)
  return out
}

const figure = (value) => value.toFixed(value < 10 ? 3 : value < 1000 ? 1 : 0)

function comparedTable({ compared, gate }) {
  const head = ['', 'baseline', 'candidate', 'ratio', 'interval', '']
  const rows = Object.entries(compared).map(([name, { baseline, candidate, ratio, low, high }]) =>
    [measures[name].name, figure(baseline), figure(candidate), ratio.toFixed(3), `${low.toFixed(3)} to ${high.toFixed(3)}`, gate?.[name] ?? ''])
  return columns([head, ...rows])
}

function verdictText({ verdict, worse, better, maxRatio, gate }) {
  const shown = [worse.length && `worse: ${worse.join(', ')}`, better.length && `better: ${better.join(', ')}`].filter(Boolean)
  const out = [`verdict: ${['slower', 'faster'].includes(verdict) ? `the candidate is ${verdict}` : verdict}${shown.length ? ` (${shown.join('; ')})` : ''}`]
  if (gate === undefined) return out
  const of = (outcome) => Object.keys(gate).filter((name) => gate[name] === outcome)
  const parts = ['exceeded', 'undecided', 'kept'].filter((each) => of(each).length > 0).map((each) => `${each}: ${of(each).join(', ')}`)
  return [...out, `--max-ratio ${maxRatio}: ${parts.join('; ')}`]
}

function sideText(name, { url, sent, failedShare, notAnswered }) {
  const failed = Object.keys(notAnswered).length > 0 ? `, ${percent(failedShare)} not answered with 200 (${counts(notAnswered)})` : ''
  return `${name}  ${url}: ${sent} requests${failed}`
}

function comparisonWarnings(out) {
  const warnings = [out.baseline, out.candidate].flatMap((side) => clientText({ ...side, load: out.load }).slice(1))
  if (!out.sameData) warnings.push('warning: the two do not show the same rows; this compares what they hold, too.')
  if (out.fewest < 500) warnings.push(`warning: only ${out.fewest} answers in a round of one of them: p99 is next to the slowest one. Give it a longer --slice.`)
  return [...new Set(warnings)]
}

export function comparisonReport(out) {
  const { load } = out
  const body = out.compared
    ? [comparedTable(out), '', 'Ratios are candidate to baseline; the four intervals hold together with 95 % confidence (bootstrap-t over the rounds).', ...verdictText(out)]
    : [`verdict: not comparable: too many requests were not answered with 200 by ${out.failing.join(' and ')}; a quick refusal is no quick answer`]
  return [
    sideText('baseline ', out.baseline),
    sideText('candidate', out.candidate),
    `${loopText(load)}; ${load.rounds} rounds in the order ABBA or BAAB, ${load.slice} ms a slice after ${load.settle} ms`,
    ...leftOutText(out.leftOut),
    '',
    ...body,
    ...comparisonWarnings(out)
  ].join('\n')
}

// What one thread sees in one slice.

// Answered in the sense of the API.
export const isGood = (status) => status === '200'

export class Tally {
  // @param from, to  the span that is measured, by the steady clock
  constructor(from, to) {
    this.from = from
    this.to = to
    this.sent = 0
    this.bytes = 0
    this.answered = 0
    this.skipped = 0 // due, and not sent: too many were out already
    this.lags = []
    this.kinds = {}
  }

  #of(kind) {
    return (this.kinds[kind] ??= { statuses: {}, measured: {}, latencies: [] })
  }

  // Latency begins when a request was due, whether it was sent then or not. It is kept of those that were due in the span, of
  // good answers and of those that did not come in time: these took as long at least. A refusal is quick and no answer.
  add(kind, status, due, done, bytes) {
    const of = this.#of(kind)
    ++this.sent
    this.bytes += bytes
    of.statuses[status] = (of.statuses[status] ?? 0) + 1
    if (isGood(status) && done >= this.from && done < this.to) ++this.answered
    if (due < this.from || due >= this.to) return
    of.measured[status] = (of.measured[status] ?? 0) + 1
    if (isGood(status) || status === 'timeout') of.latencies.push(done - due)
  }

  // How much later than due a request was sent.
  late(due, sent) {
    if (due >= this.from && due < this.to) this.lags.push(sent - due)
  }

  result(busy) {
    for (const of of Object.values(this.kinds)) of.latencies = Float64Array.from(of.latencies)
    const { sent, bytes, answered, skipped, kinds } = this
    return { sent, bytes, answered, skipped, kinds, busy, lags: Float64Array.from(this.lags), seconds: (this.to - this.from) / 1000 }
  }
}

const joined = (arrays) => {
  const out = new Float64Array(arrays.reduce((sum, each) => sum + each.length, 0))
  let at = 0
  for (const each of arrays) {
    out.set(each, at)
    at += each.length
  }
  return out
}

const sum = (counts) => {
  const out = {}
  for (const each of counts) for (const [key, n] of Object.entries(each)) out[key] = (out[key] ?? 0) + n
  return out
}

const total = (results, field) => results.reduce((all, each) => all + each[field], 0)

// Results as one. @param seconds  how long they measured together: threads at the same time, slices one after the other
export function merge(results, seconds) {
  const kinds = {}
  for (const kind of new Set(results.flatMap((each) => Object.keys(each.kinds)))) {
    const parts = results.map((each) => each.kinds[kind]).filter(Boolean)
    kinds[kind] = {
      statuses: sum(parts.map((each) => each.statuses)),
      measured: sum(parts.map((each) => each.measured)),
      latencies: joined(parts.map((each) => each.latencies))
    }
  }
  return {
    sent: total(results, 'sent'),
    bytes: total(results, 'bytes'),
    answered: total(results, 'answered'),
    skipped: total(results, 'skipped'),
    lags: joined(results.map((each) => each.lags)),
    busy: Math.max(...results.map((each) => each.busy)),
    seconds,
    kinds
  }
}

// Quantiles are of what was measured, nearest rank. @return null where nothing was
export function quantiles(latencies) {
  if (latencies.length === 0) return null
  const sorted = Float64Array.from(latencies).sort()
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) }
}

const count = (statuses, wanted) => Object.entries(statuses).reduce((all, [status, n]) => all + (wanted(status) ? n : 0), 0)

const only = (statuses, wanted) => Object.fromEntries(Object.entries(statuses).filter(([status]) => wanted(status)))

function summaryOf({ statuses, measured, latencies }) {
  const requests = count(measured, () => true)
  const good = count(measured, isGood)
  return {
    measured: requests,
    good,
    failedShare: requests === 0 ? 0 : 1 - good / requests,
    latency: quantiles(latencies),
    statuses,
    notAnswered: only(measured, (status) => !isGood(status))
  }
}

// The figures of a result, ready for JSON. Milliseconds and seconds.
export function summarize(result) {
  const parts = Object.values(result.kinds)
  const all = {
    statuses: sum(parts.map((each) => each.statuses)),
    measured: sum(parts.map((each) => each.measured)),
    latencies: joined(parts.map((each) => each.latencies))
  }
  return {
    seconds: result.seconds,
    sent: result.sent,
    skipped: result.skipped,
    throughput: result.answered / result.seconds,
    megabytes: result.bytes / 1e6,
    ...summaryOf(all),
    client: { busy: result.busy, lag: quantiles(result.lags) },
    kinds: Object.fromEntries(Object.entries(result.kinds).map(([kind, of]) => [kind, summaryOf(of)]))
  }
}

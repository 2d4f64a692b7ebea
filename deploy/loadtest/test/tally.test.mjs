import assert from 'node:assert/strict'
import { test } from 'node:test'
import { merge, quantiles, summarize, Tally } from '../lib/tally.mjs'

// 1000 to 2000 ms is measured.
const tally = () => new Tally(1000, 2000)

test('latency begins when a request was due, and is kept of those due in the span, however late they end', () => {
  const seen = tally()
  seen.add('page', '200', 900, 1100, 10) // due before: its answer counts for the throughput alone
  seen.add('page', '200', 1000, 1005, 10)
  seen.add('page', '200', 1999, 9999, 10) // after the span: no throughput, and the latency that it had
  seen.add('page', '200', 2000, 2001, 10)
  const { sent, throughput, measured, latency, statuses } = summarize(seen.result(0))
  assert.deepEqual({ sent, throughput, measured, statuses }, { sent: 4, throughput: 2, measured: 2, statuses: { 200: 4 } })
  assert.equal(latency.max, 8000)
})

test('a server that stops for a second has all requests that were due meanwhile against it', () => {
  const seen = tally()
  for (let due = 1000; due < 2000; due += 10) seen.add('page', '200', due, 2000 + (due - 1000) / 1000, 1)
  const { p50, max } = summarize(seen.result(0)).latency
  assert.ok(max >= 1000 && p50 > 500, `${p50}, ${max}`)
})

test('a refusal is no answer and no latency; a time limit that was reached is a latency', () => {
  const seen = tally()
  seen.add('page', '503', 1000, 1000.1, 1)
  seen.add('page', '429', 1000, 1000.1, 1)
  seen.add('search', 'timeout', 1000, 6000, 0)
  seen.add('search', '200', 1000, 1020, 1)
  const out = summarize(seen.result(0))
  assert.deepEqual(out.notAnswered, { 503: 1, 429: 1, timeout: 1 })
  assert.deepEqual([out.good, out.failedShare, out.throughput], [1, 0.75, 1])
  assert.deepEqual(out.latency, { p50: 20, p95: 5000, p99: 5000, max: 5000 })
  assert.equal(out.kinds.page.latency, null)
})

test('quantiles are those of the nearest rank', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, i) => 100 - i)
  assert.deepEqual(quantiles(hundred), { p50: 50, p95: 95, p99: 99, max: 100 })
  assert.deepEqual(quantiles(Float64Array.of(7)), { p50: 7, p95: 7, p99: 7, max: 7 })
  assert.equal(quantiles(Float64Array.of()), null)
})

test('threads measure at the same time, slices one after the other', () => {
  const one = (status) => {
    const seen = tally()
    seen.add('page', status, 1000, 1010, 5)
    return seen.result(0.5)
  }
  const threads = merge([one('200'), one('503')], 1)
  const slices = summarize(merge([threads, merge([one('200')], 1)], 2))
  assert.deepEqual([slices.sent, slices.throughput, slices.good], [3, 1, 2])
  assert.deepEqual(slices.kinds.page.statuses, { 200: 2, 503: 1 })
})

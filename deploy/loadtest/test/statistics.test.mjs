import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import prand from 'pure-rand'
import { compareRounds, gate, judge, measures } from '../lib/statistics.mjs'

const names = Object.keys(measures)
const draws = 3000 // fewer than usual, since there are many comparisons
const recorded = JSON.parse(readFileSync(new URL('./recorded.json', import.meta.url), 'utf8'))

// Rounds as a machine gives them that is busy with other things: `drift` hits both servers of a round, noise each of them.
function simulated(rounds, random, factor = 1) {
  const uniform = () => (prand.unsafeUniformIntDistribution(1, 1 << 24, random) / (1 << 24))
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  return Array.from({ length: rounds }, () => {
    const drift = Math.exp(0.3 * normal())
    const noise = () => Math.exp((uniform() < 0.1 ? 0.25 : 0.05) * normal()) // one in ten is an outlier
    const side = (slower) => ({
      throughput: 1000 / (drift * slower * noise()),
      ...Object.fromEntries(['p50', 'p95', 'p99'].map((name) => [name, 5 * drift * slower * noise()]))
    })
    return { baseline: side(1), candidate: side(factor) }
  })
}

test('two instances of one program: no difference is claimed', () => {
  const { verdict, worse, better } = judge(compareRounds(recorded.same))
  assert.deepEqual({ verdict, worse, better }, { verdict: 'no difference shown', worse: [], better: [] })
})

test('a program that prepares each statement anew: slower, and by how much', () => {
  const compared = compareRounds(recorded.unprepared)
  assert.equal(judge(compared).verdict, 'slower')
  assert.ok(compared.p50.low > 1.1 && compared.throughput.high < 0.9, JSON.stringify(compared))
  assert.equal(gate(compared, 1.1).p50, 'exceeded')
})

test('turned round, a comparison says the opposite', () => {
  const turned = recorded.unprepared.map(({ baseline, candidate }) => ({ baseline: candidate, candidate: baseline }))
  const [there, back] = [compareRounds(recorded.unprepared), compareRounds(turned)]
  assert.equal(judge(back).verdict, 'faster')
  for (const name of names) assert.ok(Math.abs(there[name].ratio * back[name].ratio - 1) < 1e-9)
})

test('of equal servers, in one comparison of twenty at most some difference is claimed', () => {
  const random = prand.xoroshiro128plus(8)
  const trials = 200
  let claims = 0
  for (let i = 0; i < trials; ++i) claims += judge(compareRounds(simulated(10, random), i, draws)).verdict === 'no difference shown' ? 0 : 1
  assert.ok(claims / trials <= 0.08, `${claims} of ${trials}`) // 5 %, and twice the error of 200 trials
})

test('20 % are found in ten rounds, though the machine drifts by 30 %', () => {
  const random = prand.xoroshiro128plus(9)
  const found = Array.from({ length: 40 }, (_, i) => judge(compareRounds(simulated(10, random, 1.2), i, draws)).verdict)
  assert.ok(found.filter((verdict) => verdict === 'slower').length >= 36, found.join())
  assert.ok(!found.includes('faster'))
})

test('the limit is exceeded, kept or undecided by the interval and not by the estimate', () => {
  const of = (low, high) => ({ throughput: { low: 1, high: 1 }, p50: { low, high } })
  assert.equal(gate(of(1.21, 1.5), 1.2).p50, 'exceeded')
  assert.equal(gate(of(1.1, 1.3), 1.2).p50, 'undecided')
  assert.equal(gate(of(0.9, 1.2), 1.2).p50, 'kept')
  const throughput = (low, high) => gate({ throughput: { low, high } }, 1.25).throughput
  assert.deepEqual([throughput(0.5, 0.79), throughput(0.7, 0.9), throughput(0.8, 1.1)], ['exceeded', 'undecided', 'kept'])
})

test('rounds that are all alike have no spread, and are no fault', () => {
  const side = { throughput: 100, p50: 1, p95: 2, p99: 3 }
  const compared = compareRounds(Array.from({ length: 8 }, () => ({ baseline: side, candidate: side })))
  assert.equal(judge(compared).verdict, 'no difference shown')
  assert.deepEqual([compared.p50.low, compared.p50.high], [1, 1])
})

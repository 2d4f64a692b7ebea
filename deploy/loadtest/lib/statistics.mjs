// Ratios of two servers from rounds in which both were measured, with intervals.
//
// A round gives each server one value for each measure. What a machine does meanwhile hits both, so that a round's ratio is
// steadier than its values. The estimate is the geometric mean of the rounds' ratios; its interval is a bootstrap-t over the
// rounds (Efron and Tibshirani, An Introduction to the Bootstrap, chapter 12): rounds are drawn anew with replacement, the mean
// of their logarithms is divided by its standard error each time, and the quantiles of that say how far the true mean may be.
// There are four measures, so each interval is made for 1 - 5 %/4 (Bonferroni): with equal servers, some of the four leaves 1
// outside in one comparison of twenty.
import prand from 'pure-rand'

export const measures = {
  throughput: { name: 'throughput /s', moreIsBetter: true },
  p50: { name: 'p50 ms' },
  p95: { name: 'p95 ms' },
  p99: { name: 'p99 ms' }
}

export const fewestRounds = 8 // of fewer, too many draws are one round over and over, and the interval is absurdly wide

const confidence = 0.95
const usualDraws = 20_000

const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length

function standardError(values, middle) {
  const squares = values.reduce((sum, each) => sum + (each - middle) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1) / values.length)
}

// @return [low, high] for the mean of values, which are rounds'
export function bootstrapT(values, error, random, draws) {
  const middle = mean(values)
  const own = standardError(values, middle)
  if (own === 0) return [middle, middle]
  const found = []
  const drawn = new Array(values.length)
  while (found.length < draws) {
    for (let i = 0; i < drawn.length; ++i) drawn[i] = values[prand.unsafeUniformIntDistribution(0, values.length - 1, random)]
    const at = mean(drawn)
    const spread = standardError(drawn, at)
    if (spread > own * 1e-9) found.push((at - middle) / spread) // a draw of one round over and over has none
  }
  found.sort((a, b) => a - b)
  const quantile = (share) => found[Math.round(share * (found.length - 1))]
  return [middle - quantile(1 - error / 2) * own, middle - quantile(error / 2) * own]
}

// @param rounds  at least fewestRounds {baseline, candidate} of {throughput, p50, p95, p99}, all above 0
// @return by measure {baseline, candidate: geometric means, ratio: candidate to baseline, low, high}
export function compareRounds(rounds, seed = 1, draws = usualDraws) {
  const random = prand.xoroshiro128plus(seed)
  const error = (1 - confidence) / Object.keys(measures).length
  const out = {}
  for (const measure of Object.keys(measures)) {
    const logs = (side) => rounds.map((round) => Math.log(round[side][measure]))
    const [baseline, candidate] = [logs('baseline'), logs('candidate')]
    const differences = candidate.map((each, i) => each - baseline[i])
    const [low, high] = bootstrapT(differences, error, random, draws).map(Math.exp)
    const [a, b, ratio] = [baseline, candidate, differences].map((values) => Math.exp(mean(values)))
    out[measure] = { baseline: a, candidate: b, ratio, low, high }
  }
  return out
}

// The same, turned so that above 1 is worse.
const asWorse = (measure, { low, high }) => (measures[measure].moreIsBetter ? { low: 1 / high, high: 1 / low } : { low, high })

// What the intervals say of the candidate.
// @return {verdict, worse, better}: measures whose interval leaves 1 outside
export function judge(compared) {
  const names = Object.keys(compared)
  const worse = names.filter((name) => asWorse(name, compared[name]).low > 1)
  const better = names.filter((name) => asWorse(name, compared[name]).high < 1)
  const verdict = worse.length && better.length ? 'mixed' : worse.length ? 'slower' : better.length ? 'faster' : 'no difference shown'
  return { verdict, worse, better }
}

// Whether the candidate is worse than the baseline by more than this factor.
// @return by measure "exceeded", "kept", or "undecided" where the interval holds the limit
export function gate(compared, maxRatio) {
  const outcome = ({ low, high }) => (low > maxRatio ? 'exceeded' : high <= maxRatio ? 'kept' : 'undecided')
  return Object.fromEntries(Object.entries(compared).map(([name, of]) => [name, outcome(asWorse(name, of))]))
}

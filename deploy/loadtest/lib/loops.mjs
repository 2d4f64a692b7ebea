// The two ways of asking, for one slice of time.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { now } from './clock.mjs'
import { isGood, Tally } from './tally.mjs'

const mostOut = 10_000 // requests of an open loop that wait for an answer
const pause = { usual: 100, most: 1000 } // ms, of a client that was refused

// @param slice  {settle, measure} in ms, and {clients} or {rate} of this thread, {phase} of 0 to 1: where between two requests
//               of an open loop this thread begins
// @return what Tally has. All that was sent has been answered or given up by then.
export async function runSlice(client, mix, slice) {
  const begin = now()
  const tally = new Tally(begin + slice.settle, begin + slice.settle + slice.measure)
  const before = performance.eventLoopUtilization()
  const asker = new Asker(client, mix, tally)
  if (slice.rate === undefined) await closedLoop(asker, slice.clients)
  else await openLoop(asker, slice.rate, begin, slice.phase)
  const busy = performance.eventLoopUtilization(before).utilization
  return tally.result(busy)
}

class Asker {
  constructor(client, mix, tally) {
    this.client = client
    this.mix = mix
    this.tally = tally
  }

  // @return the answer
  async ask(due) {
    const request = this.mix.next()
    const answer = await this.client.get(request.path)
    let { status } = answer
    if (isGood(status)) {
      try {
        this.mix.learn(request, answer.body)
      } catch {
        status = 'not as described'
      }
    }
    this.tally.add(request.kind, status, due, answer.done, answer.bytes)
    return answer
  }
}

// Who is refused waits as long as the server says, a second at most, or else a refusal would be asked for again at once.
async function closedLoop(asker, clients) {
  const end = asker.tally.to
  const one = async () => {
    while (now() < end) {
      const { status, retryAfter } = await asker.ask(now())
      if (['429', '503', 'connection'].includes(status)) await sleep(Math.min(retryAfter ?? pause.usual, pause.most, Math.max(0, end - now())))
    }
  }
  await Promise.all(Array.from({ length: clients }, one))
}

async function openLoop(asker, rate, begin, phase) {
  const { tally } = asker
  const period = 1000 / rate
  const first = begin + phase * period
  const count = Math.max(0, Math.ceil((tally.to - first) / period))
  const out = new Set()
  let next = 0
  await ticks({ first, period, count }, (n) => {
    for (let i = 0; i < n; ++i) {
      const due = first + next++ * period
      if (out.size >= mostOut) {
        ++tally.skipped
        continue
      }
      tally.late(due, now())
      const sent = asker.ask(due).finally(() => out.delete(sent))
      out.add(sent)
    }
  })
  await answeredOrGivenUp(asker.client, out)
}

// What waits for a connection has no time limit of its own.
async function answeredOrGivenUp(client, out) {
  const all = Promise.all(out)
  const stop = new AbortController()
  const late = sleep(client.limits.timeout, true, { signal: stop.signal }).catch(() => false)
  if (await Promise.race([all, late]) === true) await client.abandon()
  stop.abort()
  await all
}

// Calls `due` with how many requests are due, when they are.
function ticks(schedule, due) {
  return new Promise((resolve, reject) => {
    const metronome = new Worker(new URL('./metronome.mjs', import.meta.url), { workerData: schedule })
    metronome.on('message', due)
    metronome.on('error', reject)
    metronome.on('exit', resolve)
  })
}

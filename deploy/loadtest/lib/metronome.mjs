// A thread that says when requests are due, to a tenth of a millisecond. Timers of an event loop have whole ones, which is more
// than a page may take.
import { parentPort, workerData } from 'node:worker_threads'
import { now } from './clock.mjs'

const { first, period, count } = workerData
const cell = new Int32Array(new SharedArrayBuffer(4))

for (let said = 0; said < count;) {
  const wait = first + said * period - now()
  if (wait > 0) Atomics.wait(cell, 0, 0, wait)
  const due = Math.min(count, Math.floor((now() - first) / period) + 1)
  if (due > said) parentPort.postMessage(due - said)
  said = Math.max(said, due)
}

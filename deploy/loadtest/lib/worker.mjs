// A thread of the load: keeps its connections and walks to each server from slice to slice.
import { parentPort, workerData } from 'node:worker_threads'
import { Client } from './client.mjs'
import { runSlice } from './loops.mjs'
import { Mix } from './mix.mjs'

const { targets, weights, options, seed, limits } = workerData
const sides = targets.map((target) => ({ client: new Client(target, limits), mix: new Mix(weights, target.vocabulary, options, seed) }))

parentPort.on('message', async ({ side, slice }) => {
  const { client, mix } = sides[side]
  parentPort.postMessage(await runSlice(client, mix, slice))
})

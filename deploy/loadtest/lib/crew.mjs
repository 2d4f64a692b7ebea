// The threads that make the load.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { RunFault } from './faults.mjs'
import { kinds } from './mix.mjs'
import { merge } from './tally.mjs'

export class Crew {
  // @param targets  one or two: {address, tokens, headers, vocabulary: what probe() found}
  // @param options  as the command line has them
  constructor(targets, options) {
    this.options = options
    const weights = weightsFor(targets, options.mix)
    this.leftOut = Object.keys(options.mix).filter((kind) => weights[kind] === undefined)
    const { threads, clients, rate } = options
    this.threads = rate === null ? Math.min(threads, clients) : threads
    const connections = Math.ceil((rate === null ? clients : options.connections) / this.threads)
    const { api, limit, depth, count, seed, timeout } = options
    this.workers = Array.from({ length: this.threads }, (_, i) => new Worker(new URL('./worker.mjs', import.meta.url), {
      workerData: { targets, weights, options: { api, limit, depth, count }, seed: seed + i, limits: { connections, timeout } }
    }))
  }

  // One slice against one of the targets. @return what merge() gives
  async run(side, settle, measure) {
    const results = await Promise.all(this.workers.map(async (worker, i) => {
      worker.postMessage({ side, slice: { settle, measure, ...this.#share(i) } })
      const [result] = await once(worker, 'message')
      return result
    }))
    return merge(results, measure / 1000)
  }

  #share(i) {
    const { clients, rate } = this.options
    if (rate !== null) return { rate: rate / this.threads, phase: i / this.threads }
    return { clients: Math.floor(clients / this.threads) + (i < clients % this.threads ? 1 : 0) }
  }

  stop() {
    return Promise.all(this.workers.map((worker) => worker.terminate()))
  }
}

// The kinds that all targets have.
function weightsFor(targets, mix) {
  const all = (kind) => targets.every((target) => target.vocabulary.has.includes(kinds[kind].endpoint))
  const weights = Object.fromEntries(Object.entries(mix).filter(([kind]) => all(kind)))
  if (Object.keys(weights).length === 0) throw new RunFault(`nothing of --mix is there: ${Object.keys(mix).join(', ')}`)
  return weights
}

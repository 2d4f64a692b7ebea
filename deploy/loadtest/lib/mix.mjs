// Which request comes next. Walks by cursor are kept here and not in clients, so that the shares of the kinds are the same in
// the closed and in the open loop, and do not depend on how fast a server answers.
import prand from 'pure-rand'

const interceptionsCursor = (row) => ({ after_id: row.id })
const sessionsCursor = (row) => ({ after_session_id: row.id })

// `endpoint` as the probe knows it. Lists have rows, under `rows`, and a cursor; details have an id from `of`.
export const kinds = {
  page: { weight: 40, endpoint: 'interceptions', rows: 'results', cursor: interceptionsCursor },
  search: { weight: 25, endpoint: 'interceptions', rows: 'results', cursor: interceptionsCursor, searches: true },
  sessions: { weight: 10, endpoint: 'sessions', rows: 'sessions', cursor: sessionsCursor },
  'sessions-search': { weight: 5, endpoint: 'sessions', rows: 'sessions', cursor: sessionsCursor, searches: true },
  session: { weight: 10, endpoint: 'session', of: 'sessions' },
  interception: { weight: 5, endpoint: 'interception', of: 'interceptions' },
  models: { weight: 3, endpoint: 'models' },
  clients: { weight: 2, endpoint: 'clients' }
}

export const defaultMix = () => Object.entries(kinds).map(([name, { weight }]) => `${name}=${weight}`).join(',')

const idsKept = 1000
const countModes = ['exact', 'capped', 'none']

export class Mix {
  // @param weights     by kind, of kinds that the server has
  // @param vocabulary  {queries, ids: {sessions, interceptions}} as the probe found it
  // @param options     {api, limit, depth, count}
  constructor(weights, vocabulary, options, seed) {
    this.weights = Object.entries(weights)
    this.total = this.weights.reduce((sum, [, weight]) => sum + weight, 0)
    this.queries = vocabulary.queries
    this.ids = { sessions: [...vocabulary.ids.sessions], interceptions: [...vocabulary.ids.interceptions] }
    this.options = options
    this.random = prand.xoroshiro128plus(seed)
    this.waiting = Object.fromEntries(this.weights.map(([kind]) => [kind, []])) // walks whose next page is known
    this.walks = 0
  }

  #below(n) {
    return prand.unsafeUniformIntDistribution(0, n - 1, this.random)
  }

  #oneOf(list) {
    return list[this.#below(list.length)]
  }

  #kind() {
    let at = (this.#below(1 << 24) / (1 << 24)) * this.total
    return (this.weights.find(([, weight]) => (at -= weight) < 0) ?? this.weights.at(-1))[0]
  }

  // @return {kind, path, walk}; to be given back to learn() with its answer
  next() {
    const kind = this.#kind()
    const { endpoint, of, rows } = kinds[kind]
    const { api } = this.options
    if (of !== undefined) return { kind, path: `${api}/${of}/${encodeURIComponent(this.#oneOf(this.ids[of]))}` }
    if (rows === undefined) return { kind, path: `${api}/${endpoint}` }
    const walk = this.waiting[kind].shift() ?? this.#begin(kind)
    const { limit } = this.options
    return { kind, walk, path: `${api}/${endpoint}?${new URLSearchParams({ limit, ...walk.question, ...walk.cursor })}` }
  }

  #begin(kind) {
    const { depth, count } = this.options
    const mode = count === 'mixed' ? countModes[this.walks++ % countModes.length] : count
    const question = { ...(kinds[kind].searches && { q: this.#oneOf(this.queries) }), ...(mode && { count: mode }) }
    return { question, cursor: {}, pagesLeft: 1 + this.#below(depth) }
  }

  // Goes on where the answer's page ended. Throws SyntaxError or TypeError where the answer is not what the API describes.
  learn({ kind, walk }, body) {
    const value = JSON.parse(body)
    if (walk === undefined) return
    const { rows: key, cursor, endpoint } = kinds[kind]
    const rows = value[key]
    rows.slice(0, 3).forEach((row) => this.#remember(endpoint, row.id))
    if (--walk.pagesLeft > 0 && rows.length === this.options.limit) {
      walk.cursor = cursor(rows.at(-1))
      this.waiting[kind].push(walk)
    }
  }

  #remember(endpoint, id) {
    const ids = this.ids[endpoint]
    if (ids.length < idsKept) ids.push(id)
    else ids[this.#below(idsKept)] = id
  }
}

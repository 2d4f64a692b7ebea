// What a server has and shows, found by asking it: which endpoints, ids for the details, values for the searches.
import { Client } from './client.mjs'
import { RunFault } from './faults.mjs'

const sampleSize = 100

// @return {has: endpoints, queries, ids: {sessions, interceptions}, fingerprint, requests}. Throws RunFault.
export async function probe(target, { api, timeout, queries }) {
  const asker = new Asker(target, api, timeout)
  try {
    return await look(asker, queries)
  } finally {
    await asker.client.close()
  }
}

async function look(asker, ownQueries) {
  const interceptions = (await asker.ask(`/interceptions?limit=${sampleSize}`))?.results
  const sessions = (await asker.ask(`/sessions?limit=${sampleSize}`))?.sessions
  if (interceptions === undefined && sessions === undefined)
    throw new RunFault(`${asker.place}: 404, there are neither interceptions nor sessions; is the URL the server's root, and is --api right?`)
  if (!(interceptions ?? []).length && !(sessions ?? []).length)
    throw new RunFault(`${asker.place}: the log is empty, or is not shown to this token: its user needs the role owner or auditor`)
  const ids = { interceptions: (interceptions ?? []).map((row) => row.id), sessions: (sessions ?? []).map((row) => row.id) }
  const found = {
    interceptions: interceptions?.length > 0,
    sessions: sessions?.length > 0,
    interception: ids.interceptions.length > 0 && (await asker.has(`/interceptions/${ids.interceptions[0]}`)),
    session: ids.sessions.length > 0 && (await asker.has(`/sessions/${encodeURIComponent(ids.sessions[0])}`)),
    models: await asker.has('/models'),
    clients: await asker.has('/clients')
  }
  return {
    has: Object.keys(found).filter((name) => found[name]),
    queries: ownQueries ?? queriesOf(interceptions?.length ? interceptions : sessions.map(asInterception)),
    ids,
    fingerprint: JSON.stringify(ids),
    requests: asker.requests
  }
}

class Asker {
  constructor(target, api, timeout) {
    this.client = new Client(target, { connections: 1, timeout })
    this.api = api
    this.place = target.address.name + api
    this.requests = 0
  }

  async has(path) {
    return (await this.ask(path)) !== undefined
  }

  // @return the answer's JSON; undefined where there is no such route
  async ask(path) {
    ++this.requests
    const answer = await this.client.get(this.api + path)
    if (answer.status === '404') return undefined
    if (answer.status !== '200') throw new RunFault(`${this.place}: ${reason(answer)}`)
    try {
      return JSON.parse(answer.body)
    } catch {
      throw new RunFault(`${this.place}: the answer is no JSON; is there a proxy, or a page to sign in, in front of the API?`)
    }
  }
}

const advice = {
  401: 'the session token is not accepted',
  403: 'the session token may not read the log, or the server has no licence for it',
  429: 'the server limits requests; Coder takes 512 a minute from a user, and more of an owner with --header "X-Coder-Bypass-Ratelimit: true"',
  503: 'the server is overloaded, or has no database',
  timeout: 'no answer in time',
  connection: 'no connection'
}

function reason({ status, body }) {
  const words = advice[status] ?? (/^3/.test(status) ? 'the server sends elsewhere; expected the URL that it sends to' : 'unexpected status')
  return `${/^[0-9]/.test(status) ? `${status}, ` : ''}${words}${said(body)}`
}

// The server's own words, where it has some.
function said(body) {
  let text = body
  try {
    const { message, detail } = JSON.parse(body)
    text = [message, detail].filter(Boolean).join(' ')
  } catch {
    // then as it is
  }
  text = text.replace(/\s+/g, ' ').trim().slice(0, 300)
  return text === '' ? '' : ` (${text})`
}

const asInterception = (session) => ({
  provider: session.providers?.[0],
  model: session.models?.[0],
  client: session.client,
  initiator: session.initiator,
  started_at: session.started_at
})

// A value as upstream's search language takes it. A quote cannot be written inside a value.
const term = (key, value) => (/^[\w.-]+$/.test(value) ? `${key}:${value}` : `${key}:"${value}"`)

// Searches in upstream's language, which bridgewatch has too: each value that was seen, pairs as they occur, spans of time.
function queriesOf(rows) {
  const found = new Set()
  const add = (...terms) => terms.every(([, value]) => value && !value.includes('"')) && found.add(terms.map((each) => term(...each)).join(' '))
  for (const row of rows) {
    const initiator = ['initiator', row.initiator?.username]
    const client = ['client', row.client === null ? 'Unknown' : row.client]
    add(['provider', row.provider])
    add(['model', row.model])
    add(client)
    add(initiator)
    add(client, ['model', row.model])
    add(initiator, ['provider', row.provider])
  }
  const [newest, oldest] = [rows[0], rows.at(-1)].map((row) => row.started_at)
  add(['started_before', oldest])
  add(['started_after', oldest], ['provider', rows[0].provider])
  if (newest !== oldest) add(['started_after', oldest], ['started_before', newest])
  return [...found]
}

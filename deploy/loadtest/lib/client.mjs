// One server, asked over kept connections.
import { Pool } from 'undici'
import { now } from './clock.mjs'

const timeouts = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED']

export class Client {
  // @param target  {address, tokens, headers}, @param limits {connections, timeout}
  constructor(target, limits) {
    this.target = target
    this.limits = limits
    this.turn = 0
    this.pool = this.#connect()
  }

  #connect() {
    const { timeout, connections } = this.limits
    const { origin, socketPath } = this.target.address
    return new Pool(origin, {
      connections,
      connect: { timeout, ...(socketPath && { socketPath }) },
      headersTimeout: timeout,
      bodyTimeout: timeout,
      keepAliveTimeout: 20_000
    })
  }

  // Never throws. @return {status, body, bytes, done, retryAfter}: status is the answer's, or "timeout", or "connection" with
  // the cause in `body`; `done` is when the last byte was there; `retryAfter` in ms, undefined where it was not said.
  async get(path) {
    const { tokens, headers, address } = this.target
    const token = tokens[this.turn++ % tokens.length]
    try {
      const answer = await this.pool.request({
        method: 'GET',
        path: address.path + path,
        headers: { accept: 'application/json', 'user-agent': 'bridgewatch-loadtest', ...headers, 'coder-session-token': token }
      })
      const bytes = await answer.body.arrayBuffer()
      const done = now()
      const wait = Number(answer.headers['retry-after'])
      return {
        status: String(answer.statusCode),
        body: Buffer.from(bytes).toString(),
        bytes: bytes.byteLength,
        done,
        retryAfter: wait > 0 ? wait * 1000 : undefined
      }
    } catch (fault) {
      const status = timeouts.includes(fault.code) ? 'timeout' : 'connection'
      return { status, body: fault.code ?? fault.message, bytes: 0, done: now() }
    }
  }

  // Gives up what is not answered yet: it becomes "timeout".
  async abandon() {
    const pool = this.pool
    this.pool = this.#connect()
    await pool.destroy()
  }

  close() {
    return this.pool.destroy()
  }
}

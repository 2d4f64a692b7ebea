// The command line: tables of options, and how their values are read.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { RunFault, UsageFault } from './faults.mjs'
import { defaultMix, kinds } from './mix.mjs'

export const read = {
  text: (value) => value,

  number: (least, most = Infinity) => (value) => {
    const number = Number(value)
    if (value.trim() === '' || !(number >= least && number <= most)) throw new Error(`expected a number of at least ${least}`)
    return number
  },

  integer: (least, most = 1_000_000) => (value) => {
    const number = Number(value)
    if (!/^[0-9]+$/.test(value) || number < least || number > most) throw new Error(`expected a whole number of ${least} to ${most}`)
    return number
  },

  // In milliseconds.
  duration: (value) => {
    const [, number, unit] = /^([0-9]*\.?[0-9]+)(ms|s|m|h)$/.exec(value) ?? []
    if (unit === undefined) throw new Error('expected a duration such as 500ms, 30s or 5m')
    return Number(number) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit]
  },

  share: (value) => {
    const [, number, percent] = /^([0-9]*\.?[0-9]+)(%?)$/.exec(value) ?? []
    const share = Number(number) / (percent ? 100 : 1)
    if (!(share <= 1)) throw new Error('expected a share such as 0.01 or 1%')
    return share
  },

  oneOf: (...words) => (value) => {
    if (!words.includes(value)) throw new Error(`expected ${words.join(', ')}`)
    return value
  },

  // Where a server is: {origin, socketPath, path, name}.
  address: (value) => {
    if (value.startsWith('unix:')) return { origin: 'http://localhost', socketPath: value.slice(5), path: '', name: value }
    let url
    try {
      url = new URL(value)
    } catch {
      throw new Error('expected a URL such as https://coder.example.com, or unix:/path/to/socket')
    }
    if (!['http:', 'https:'].includes(url.protocol)) throw new Error('expected http://… or https://…')
    if (url.username || url.password) throw new Error('expected no user and no password in it')
    if (url.search || url.hash) throw new Error('expected no "?" and no "#" in it')
    const path = url.pathname.replace(/\/+$/, '')
    if (path.includes('/api/v2')) throw new Error('expected the root of the server; what comes behind it is said by --api')
    return { origin: url.origin, path, name: url.origin + path }
  },

  apiPath: (value) => {
    if (!/^\/[\w/.-]*[\w-]$/.test(value)) throw new Error('expected a path such as /api/v2/aibridge')
    return value
  },

  mix: (value) => {
    const weights = {}
    for (const part of value.split(',')) {
      const [, kind, weight] = /^([a-z-]+)=([0-9]*\.?[0-9]+)$/.exec(part) ?? []
      if (kinds[kind] === undefined) throw new Error(`expected KIND=WEIGHT,… with kinds of ${Object.keys(kinds).join(', ')}`)
      if (Number(weight) > 0) weights[kind] = Number(weight)
    }
    if (Object.keys(weights).length === 0) throw new Error('expected at least one weight above 0')
    return weights
  },

  header: (value) => {
    const [, name, text] = /^([\w-]+):\s*(.*)$/.exec(value) ?? []
    if (name === undefined) throw new Error('expected NAME: VALUE')
    if (/^(coder-session-token|authorization|cookie)$/i.test(name)) throw new Error('expected no secret: everybody sees a command line')
    return [name.toLowerCase(), text]
  },

  lines: (value) => {
    const lines = readText(value).split('\n').map((line) => line.trim()).filter((line) => line !== '')
    if (lines.length === 0) throw new Error('the file is empty')
    return lines
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (fault) {
    throw new Error(`cannot read ${file}: ${fault.code}`)
  }
}

// What both programs take. Each: [name of the value, default, reader, help].
export const loadOptions = {
  'token-file': ['FILE', '', read.lines, 'session tokens, one a line, taken in turn; default: the environment variable CODER_SESSION_TOKEN'],
  api: ['PATH', '/api/v2/aibridge', read.apiPath, 'where the API is; newer versions of Coder have /api/v2/ai-gateway'],
  clients: ['N', '8', read.integer(1), 'closed loop: so many clients, each waits for its answer before it asks again'],
  rate: ['R', '', read.number(0.01, 1e6), 'open loop: R requests a second, whatever the answers; takes the place of --clients'],
  connections: ['N', '128', read.integer(1, 60_000), 'open loop: at most so many connections; what finds none waits, and the wait counts'],
  limit: ['N', '25', read.integer(1, 1000), 'rows a page'],
  depth: ['N', '10', read.integer(1), 'a walk by cursor goes on for 1 to N pages'],
  mix: ['KIND=WEIGHT,…', defaultMix(), read.mix, 'shares of the requests'],
  queries: ['FILE', '', read.lines, 'searches, one a line; default: made of what the server shows'],
  count: ['MODE', '', read.oneOf('exact', 'capped', 'none', 'mixed'), 'sends count=MODE, which only bridgewatch knows; mixed: each in turn; default: not sent'],
  header: ['NAME: VALUE', '', read.header, 'one more header'],
  timeout: ['TIME', '10s', read.duration, 'how long an answer may take, to the second'],
  threads: ['N', '1', read.integer(1, 256), 'threads of this program that share the load'],
  seed: ['N', '1', read.integer(0, 2 ** 31), 'another number gives another order of requests'],
  json: ['FILE', '', read.text, 'writes the result as JSON too; - : to stdout, in place of the text']
}

// @param table     as loadOptions
// @param required  names of options without a default that have to be given
// @return the values by name, null where there is none; undefined after --help. Throws UsageFault.
export function readOptions(argv, table, usage, required) {
  const options = Object.fromEntries([...Object.keys(table).map((name) => [name, { type: 'string' }]), ['help', { type: 'boolean' }]])
  const flags = Object.keys(table).filter((name) => table[name][0] === '')
  flags.forEach((name) => (options[name].type = 'boolean'))
  let given
  try {
    given = parseArgs({ args: argv, options }).values
  } catch (fault) {
    throw new UsageFault(fault.message.split('\n')[0])
  }
  if (given.help) {
    console.log(helpText(table, usage))
    return undefined
  }
  const values = {}
  for (const [name, [, fallback, reader]] of Object.entries(table)) {
    const text = given[name] ?? fallback
    try {
      values[name] = text === '' || flags.includes(name) ? (given[name] ?? null) : reader(text)
    } catch (fault) {
      throw new UsageFault(`--${name} ${text}: ${fault.message}`)
    }
    if (values[name] === '') throw new UsageFault(`--${name}: expected a value`)
  }
  for (const name of required) if (values[name] === null) throw new UsageFault(`--${name}: expected, see --help`)
  if (given.rate !== undefined && given.clients !== undefined) throw new UsageFault('--rate and --clients: expected one of them')
  if (given.rate === undefined && given.connections !== undefined) throw new UsageFault('--connections: expected with --rate only')
  return values
}

function helpText(table, usage) {
  const lines = Object.entries(table).map(([name, [value, fallback, , help]]) => {
    const shown = fallback === '' ? '' : `; default: ${fallback}`
    return `  --${name}${value && ' '}${value}\n        ${help}${shown}`
  })
  return `${usage}\n\n${lines.join('\n')}\n  --help`
}

// Tokens of one server. They never stand on a command line, which everybody can read.
export function tokensOf(lines, ...variables) {
  const token = variables.map((name) => process.env[name]).find((value) => value)
  const tokens = lines ?? (token === undefined ? [] : [token])
  if (tokens.length === 0) throw new UsageFault(`no session token: expected --token-file, or ${variables.join(' or ')} in the environment`)
  if (tokens.some((each) => !/^[\x21-\x7e]+$/.test(each))) throw new RunFault('a session token has a character that no header can carry')
  return tokens
}

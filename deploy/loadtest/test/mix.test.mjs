import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds, Mix } from '../lib/mix.mjs'

const options = { api: '/api/v2/aibridge', limit: 2, depth: 3, count: null }
const vocabulary = { queries: ['client:"Claude Code"'], ids: { sessions: ['a/b c'], interceptions: ['i'] } }
const page = (...ids) => JSON.stringify({ count: 9, results: ids.map((id) => ({ id })) })
const mixOf = (weights, more) => new Mix(weights, vocabulary, { ...options, ...more }, 1)

test('a walk goes on behind the last row, and ends at its depth or at a page that is not full', () => {
  const mix = mixOf({ page: 1 })
  const lengths = []
  for (let walk = 0; walk < 300; ++walk) {
    let pages = 0
    for (let request = mix.next(), wanted = ''; ; request = mix.next()) {
      assert.equal(request.path, `/api/v2/aibridge/interceptions?limit=2${wanted}`)
      mix.learn(request, page('x', `row-${++pages}`))
      if (mix.waiting.page.length === 0) break
      wanted = `&after_id=row-${pages}`
    }
    lengths.push(pages)
  }
  assert.deepEqual([...new Set(lengths)].sort(), [1, 2, 3])
  const request = mix.next()
  mix.learn(request, page('x'))
  assert.equal(mix.waiting.page.length, 0)
})

test('searches are encoded and keep their q from page to page; ids may hold anything', () => {
  const mix = mixOf({ search: 1 }, { depth: 100 })
  const request = mix.next()
  assert.equal(new URL('http://x' + request.path).searchParams.get('q'), 'client:"Claude Code"')
  mix.learn(request, page('x', 'y'))
  const { searchParams } = new URL('http://x' + mix.next().path)
  assert.deepEqual([...searchParams.keys()], ['limit', 'q', 'after_id'])
  assert.equal(mixOf({ session: 1 }).next().path, '/api/v2/aibridge/sessions/a%2Fb%20c')
})

test('nothing that only bridgewatch knows is sent unless it is asked for', () => {
  const parameters = (mix) => new Set(Array.from({ length: 500 }, () => [...new URL('http://x' + mix.next().path).searchParams.keys()]).flat())
  const weights = Object.fromEntries(Object.entries(kinds).map(([name, { weight }]) => [name, weight]))
  assert.deepEqual(parameters(mixOf(weights)), new Set(['limit', 'q']))
  const mixed = mixOf({ page: 1 }, { count: 'mixed' })
  assert.deepEqual(Array.from({ length: 3 }, () => mixed.next().path.split('count=')[1]), ['exact', 'capped', 'none'])
})

test('shares are those of the weights', () => {
  const mix = mixOf({ page: 3, models: 1 })
  const models = Array.from({ length: 20_000 }, () => mix.next().kind).filter((kind) => kind === 'models').length
  assert.ok(Math.abs(models / 20_000 - 0.25) < 0.01, String(models))
})

test('an answer of another form is a fault', () => {
  const mix = mixOf({ page: 1 })
  assert.throws(() => mix.learn(mix.next(), '<html>'), SyntaxError)
  assert.throws(() => mix.learn(mix.next(), '{}'), TypeError)
})

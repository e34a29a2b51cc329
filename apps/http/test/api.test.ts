/**
 * What the JSON API takes and what it refuses, without a network: the real routes over a database in memory.
 */
import { createNode, type Node } from '@agner/core'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeServer } from '../src/api/server.ts'
import { smallContext, type SmallContext } from './small-door.ts'

let node: Node
let small: SmallContext
let app: FastifyInstance
beforeAll(async () => {
  node = createNode({ report: () => {} })
  small = await smallContext(node)
  app = await makeServer(small.context)
})
afterAll(async () => {
  await app.close()
  await node.stop()
})

const read = (query: string) => app.inject(`/api/rooms/lobby/messages?${query}`)

describe('a number of the query', () => {
  it.each(['after=0', 'after=9007199254740991', 'limit=1', 'limit=1000', 'after=7&limit=7'])(
    'may be %s',
    async (query) => expect((await read(query)).statusCode).toBe(200),
  )

  it.each([
    ...['1e30', '1e20', '1e999', '9007199254740992', '99999999999999999999'].map((number) => `after=${number}`),
    ...['-1', '1.5', '', 'NaN', 'Infinity', 'true', 'one', '0x10', '%205'].map((number) => `after=${number}`),
    ...['0', '-1', '1001', '1e30', '1e999', '1.5', '', 'all'].map((number) => `limit=${number}`),
    'after=1&after=2',
  ])('may not be %s', async (query) => {
    const answer = await read(query)
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { error: { code: 'invalid' } }])
  })
})

describe('a body', () => {
  const post = (payload: object | string) =>
    app.inject({
      method: 'POST',
      url: '/api/rooms/lobby/messages',
      payload,
      headers: { 'content-type': 'application/json' },
    })

  it('is stored as it is', async () => {
    const answer = await post({ user: '5', text: 'hi' })
    expect([answer.statusCode, answer.json()]).toMatchObject([201, { id: 1, user: '5', text: 'hi' }])
  })

  it.each([
    { user: 5, text: ['hi'] },
    { user: 'ann', text: ['hi'] },
    { user: 'ann', text: 5 },
    { user: 5, text: 'hi' },
    { user: true, text: 'hi' },
    { user: 'ann', text: null },
    { user: 'ann' },
    '[]',
    '"hi"',
    'null',
  ])('that has something else than texts is refused: %j', async (payload) => {
    const answer = await post(payload)
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { error: { code: 'invalid' } }])
    expect(small.memory.stored).toHaveLength(1)
  })
})

describe('a page', () => {
  it('says whether there are more after it', async () => {
    small.memory.longestPage = 1
    for (const text of ['b', 'c'])
      await app.inject({ method: 'POST', url: '/api/rooms/lobby/messages', payload: { user: 'ann', text } })
    expect((await read('after=0&limit=1000')).json()).toMatchObject({ messages: [{ id: 1 }], more: true })
    expect((await read('after=2&limit=1000')).json()).toEqual({ messages: [expect.objectContaining({ id: 3 })] })
  })
})

describe('a path', () => {
  it.each([
    ['/api/rooms/%E0%A4%A/messages', 400, 'bad_request'],
    ['/%', 400, 'bad_request'],
    [`/api/rooms/${'a'.repeat(41)}/messages`, 400, 'invalid'],
    ['/api/nothing', 404, 'not_found'],
  ])('%s is refused in the words of the API', async (url, status, code) => {
    const answer = await app.inject(url)
    expect([answer.statusCode, answer.json()]).toEqual([
      status,
      { error: { code, message: expect.any(String) as string } },
    ])
  })
})

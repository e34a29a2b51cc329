import { describe, expect, test } from 'vitest'
import { readFrame, readMessages, readProblem, readRooms } from '../../web/src/model/wire.ts'

const fields = { id: 7, room: 'lobby', user: 'ann', text: 'hi', at: '2026-01-02T03:04:05.000Z' }
const message = { id: '7', room: 'lobby', user: 'ann', text: 'hi', atMs: Date.UTC(2026, 0, 2, 3, 4, 5) }
const frame = (value: unknown): unknown => readFrame(JSON.stringify(value))

describe('a frame', () => {
  test('message, wrapped and flat', () => {
    expect(frame({ type: 'message', message: fields })).toEqual({ type: 'message', message })
    expect(frame({ type: 'message', ...fields })).toEqual({ type: 'message', message })
  })

  test('sent, wrapped and flat; without its key it says nothing', () => {
    expect(frame({ type: 'sent', key: 'k', message: fields })).toEqual({ type: 'sent', key: 'k', message })
    expect(frame({ type: 'sent', key: 'k', ...fields })).toEqual({ type: 'sent', key: 'k', message })
    expect(frame({ type: 'sent', message: fields })).toBeUndefined()
  })

  test('presence, of names or of objects, each once', () => {
    expect(frame({ type: 'presence', users: ['ann', { user: 'joe' }, 'ann', null, 5] })).toEqual({
      type: 'presence',
      users: ['ann', 'joe', '5'],
      more: 0,
    })
    expect(frame({ type: 'presence' })).toEqual({ type: 'presence', users: [], more: 0 })
  })

  test('presence, with how many more there are', () => {
    expect(frame({ type: 'presence', users: ['ann'], more: 900 })).toMatchObject({ users: ['ann'], more: 900 })
    for (const more of [-1, 'many', null, {}])
      expect(frame({ type: 'presence', users: ['ann'], more })).toMatchObject({ more: 0 })
  })

  test('error, with and without its key', () => {
    expect(frame({ type: 'error', key: 'k', error: { code: 'c', message: 'm' } })).toEqual({
      type: 'error',
      key: 'k',
      error: { code: 'c', message: 'm' },
    })
    expect(frame({ type: 'error', code: 'c', message: 'm' })).toEqual({
      type: 'error',
      key: undefined,
      error: { code: 'c', message: 'm' },
    })
    expect(frame({ type: 'error' })).toMatchObject({ type: 'error', error: { code: '' } })
  })

  test.each([
    '',
    '{',
    '[]',
    'null',
    '"text"',
    '{"type":7}',
    '{"type":"message","message":{"id":"1"}}',
    '{"type":"message","message":{"text":"no id"}}',
  ])('rubbish %s is nothing', (data) => expect(readFrame(data)).toBeUndefined())

  test('bytes are nothing', () => expect(readFrame(new ArrayBuffer(8))).toBeUndefined())
})

test('times that no calendar holds are harmless', () => {
  for (const at of [undefined, 'yesterday', Number.MAX_VALUE, {}, null])
    expect(readMessages({ messages: [{ ...fields, at }] })[0]?.atMs).toBe(0)
})

test('a page keeps what it can read', () => {
  expect(readMessages({ messages: [fields, null, 'x', { id: 8 }] })).toEqual([message])
  expect(readMessages(undefined)).toEqual([])
})

test('a problem is found where servers and proxies put it', () => {
  expect(readProblem({ error: { code: 'c', message: 'm' } })).toEqual({ code: 'c', message: 'm' })
  expect(readProblem({ error: 'Bad Gateway' })).toEqual({ code: '', message: 'Bad Gateway' })
  expect(readProblem({ error: { code: 'c' } })).toEqual({ code: 'c', message: 'c' })
  expect(readProblem(undefined)).toBeUndefined()
})

test('rooms, as objects or as plain names', () => {
  expect(
    readRooms({ rooms: [{ room: 'a', messages: 3, users: 2 }, 'b', { room: 'c', users: ['x'] }, {}, null] }),
  ).toEqual([
    { room: 'a', messages: 3, users: 2 },
    { room: 'b', messages: undefined, users: undefined },
    { room: 'c', messages: undefined, users: 1 },
  ])
})

import { describe, expect, it } from 'vitest'
import { check } from '../../src/chaos/checker.ts'
import type { Attempt, History, Message } from '../../src/chaos/history.ts'

const message = (id: number, text: string, room = 'lobby', user = 'ann'): Message => ({
  id,
  room,
  user,
  text,
  at: '2026-01-01T00:00:00.000Z',
})
/** Acknowledged at the time of its id, in milliseconds. */
const attempt = (acknowledged: Message | null, text: string): Attempt => ({
  key: text,
  room: 'lobby',
  user: 'ann',
  text,
  acknowledged: acknowledged === null ? null : { message: acknowledged, atMs: acknowledged.id },
})
const a = message(1, 'a')
const b = message(2, 'b')
const c = message(3, 'c')
const good: History = {
  attempts: [attempt(a, 'a'), attempt(b, 'b'), attempt(null, 'c')],
  rooms: new Map([['lobby', [a, b, c]]]),
  readers: [{ name: 'reader', room: 'lobby', messages: [a, b, c] }],
  reads: [],
  copiesMayAnswer: [],
  copies: new Map(),
}

describe('the checker of a chaos run', () => {
  it('accepts a history in which an unacknowledged message was stored', () => {
    expect(check(good)).toEqual([])
  })

  it('accepts a history in which an unacknowledged message was not stored', () => {
    expect(check({ ...good, rooms: new Map([['lobby', [a, b]]]), readers: [] })).toEqual([])
  })

  const planted: [string, Partial<History>, RegExp][] = [
    ['a lost message', { rooms: new Map([['lobby', [a, c]]]), readers: [] }, /acknowledged message 2 .* is lost/],
    ['a doubled message', { rooms: new Map([['lobby', [a, b, message(4, 'b')]]]), readers: [] }, /is there twice/],
    ['an invented message', { rooms: new Map([['lobby', [a, b, message(4, 'x')]]]), readers: [] }, /was never sent/],
    ['a changed message', { rooms: new Map([['lobby', [a, { ...b, at: 'later' }, c]]]), readers: [] }, /is stored as/],
    ['a message in another room', { rooms: new Map([['attic', [a, b, c]]]), readers: [] }, /is not as it was sent/],
    [
      'an id in two rooms',
      {
        rooms: new Map([
          ['attic', [message(2, 'd', 'attic')]],
          ['lobby', [a, b]],
        ]),
        readers: [],
      },
      /id 2 is in attic, too/,
    ],
    ['ids that go back', { rooms: new Map([['lobby', [b, a, c]]]), readers: [] }, /comes after/],
    [
      'a reader that saw ids go back',
      { readers: [{ name: 'r', room: 'lobby', messages: [a, c, b] }] },
      /saw 2 after 3/,
    ],
    [
      'a reader that saw a message twice',
      { readers: [{ name: 'r', room: 'lobby', messages: [a, a] }] },
      /saw 1 after 1/,
    ],
    ['a reader with a gap', { readers: [{ name: 'r', room: 'lobby', messages: [a, c] }] }, /never saw 2/],
    ['a reader without the end', { readers: [{ name: 'r', room: 'lobby', messages: [a, b] }] }, /never saw 3/],
    [
      'a reader that saw what is not stored',
      { readers: [{ name: 'r', room: 'lobby', messages: [message(9, 'z')] }] },
      /which is not stored/,
    ],
    [
      'a reader that saw another message under the same id',
      { readers: [{ name: 'r', room: 'lobby', messages: [a, message(2, 'z'), c] }] },
      /saw 2 otherwise/,
    ],
    [
      'an attempt that was acknowledged with the message of another',
      {
        attempts: [attempt(b, 'a'), attempt(b, 'b'), attempt(null, 'c')],
        rooms: new Map([['lobby', [b, c]]]),
        readers: [],
      },
      /a \("a" of ann in lobby\) was acknowledged as .*"id":2/,
    ],
    [
      'an attempt that was acknowledged as of somebody else',
      { attempts: [attempt({ ...a, user: 'bob' }, 'a'), attempt(b, 'b'), attempt(null, 'c')] },
      /a \("a" of ann in lobby\) was acknowledged as .*"user":"bob"/,
    ],
    [
      'an attempt that was acknowledged as of another room',
      { attempts: [attempt({ ...a, room: 'attic' }, 'a'), attempt(b, 'b'), attempt(null, 'c')] },
      /was acknowledged as .*"room":"attic"/,
    ],
    ['a reader that heard nothing', { readers: [{ name: 'r', room: 'lobby', messages: [] }] }, /never saw 1, 2, 3/],
    ['a reader without the beginning', { readers: [{ name: 'r', room: 'lobby', messages: [b, c] }] }, /never saw 1$/],
  ]
  it.each(planted)('finds %s', (_, wrong, expected) => {
    expect(check({ ...good, ...wrong }).join('\n')).toMatch(expected)
  })
})

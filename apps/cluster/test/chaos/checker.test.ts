import { describe, expect, it } from 'vitest'
import { check } from '../../src/chaos/checker.ts'
import type { Attempt, History, Message, Read } from '../../src/chaos/history.ts'

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
const read = (fromMs: number, ids: readonly number[], other: Partial<Read> = {}): Read => ({
  room: 'lobby',
  after: 0,
  limit: 50,
  fromMs,
  ids,
  ofCopy: false,
  ...other,
})

const a = message(1, 'a')
const b = message(2, 'b')
const c = message(3, 'c')
const good: History = {
  attempts: [attempt(a, 'a'), attempt(b, 'b'), attempt(null, 'c')],
  rooms: new Map([['lobby', [a, b, c]]]),
  readers: [{ name: 'reader', room: 'lobby', messages: [a, b, c] }],
  reads: [],
}

describe('the checker of a chaos run', () => {
  it('accepts a history in which an unacknowledged message was stored', () => {
    expect(check(good)).toEqual([])
  })

  it('accepts a history in which an unacknowledged message was not stored', () => {
    expect(check({ ...good, rooms: new Map([['lobby', [a, b]]]), readers: [] })).toEqual([])
  })

  it.each<[string, Read]>([
    ['that saw the newest that was acknowledged', read(2.5, [1, 2])],
    ['that saw one that was not acknowledged yet', read(0, [1, 2, 3])],
    ['that missed what was acknowledged while it was under way', read(1.5, [1])],
    ['from the middle on', read(9, [2, 3], { after: 1 })],
    ['of a copy that is behind', read(9, [1], { ofCopy: true })],
    ['with no more than it was allowed', read(9, [1], { limit: 1 })],
  ])('accepts a page %s', (_, page) => {
    expect(check({ ...good, reads: [page] })).toEqual([])
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
    ['an old page', { reads: [read(2.5, [1])] }, /has not 2, acknowledged before/],
    ['an empty page', { reads: [read(1.5, [])] }, /has not 1, acknowledged before/],
    ['a page with a hole', { reads: [read(0, [1, 3])] }, /has 3 where 2 is stored/],
    ['a page of a copy with a hole', { reads: [read(0, [1, 3], { ofCopy: true })] }, /has 3 where 2 is stored/],
    ['a page with what is not stored', { reads: [read(0, [4], { after: 3 })] }, /has 4 where nothing is stored/],
  ]
  it.each(planted)('finds %s', (_, wrong, expected) => {
    expect(check({ ...good, ...wrong }).join('\n')).toMatch(expected)
  })
})

import { describe, expect, it } from 'vitest'
import { check } from '../../src/chaos/checker.ts'
import type { History, Message, Read } from '../../src/chaos/history.ts'

const message = (id: number): Message => ({
  id,
  room: 'lobby',
  user: 'ann',
  text: `text ${id}`,
  at: '2026-01-01T00:00:00.000Z',
})
const stored = [message(1), message(2), message(3)]
/** The first two were acknowledged, each at the time of its id, in milliseconds. */
const history: History = {
  attempts: stored.map(({ id, room, user, text }) => ({
    key: String(id),
    room,
    user,
    text,
    acknowledged: id === 3 ? null : { message: message(id), atMs: id },
  })),
  rooms: new Map([['lobby', stored]]),
  readers: [],
  reads: [],
  // A majority was away for a while.
  copiesMayAnswer: [{ fromMs: 8, toMs: 12 }],
  copies: new Map(),
}
const read = (fromMs: number, ids: readonly number[], other: Partial<Read> = {}): Read => ({
  room: 'lobby',
  after: 0,
  limit: 50,
  fromMs,
  toMs: fromMs + 1,
  messages: ids.map(message),
  ofCopy: false,
  ...other,
})
const changed = (change: Partial<Message>): readonly Message[] => [message(1), { ...message(2), ...change }]

describe('the checker of pages', () => {
  it.each<[string, Read]>([
    ['that saw the newest that was acknowledged', read(2.5, [1, 2])],
    ['that saw one that was not acknowledged yet', read(0, [1, 2, 3])],
    ['that missed what was acknowledged while it was under way', read(1.5, [1])],
    ['from the middle on', read(9, [2, 3], { after: 1 })],
    ['of a copy that is behind, while a majority was away', read(9, [1], { ofCopy: true })],
    ['of a copy that was asked for before the majority was away', read(5, [1], { toMs: 9, ofCopy: true })],
    ['with no more than it was allowed', read(9, [1], { limit: 1 })],
  ])('accepts a page %s', (_, page) => {
    expect(check({ ...history, reads: [page] })).toEqual([])
  })

  it.each<[string, Read, RegExp]>([
    ['an old page', read(2.5, [1]), /has not 2, acknowledged before/],
    ['an empty page', read(1.5, []), /has not 1, acknowledged before/],
    ['a page with a hole', read(0, [1, 3]), /has 3 where 2 is stored/],
    ['a page of a copy with a hole', read(9, [1, 3], { ofCopy: true }), /has 3 where 2 is stored/],
    ['a page with what is not stored', read(0, [4], { after: 3 }), /has 4 where nothing is stored/],
    [
      'a page with another text',
      read(0, [], { messages: changed({ text: 'x' }) }),
      /has 2 otherwise than it is stored/,
    ],
    [
      'a page with another user',
      read(0, [], { messages: changed({ user: 'x' }) }),
      /has 2 otherwise than it is stored/,
    ],
    [
      'a page with another room',
      read(0, [], { messages: changed({ room: 'x' }) }),
      /has 2 otherwise than it is stored/,
    ],
    ['a page with another time', read(0, [], { messages: changed({ at: 'x' }) }), /has 2 otherwise than it is stored/],
    [
      'a page of a copy before the majority was away',
      read(3, [1, 2], { ofCopy: true }),
      /a page of lobby after 0 is of a copy, while/,
    ],
    ['a page of a copy when it was back', read(12, [1], { ofCopy: true }), /is of a copy, while/],
  ])('finds %s', (_, page, expected) => {
    expect(check({ ...history, reads: [page] })).toEqual([expect.stringMatching(expected)])
  })
})

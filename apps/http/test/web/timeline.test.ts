import { describe, expect, test } from 'vitest'
import { addHistory, addMessages, compareIds, emptyTimeline, longestTimeline } from '../../web/src/model/timeline.ts'
import type { Message } from '../../web/src/model/wire.ts'

const message = (id: string | number, text = `text ${id}`): Message => ({
  id: String(id),
  room: 'lobby',
  user: 'joe',
  text,
  atMs: 0,
})
const idsOf = ({ messages }: { messages: readonly Message[] }): string[] => messages.map(({ id }) => id)

describe('ids', () => {
  test.each([
    ['9', '10', -1],
    ['10', '9', 1],
    ['7', '7', 0],
    ['9007199254740993', '9007199254740992', 1],
    ['01J9ZZ', '01JA00', -1],
    ['b', 'a', 1],
    // Leading zeros make it a name, not a number.
    ['007', '10', 1],
  ])('%s and %s', (a, b, sign) => expect(Math.sign(compareIds(a, b))).toBe(sign))

  test('are ordered as one total order', () => {
    const ids = ['10', '9', '100', 'a', 'B', '0', '2', '5a', '007']
    const sorted = [...ids].sort(compareIds)
    for (const [index, id] of sorted.entries())
      for (const later of sorted.slice(index + 1)) expect(compareIds(id, later)).toBeLessThan(0)
  })
})

describe('messages', () => {
  test('come in any order and stand in one', () => {
    expect(
      idsOf(
        addMessages(
          emptyTimeline,
          [3, 1, 10, 2].map((id) => message(id)),
        ),
      ),
    ).toEqual(['1', '2', '3', '10'])
  })

  test('are known by their id: the second copy changes nothing at all', () => {
    const once = addMessages(emptyTimeline, [message(1), message(2)])
    expect(addMessages(once, [message(2, 'forged'), message(1)])).toBe(once)
  })

  test('leave the timeline that they were added to as it was', () => {
    const before = addMessages(emptyTimeline, [message(1)])
    addMessages(before, [message(2)])
    expect(idsOf(before)).toEqual(['1'])
  })

  test('are let go at the old end, and say so', () => {
    const full = addMessages(
      emptyTimeline,
      Array.from({ length: longestTimeline }, (_, index) => message(index + 1)),
    )
    expect(full.trimmed).toBe(false)
    const more = addMessages(full, [message(longestTimeline + 1)])
    expect(more.messages.length).toBe(longestTimeline)
    expect(more.messages[0]?.id).toBe('2')
    expect(more.trimmed).toBe(true)
    expect(addMessages(more, [message(1)]).messages[0]?.id).toBe('2')
  })
})

describe('the cursor', () => {
  test('is moved by history alone', () => {
    const pushed = addMessages(emptyTimeline, [message(5)])
    expect(pushed.cursor).toBeUndefined()
    const read = addHistory(pushed, [message(1), message(2)])
    expect(read.cursor).toBe('2')
    expect(idsOf(read)).toEqual(['1', '2', '5'])
    expect(addMessages(read, [message(6)]).cursor).toBe('2')
  })

  test('moves over what was pushed before, and never back', () => {
    const read = addHistory(addMessages(emptyTimeline, [message(1), message(2)]), [message(1), message(2)])
    expect(read.cursor).toBe('2')
    expect(addHistory(read, [message(1)]).cursor).toBe('2')
    expect(addHistory(read, [])).toBe(read)
  })

  test('is the newest of a page, even of one out of order', () => {
    expect(addHistory(emptyTimeline, [message(10), message(9)]).cursor).toBe('10')
  })
})

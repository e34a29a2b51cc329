import { describe, expect, test } from 'vitest'
import {
  defer,
  dueEntries,
  loadOutbox,
  markFailed,
  markSent,
  newEntry,
  noteEcho,
  removeEntry,
  requeue,
  retryEntry,
  saveOutbox,
  visibleEntries,
} from '../../web/src/model/outbox.ts'
import type { Message } from '../../web/src/model/wire.ts'

const problem = { code: 'unavailable', message: 'Not now.' }
const two = [newEntry('a', 'one', 1000), newEntry('b', 'two', 1001)]
const message = (text: string, atMs = 2000): Message => ({ id: '1', room: 'lobby', user: 'ann', text, atMs })
const keysOf = (outbox: readonly { key: string }[]): string[] => outbox.map(({ key }) => key)

test('what waits is due, in the order of writing', () => {
  expect(keysOf(dueEntries(two, 5000))).toEqual(['a', 'b'])
  expect(keysOf(dueEntries(markSent(two, 'a'), 5000))).toEqual(['b'])
})

test('a lost connection makes what was on its way wait again, under its key', () => {
  const outbox = requeue(markSent(two, 'a'))
  expect(keysOf(dueEntries(outbox, 5000))).toEqual(['a', 'b'])
  expect(requeue(two)).toBe(two)
})

test('what was deferred is due in its time, at the latest with the next connection', () => {
  const outbox = defer(markSent(two, 'a'), { key: 'a', problem, notBeforeMs: 9000, isCounted: true })
  expect(keysOf(dueEntries(outbox, 8999))).toEqual(['b'])
  expect(keysOf(dueEntries(outbox, 9000))).toEqual(['a', 'b'])
  expect(keysOf(dueEntries(requeue(outbox), 0))).toEqual(['a', 'b'])
  expect(outbox[0]).toMatchObject({ refusals: 1, problem })
})

test('what failed waits for its writer, not for a connection', () => {
  const outbox = requeue(markFailed(markSent(two, 'a'), 'a', problem))
  expect(keysOf(dueEntries(outbox, 5000))).toEqual(['b'])
  expect(keysOf(dueEntries(retryEntry(outbox, 'a'), 5000))).toEqual(['a', 'b'])
})

test('a key that is not there changes nothing', () => {
  expect(removeEntry(two, 'x')).toEqual(two)
  expect(markFailed(two, 'x', problem)).toEqual(two)
})

describe('an echo', () => {
  test('hides the oldest entry with its text that may have been sent', () => {
    const outbox = noteEcho(
      markSent(markSent([newEntry('a', 'same', 1000), newEntry('b', 'same', 1001)], 'a'), 'b'),
      message('same'),
    )
    expect(keysOf(visibleEntries(outbox))).toEqual(['b'])
    expect(keysOf(visibleEntries(noteEcho(outbox, message('same'))))).toEqual([])
  })

  test('is not taken for one that was never sent, has another text, or is younger than the message', () => {
    expect(noteEcho(two, message('one'))).toBe(two)
    const sent = markSent(two, 'a')
    expect(noteEcho(sent, message('three'))).toBe(sent)
    const late = markSent([newEntry('a', 'one', 100_000_000)], 'a')
    expect(noteEcho(late, message('one'))).toBe(late)
  })

  test('that was a wrong guess comes to light with the refusal', () => {
    const outbox = noteEcho(markSent(two, 'a'), message('one'))
    expect(keysOf(visibleEntries(outbox))).toEqual(['b'])
    expect(keysOf(visibleEntries(markFailed(outbox, 'a', problem)))).toEqual(['a', 'b'])
    expect(keysOf(visibleEntries(defer(outbox, { key: 'a', problem, notBeforeMs: 0, isCounted: true })))).toEqual([
      'a',
      'b',
    ])
  })
})

describe('saved', () => {
  test('it keeps text and key and is to be sent again', () => {
    const outbox = loadOutbox(saveOutbox(markFailed(markSent(two, 'b'), 'a', problem)))
    expect(outbox).toMatchObject([
      { key: 'a', text: 'one', state: 'waiting' },
      { key: 'b', text: 'two', state: 'waiting' },
    ])
  })

  test.each([null, '', '{', 'null', '5', '{}', '[null, 1, {"key": 1, "text": "x", "atMs": 0}]'])(
    'rubbish (%j) is nothing',
    (saved) => expect(loadOutbox(saved)).toEqual([]),
  )
})

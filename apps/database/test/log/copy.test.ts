/** What a copy does with what it hears, without a log and without a disk. */
import type { AppliedEvent } from '@agner/consensus'
import { describe, expect, it } from 'vitest'
import { Copy } from '../../src/log/copy.ts'
import type { Row } from '../../src/log/message-table.ts'
import type { AppendCommand, AppendResult } from '../../src/log/messages.group.ts'

type Event = AppliedEvent<AppendCommand, readonly AppendResult[]>

const none = () => ({ index: 0, lastId: 0 })
const row = (id: number): Row => ({
  id,
  room: 'lobby',
  user: 'ann',
  text: `${id}`,
  at: 'now',
  key: null,
  previous: id - 1,
})
const command = (index: number, ...ids: number[]): Event => ({
  type: 'command',
  index,
  command: {
    type: 'append',
    at: 'now',
    messages: ids.map((id) => ({ room: 'lobby', user: 'ann', text: `${id}`, key: null, upTo: 0, previous: 0 })),
  },
  result: ids.map((id) => ({ type: 'new', id, previous: id - 1 })),
})
const snapshot = (index: number): Event => ({ type: 'snapshot', index, configuration: [] })

describe('a copy', () => {
  it('writes what it hears, one batch at a time, with the place in the log', () => {
    const copy = new Copy({ index: 4, lastId: 2 })
    copy.heard(command(5, 3), none)
    expect(copy.take()).toEqual({ rows: [row(3)], index: 5 })
    copy.heard(command(6, 4, 5), none)
    copy.heard({ type: 'configuration', index: 7, configuration: [] }, none)
    expect(copy.take()).toBe(null)
    copy.synced()
    expect(copy.at).toEqual({ index: 5, lastId: 3 })
    expect(copy.take()).toEqual({ rows: [row(4), row(5)], index: 7 })
    expect(copy.isIdle).toBe(false)
    copy.synced()
    expect([copy.at, copy.isIdle, copy.take()]).toEqual([{ index: 7, lastId: 5 }, true, null])
  })

  it('hears nothing twice, and stores nothing of what was known or refused', () => {
    const copy = new Copy({ index: 4, lastId: 2 })
    copy.heard(command(4, 2), none)
    copy.heard(command(5, 3), none)
    copy.heard(command(5, 3), none)
    const known = command(6, 4)
    if (known.type !== 'command') throw new Error('it is one')
    copy.heard({ ...known, result: [{ type: 'known', id: 1 }] }, none)
    copy.heard({ ...known, index: 7, result: [{ type: 'again' }] }, none)
    expect(copy.take()).toEqual({ rows: [row(3)], index: 7 })
  })

  it('fills a hole from another copy before anything follows, and goes on where it was after a crash', () => {
    const copy = new Copy({ index: 4, lastId: 2 })
    copy.heard(command(5, 3), none)
    copy.heard(snapshot(50), () => ({ index: 52, lastId: 9 }))
    // What was told of meanwhile is part of what the machine said.
    copy.heard(command(51, 9), none)
    copy.heard(command(53, 10), none)
    expect(copy.take()).toBe(null)
    expect(copy.fill([row(5)])).toBe(null)
    expect(copy.fill([])).toBe(null)
    expect(copy.fill([row(2), row(3), row(4)])).toEqual({ rows: [row(3), row(4)], index: null })
    copy.synced()
    expect(copy.at).toEqual({ index: 4, lastId: 4 })

    const again = new Copy(copy.at)
    again.heard(snapshot(52), () => ({ index: 52, lastId: 9 }))
    expect(again.fill([5, 6, 7, 8, 9, 10, 11].map(row))).toEqual({ rows: [5, 6, 7, 8, 9].map(row), index: 52 })
    again.synced()
    expect([again.at, again.hole]).toEqual([{ index: 52, lastId: 9 }, null])
    again.heard(command(53, 10), none)
    expect(again.take()).toEqual({ rows: [row(10)], index: 53 })

    copy.fill([5, 6, 7, 8, 9].map(row))
    copy.synced()
    expect(copy.take()).toEqual({ rows: [row(10)], index: 53 })
  })

  it('lacks nothing where only entries without messages are gone', () => {
    const copy = new Copy({ index: 4, lastId: 2 })
    copy.heard(snapshot(50), () => ({ index: 50, lastId: 2 }))
    expect(copy.take()).toEqual({ rows: [], index: 50 })
    copy.synced()
    expect([copy.at, copy.hole]).toEqual([{ index: 50, lastId: 2 }, null])
  })

  it('finishes the batch that is under way when it hears of a hole', () => {
    const copy = new Copy({ index: 4, lastId: 2 })
    copy.heard(command(5, 3), none)
    copy.take()
    copy.heard(command(6, 4), none)
    copy.heard(snapshot(50), () => ({ index: 50, lastId: 5 }))
    expect(copy.fill([row(4), row(5)])).toBe(null)
    copy.synced()
    expect(copy.at).toEqual({ index: 5, lastId: 3 })
    expect(copy.fill([row(4), row(5)])).toEqual({ rows: [row(4), row(5)], index: 50 })
  })

  it('takes batches of a bounded size', () => {
    const copy = new Copy({ index: 0, lastId: 0 })
    for (let n = 0; n < 25; n++)
      copy.heard(command(n + 1, ...Array.from({ length: 100 }, (_, one) => n * 100 + one + 1)), none)
    expect(copy.take()?.rows).toHaveLength(1000)
    copy.synced()
    expect(copy.take()?.index).toBe(20)
    copy.synced()
    expect(copy.take()?.rows).toHaveLength(500)
  })
})

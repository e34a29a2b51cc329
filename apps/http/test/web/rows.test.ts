import { describe, expect, test } from 'vitest'
import { toPieces, toRows } from '../../web/src/model/rows.ts'
import type { Message } from '../../web/src/model/wire.ts'

const minuteMs = 60_000
const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)
const message = (id: number, user: string, atMs: number): Message => ({
  id: String(id),
  room: 'lobby',
  user,
  text: 'x',
  atMs,
})
const noon = Date.UTC(2026, 0, 2, 12)

describe('rows', () => {
  test('draw together what one person said shortly after', () => {
    const rows = toRows(
      [
        message(1, 'ann', noon),
        message(2, 'ann', noon + minuteMs),
        message(3, 'joe', noon + 2 * minuteMs),
        message(4, 'joe', noon + 20 * minuteMs),
      ],
      dayOf,
    )
    expect(
      rows.map((row) => (row.kind === 'day' ? 'day' : `${row.key}${row.opens ? '(' : ''}${row.closes ? ')' : ''}`)),
    ).toEqual(['day', '1(', '2)', '3()', '4()'])
  })

  test('a new day comes between, even within a minute', () => {
    const midnight = Date.UTC(2026, 0, 3)
    const rows = toRows([message(1, 'ann', midnight - 1000), message(2, 'ann', midnight + 1000)], dayOf)
    expect(rows.map(({ kind }) => kind)).toEqual(['day', 'message', 'day', 'message'])
    expect(rows[1]).toMatchObject({ opens: true, closes: true })
  })

  test('have keys of their own, whatever the clocks say', () => {
    const rows = toRows(
      [message(1, 'ann', noon), message(2, 'ann', noon - 48 * 60 * minuteMs), message(3, 'ann', noon)],
      dayOf,
    )
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
  })
})

describe('pieces', () => {
  test('links are cut out, without the full stop after them', () => {
    expect(toPieces('see https://a.example/b?c=1, or (http://d.example/).')).toEqual([
      { text: 'see ' },
      { text: 'https://a.example/b?c=1', href: 'https://a.example/b?c=1' },
      { text: ', or (' },
      { text: 'http://d.example/', href: 'http://d.example/' },
      { text: ').' },
    ])
  })

  test.each(['javascript:alert(1)', 'data:text/html,x', 'no link', 'http://', ''])('%j stays text', (text) =>
    expect(toPieces(text).every(({ href }) => href === undefined)).toBe(true),
  )

  test('nothing is lost', () => {
    const text = 'a https://x.example b\nhttps://y.example'
    expect(
      toPieces(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text)
  })
})

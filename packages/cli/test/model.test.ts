/**
 * What keys and answers do: a model of the screen, and no terminal.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { screenLines } from '../src/views/screen.ts'
import { itemsOf } from '../src/views/items.ts'
import { update, type Event } from '../src/views/model.ts'
import { answers, key, keys, modelOf, node, overview, pids, process, screen, top, tree } from './fixtures.ts'

describe('keys', () => {
  test('move, and stop at the ends', () => {
    const at = (...names: string[]) => modelOf([...answers, ...keys(...names)]).selected
    expect([
      at('down', 'j'),
      at('down', 'up', 'k'),
      at('end'),
      at('G', 'j'),
      at('end', 'home'),
      at('pageDown'),
    ]).toEqual([2, 0, 9, 9, 0, 9])
  })

  test('look at a process and come back to where they were', () => {
    const looking = modelOf([...answers, ...keys('down', 'enter')])
    expect(looking).toMatchObject({ view: 'process', looked: pids[2], process: null })
    expect(modelOf([...answers, ...keys('down', 'enter', 'escape')])).toMatchObject({
      view: 'tree',
      selected: 1,
      looked: null,
    })
    // A row without a process has nothing to look at.
    expect(modelOf([...answers, ...keys('j', 'j', 'j', 'j', 'enter')]).view).toBe('tree')
    // An answer about another process, come too late, is nothing to this one.
    const late = update(looking, { type: 'process', pid: pids[3]!, process: null })
    expect(late.process).toBeNull()
  })

  test('change the list and what it is sorted by; an answer to the question before does not count', () => {
    const model = modelOf([...answers, ...keys('tab', 's')])
    expect(model).toMatchObject({ view: 'processes', by: 'reductions', top: null })
    expect(update(model, { type: 'top', top }).top).toBeNull()
    expect(modelOf([...answers, ...keys('tab', 's', 's', 's')]).by).toBe('mailbox')
    expect(modelOf([...answers, ...keys('tab', 'tab')]).view).toBe('tree')
    expect(modelOf([...answers, ...keys('2', '1')]).view).toBe('tree')
  })

  test('write a filter, in which q is a letter', () => {
    const typing = modelOf([...answers, ...keys('/', 'q', 's', 'backspace')])
    expect(typing).toMatchObject({ filter: 'q', typing: true, quit: false })
    expect(update(typing, key('enter'))).toMatchObject({ filter: 'q', typing: false })
    expect(update(typing, key('escape'))).toMatchObject({ filter: '', typing: false })
    expect(modelOf([...answers, ...keys('/', 'x', 'enter', 'escape')]).filter).toBe('')
    expect(update(typing, key('interrupt')).quit).toBe(true)
    expect(modelOf(keys('q')).quit).toBe(true)
  })

  test('show help, and leave it', () => {
    expect(modelOf(keys('?')).view).toBe('help')
    expect(modelOf(keys('tab', '?', '?')).view).toBe('processes')
  })
})

describe('answers', () => {
  test('keep the selected row selected where it goes; one that is gone leaves its place', () => {
    const model = modelOf([...answers, ...keys('tab'), { type: 'top', top }, ...keys('down')])
    const [first, second, third] = top.rows
    const moved = update(model, { type: 'top', top: { ...top, rows: [first!, third!, second!] } })
    expect(moved.selected).toBe(2)
    const without = update(moved, { type: 'top', top: { ...top, rows: [first!, third!] } })
    expect([without.selected, itemsOf(without)[without.selected]!.pid]).toEqual([1, pids[6]])
  })

  test('keep the row of a child that was started again', () => {
    const model = modelOf([...answers, ...keys('down')])
    const rows = tree.rows.map((row) => (row.id === 'till' ? { ...row, pid: pids[9]! } : row))
    const shifted = { rows: [{ ...rows[0]!, id: 'another', depth: 0 }, ...rows] }
    expect(update(model, { type: 'tree', tree: shifted }).selected).toBe(2)
  })

  test('give rates from two of one life of the node, and none over a gap', () => {
    const later = { ...overview, reductions: 12_000, cpuMs: 1500 }
    const model = modelOf([...answers, { type: 'overview', overview: later, atMs: 3000 }])
    expect(model.rates).toEqual({ reductions: 1000, cpuPercent: 25 })
    const reborn = update(model, { type: 'overview', overview: { ...overview, reductions: 5 }, atMs: 4000 })
    expect(reborn.rates).toBeNull()
    const lost = update(model, { type: 'session', state: { kind: 'lost', node, why: '' } })
    expect(update(lost, { type: 'overview', overview: later, atMs: 9000 }).rates).toBeNull()
  })
})

test('a node that does not answer is said to be silent, until it answers', () => {
  const tick = (atMs: number): Event => ({ type: 'tick', atMs })
  const model = modelOf([...answers, tick(3500)])
  expect(model.silentMs).toBe(0)
  expect(update(model, tick(4000)).silentMs).toBe(3000)
  expect(screen(update(model, tick(4000)))[0]).toContain('no answer for 3 s: it is busy, or stopped')
  expect(modelOf([...answers, tick(9000), { type: 'overview', overview, atMs: 9100 }]).silentMs).toBe(0)
  expect(modelOf([tick(9000)]).silentMs).toBe(0)
})

test('whatever is typed and answered, there is a screen', () => {
  const anyKey = fc.constantFrom(
    ...[
      'up',
      'down',
      'pageUp',
      'pageDown',
      'home',
      'end',
      'enter',
      'tab',
      'escape',
      'backspace',
      's',
      '/',
      '?',
      'x',
      'r',
      'left',
    ],
  )
  const anyEvent: fc.Arbitrary<Event> = fc.oneof(
    { weight: 6, arbitrary: anyKey.map(key) },
    fc.constant<Event>({ type: 'tree', tree }),
    fc.constant<Event>({ type: 'tree', tree: { rows: [] } }),
    fc.constant<Event>({ type: 'top', top }),
    fc.constant<Event>({ type: 'top', top: { ...top, rows: top.rows.slice(1) } }),
    fc.constant<Event>({ type: 'overview', overview, atMs: 5 }),
    fc.constant<Event>({ type: 'process', pid: pids[2]!, process }),
    fc.constant<Event>({ type: 'process', pid: pids[2]!, process: null }),
    fc.constant<Event>({ type: 'session', state: { kind: 'lost', node, why: 'x' } }),
    fc
      .tuple(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 40 }))
      .map(([columns, rows]): Event => ({ type: 'size', columns, rows })),
  )
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      const model = modelOf(events)
      expect(screenLines(model)).toHaveLength(model.rows)
    }),
    { numRuns: 300 },
  )
})

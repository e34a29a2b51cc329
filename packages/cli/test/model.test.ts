/**
 * What keys and answers do: a model of the screen, and no terminal.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { screenLines } from '../src/views/screen.ts'
import { createNode } from '@agner/core'
import { itemsOf } from '../src/views/items.ts'
import { windowOf, type Event, type Question } from '../src/views/model.ts'
import { topQuestion } from '../src/views/processes.ts'
import { update } from '../src/views/update.ts'
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
    const late = update(looking, { type: 'process', which: pids[3]!, process: null })
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

  test('stand on the row that the filter means, and Enter looks at it', () => {
    const filtered = modelOf([...answers, ...keys('/', 's', 'h', 'e', 'l', 'f', 'enter')])
    expect(itemsOf(filtered)[filtered.selected]!.tree!.id).toBe('shelf')
    expect(update(filtered, key('enter'))).toMatchObject({ view: 'process', looked: pids[4] })
  })

  test('have the node itself look for what is filtered', () => {
    const filtered = modelOf([...answers, ...keys('tab', '/', 'z', 'z')])
    expect(topQuestion(filtered, 0)).toEqual({ by: 'mailbox', windowMs: 0, count: 500, contains: 'zz' })
    expect(topQuestion(update(filtered, key('escape')), 7)).not.toHaveProperty('contains')
    // It has looked at all of them: nothing was left out.
    const looked = update(filtered, { type: 'top', top: { ...top, rows: [], processes: 5002, matching: 0 } })
    expect(screen(looked)[5]).toContain('none with "zz"; Enter looks for')
    const some = { ...top, rows: top.rows.map((row) => ({ ...row, label: 'zz' })), processes: 5002, matching: 10 }
    expect(screen(update(filtered, { type: 'top', top: some })).join('\n')).toContain('… 7 more')
  })

  test('look for a process by its name where no row has it', () => {
    const many = { ...top, processes: 5002 }
    const filtered = modelOf([...answers, ...keys('tab', '/', 'z', 'z', 'enter'), { type: 'top', top: many }])
    expect(screen(filtered)[5]).toContain('none with "zz" among the first 3 of 5,002; Enter looks for')
    const looking = update(filtered, key('enter'))
    expect(looking).toMatchObject({ view: 'process', looked: 'zz' })
    expect(update(looking, { type: 'process', which: 'zz', process }).process).toBe(process)
    expect(screen(update(looking, { type: 'process', which: 'zz', process: null }))[5]).toContain('no process zz')
    const inTree = modelOf([...answers, ...keys('/', 'z', 'z')])
    expect(screen(inTree)[5]).toContain('of which 99,950 were left out')
  })

  test('scroll no further than the text goes', () => {
    const low = modelOf(keys('?'), 80, 8)
    const atEnd = update(low, key('end'))
    expect(screen(update(atEnd, key('up')))).not.toEqual(screen(atEnd))
    expect(update(atEnd, { type: 'size', columns: 80, rows: 40 }).scroll).toBe(0)
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
    const without = update(moved, { type: 'top', top: { ...top, processes: 2, rows: [first!, third!] } })
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

describe('a node that does not answer', () => {
  const tick = (atMs: number): Event => ({ type: 'tick', atMs })
  const asked = (question: Question, atMs: number, windowMs = 0): Event => ({ type: 'asked', question, atMs, windowMs })
  const failed = (question: Question): Event => ({ type: 'unanswered', question, why: 'not within 5 s' })

  test('is said to be silent, from when it was asked, until it answers', () => {
    const model = modelOf([...answers, asked('overview', 60_000)])
    expect(update(model, tick(61_900)).silentMs).toBe(0)
    const silent = update(model, tick(63_000))
    expect(silent.silentMs).toBe(3000)
    expect(screen(silent)[0]).toContain('no answer for 3 s: it is busy, or stopped')
    expect(update(silent, { type: 'overview', overview, atMs: 63_100 }).silentMs).toBe(0)
    // It was not asked: there is nothing to answer, however long the pause is.
    expect(modelOf([...answers, tick(90_000)]).silentMs).toBe(0)
    // From its first moment on.
    expect(screen(modelOf([asked('overview', 0), tick(3000)]))[0]).toContain('no answer for 3 s')
  })

  test('is given the time that the answer takes at least', () => {
    const model = modelOf([...answers, asked('top', 5000, 1000)])
    expect(update(model, tick(7500)).silentMs).toBe(0)
    expect(update(model, tick(8000)).silentMs).toBe(3000)
  })

  test('to one question only is not silent: that question is told of', () => {
    const model = modelOf([answers[0]!, asked('tree', 2000), failed('tree')])
    expect(screen(model)[5]).toContain('the node did not answer this question (not within 5 s); it is asked again')
    const again = modelOf([
      answers[0]!,
      asked('tree', 2000),
      failed('tree'),
      answers[0]!,
      asked('tree', 9000),
      tick(13_000),
    ])
    expect(again.silentMs).toBe(0)
    const answeredAgain = update(again, { type: 'tree', tree })
    expect(screen(answeredAgain).join()).not.toContain('did not answer')
    // What was there stays, and it is said above it.
    const kept = screen(update(answeredAgain, failed('tree')))
    expect([kept[3], kept[6]]).toEqual([expect.stringContaining('did not answer'), expect.stringContaining('till')])
    expect(screen(modelOf([failed('overview')]))[0]).toContain('did not answer')
    // Of one that is lost it is known why.
    const lost: Event = { type: 'session', state: { kind: 'lost', node, why: 'x' } }
    for (const events of [
      [lost, failed('tree')],
      [failed('tree'), lost],
    ])
      expect(screen(modelOf(events)).join()).not.toContain('did not answer')
    expect(screen(modelOf([...answers, ...keys('enter'), failed('process')]))[5]).toContain('did not answer')
  })
})

test('reductions are told for a second, of a window that is no longer than one', () => {
  const of = (intervalMs: number) =>
    modelOf([...answers, ...keys('tab', 's'), { type: 'top', top: { ...top, by: 'reductions' } }], 100, 18, intervalMs)
  expect(windowOf(of(60_000))).toBe(1000)
  expect(windowOf(of(200))).toBe(200)
  expect(screen(of(60_000))[5]).toMatch(/ 1,490$/)
  expect(screen(of(200))[5]).toMatch(/ 7,450$/)
})

test('a process of another node is not called dead', () => {
  const far = createNode({ name: 'b@127.0.0.1', report: () => {} }).spawn(async (self) => self.sleep(1))
  const rows = tree.rows.map((row) => (row.id === 'till' ? { ...row, pid: far, state: 'elsewhere' as const } : row))
  const looking = modelOf([...answers, { type: 'tree', tree: { rows } }, ...keys('down', 'enter')])
  for (const model of [looking, update(looking, { type: 'process', which: far, process: null })])
    expect(screen(model)[5]).toBe(' It runs on b@127.0.0.1: agner top b@127.0.0.1')
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
    fc.constant<Event>({ type: 'process', which: pids[2]!, process }),
    fc.constant<Event>({ type: 'process', which: pids[2]!, process: null }),
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

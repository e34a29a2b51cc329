/**
 * What stands on the screen, line by line, without a terminal.
 */
import { describe, expect, test } from 'vitest'
import { lookText, processText, toJson } from '../src/once.ts'
import { widthOf } from '../src/screen/width.ts'
import { isAnswer } from '../src/node/answer-shape.ts'
import { update } from '../src/views/update.ts'
import { screenLines } from '../src/views/screen.ts'
import { branchesOf } from '../src/views/tree.ts'
import { answers, keys, modelOf, node, overview, pids, process, screen, top, tree } from './fixtures.ts'

describe('the tree', () => {
  test('shows the node, its tree and its keys', () => {
    expect(screen(modelOf(answers, 100, 16))).toEqual([
      ' shop@test  up 3 min 12 s  lag 3 ms  memory 84 MB (heap 31 MB)',
      ' 6 processes  3 names  2 timers  1,500 messages waiting (till 1,490)  connected: bank far@elsewhere',
      ' ',
      '  Tree  Processes',
      ' NAME                                WHAT                   PID       RESTART    STATE        MAILBOX',
      '>shop                                application            <2>                  running            0',
      ' ├ till                              @acme/till             <3>       permanent  waiting        1,490',
      ' ├ store                             supervisor             <4>       permanent  waiting            0',
      ' │ ├ shelf                           @acme/shelf            <5>       transient  suspended         10',
      ' │ └ … 99,950 more',
      ' └ clerk                                                              permanent  restarting',
      ' lost                                supervisor             <6>                  waiting            0',
      ' └ it does not say which children it has: it is busy, or suspended',
      ' other processes (1)',
      ' └ a loner                           loner                  <7>                  waiting            0',
      ' ↑↓ move   Enter look   Tab processes   / filter   r refresh   ? help   q quit',
    ])
  })

  test('is filtered with what stands above the rows that pass', () => {
    const texts = screen(modelOf([...answers, ...keys('/', 's', 'h', 'e', 'l', 'f')], 60, 12))
    expect(texts[3]).toBe('  Tree  Processes   filter: shelf▏')
    expect(texts.slice(5, 9).map((text) => text.slice(0, 20).trimEnd())).toEqual([
      ' shop',
      ' └ store',
      '>  └ shelf',
      '',
    ])
    expect(screen(modelOf([...answers, ...keys('/', 'z', 'z')], 60, 12))[5]).toContain('none with "zz"')
  })

  test('has branches that lead to what follows', () => {
    const depths = [0, 1, 2, 2, 1, 2, 0, 1]
    expect(branchesOf(depths.map((depth) => ({ depth })))).toEqual(['', '├ ', '│ ├ ', '│ └ ', '└ ', '  └ ', '', '└ '])
  })

  test('is as wide and as high as the terminal, whatever that is', () => {
    for (const [columns, rows] of [
      [20, 3],
      [60, 10],
      [80, 24],
      [200, 50],
    ] as const) {
      for (const more of [[], keys('enter'), keys('?'), keys('tab')]) {
        const lines = screenLines(modelOf([...answers, { type: 'top', top }, ...more], columns, rows))
        expect(lines).toHaveLength(rows)
        for (const { spans } of lines) expect(spans.reduce((sum, { text }) => sum + widthOf(text), 0)).toBe(columns)
      }
    }
  })
})

describe('the processes', () => {
  test('are sorted by what was asked for', () => {
    const texts = screen(modelOf([...answers, ...keys('tab'), { type: 'top', top }], 100, 12))
    expect(texts.slice(3, 9)).toEqual([
      '  Tree  Processes   sorted by mailbox',
      ' PID       NAME                        WHAT                        STATUS      ▾MAILBOX    REDUCTIONS',
      '><3>       till                        @acme/till                  waiting        1,490       123,456',
      ' <5>       shelf of tea                @acme/shelf                 suspended         10           100',
      ' <7>                                   loner                       waiting            0           100',
      ' ',
    ])
  })

  test('beyond those that were told of are counted', () => {
    const model = modelOf([...answers, ...keys('tab'), { type: 'top', top: { ...top, processes: 5002 } }], 100, 12)
    expect(screen(model)[8]).toBe(' … 4,999 more')
    expect(screen(update(model, keys('end')[0]!))[8]).toBe('>… 4,999 more')
    const text = lookText({ overview, tree, top: { ...top, processes: 5002 } }, node)
    expect(text.endsWith('\n… 4,999 more')).toBe(true)
  })

  test('by reductions are told for a second, by memory in bytes, and not at all where they are too many', () => {
    const sorted = (by: 'reductions' | 'memory', times: number) =>
      screen(
        modelOf([
          ...answers,
          ...keys('tab', ...Array.from({ length: times }, () => 's')),
          { type: 'top', top: { ...top, by } },
        ]),
      )
    expect(sorted('reductions', 1)[4]).toContain('▾REDUCTIONS/S')
    expect(sorted('reductions', 1)[5]).toMatch(/1,490$/)
    expect(sorted('memory', 2)[5]).toMatch(/123,456 {4}1\.5 KB$/)
    const many = modelOf([
      ...answers,
      ...keys('tab', 's', 's'),
      { type: 'top', top: { by: 'memory', processes: 2e6, rows: [], tooMany: true } },
    ])
    expect(screen(many)[5]).toContain('The node has 2,000,000 processes')
  })
})

describe('a process', () => {
  const look = (state: typeof process.state = process.state) =>
    screen(
      modelOf(
        [...answers, ...keys('down', 'enter'), { type: 'process', which: pids[2]!, process: { ...process, state } }],
        90,
        26,
      ),
    )

  test('is shown with what it runs, its neighbours and its state', () => {
    expect(look().slice(4, 22)).toEqual([
      ' till  <3>  the till at the door',
      ' ',
      ' runs         @acme/till  spawned as @acme/till@1.2.3:startAwaited  now @acme/till',
      ' status       waiting  traps exits  priority high',
      ' mailbox      1,490  123,456 reductions  about 2.0 KB',
      ' parent       <2> @agner/supervisor',
      ' links        <2> @agner/supervisor',
      '              … 2 more',
      ' monitors     none',
      ' monitored by audit on bank@test',
      ' dictionary   "user": "Ann"',
      ' messages     { type: "request", payload: 1 }',
      '              … 1,489 more',
      ' ',
      ' state, by version 1.2.3 of its code',
      ' { stock: 4 }',
      ' ',
      ' ',
    ])
  })

  test('without a state says why', () => {
    expect(look({ kind: 'silent', waitedMs: 500 }).join('\n')).toContain('did not tell its state within 500 ms')
    expect(look({ kind: 'none' }).join('\n')).toContain('no state to show')
    expect(look({ kind: 'failed', why: 'format' }).join('\n')).toContain('cannot be shown: format')
    expect(look({ kind: 'state', version: '1', status: 'suspended', lines: [] }).join('\n')).toContain(
      'suspended by sys',
    )
    const gone = modelOf([...answers, ...keys('down', 'enter'), { type: 'process', which: pids[2]!, process: null }])
    expect(screen(gone)[5]).toContain('This process has ended')
  })

  test('that is long is scrolled, and not beyond its end', () => {
    const lines = Array.from({ length: 100 }, (_, n) => `line ${n}`)
    const answer = {
      type: 'process',
      which: pids[2]!,
      process: { ...process, state: { kind: 'state', version: '1', status: 'running', lines } },
    } as const
    const at = (...more: string[]) =>
      screen(modelOf([...answers, ...keys('down', 'enter'), answer, ...keys(...more)], 80, 20))
    expect(at().at(-2)).toBe(' … 101 more lines')
    expect(at('end').at(-2)).toBe(' line 99')
    expect(at('end', 'home').at(4)).toContain('till')
    expect(at('pageDown').at(4)).not.toBe(at().at(4))
  })
})

test('a node that is gone is told of at once, above what was known', () => {
  const lost = modelOf([...answers, { type: 'session', state: { kind: 'lost', node, why: 'it is not running' } }])
  expect(screen(lost)[0]).toBe(' shop@test  not connected: it is not running. Trying again every second.')
  expect(screen(lost)[6]).toContain('till')
})

test('of a low terminal a row of the list is the last to go', () => {
  for (const rows of [1, 2, 3, 4, 5, 6, 7]) {
    const texts = screen(modelOf([...answers, ...keys('down')], 80, rows))
    expect(texts).toHaveLength(rows)
    expect(texts.filter((text) => text.startsWith('>'))).toHaveLength(1)
  }
})

test('one look says why there are no processes, and nothing of a lag that nobody has seen', () => {
  const none = { by: 'memory', processes: 150_000, rows: [], tooMany: true } as const
  const { loopLagMs: _, ...lagless } = overview
  const text = lookText({ overview: lagless, tree, top: none }, node)
  expect(text).toContain('The node has 150,000 processes: to estimate')
  expect(text).not.toContain('lag')
  expect(lookText({ overview, tree, top }, node)).toContain('lag 3 ms')
})

test('an answer of another version is known by what it lacks; what it has besides is nothing to us', () => {
  const given = [
    ['overview', overview],
    ['tree', tree],
    ['top', top],
    ['process', process],
  ] as const
  for (const [question, answer] of given) {
    expect([isAnswer(question, answer), isAnswer(question, { ...answer, more: 1 })]).toEqual([true, true])
    for (const key of Object.keys(answer)) {
      // Nobody shows of how many the waiting messages were counted.
      if (key === 'waitingOf') continue
      expect([key, isAnswer(question, { ...answer, [key]: undefined })]).toEqual([key, false])
    }
  }
  expect([isAnswer('process', null), isAnswer('tree', null), isAnswer('top', 7)]).toEqual([true, false, false])
  const newer = { ...process, state: { kind: 'drawn', picture: '' } } as unknown as typeof process
  expect(isAnswer('process', newer)).toBe(true)
  expect(processText(newer, node)).toContain('use a newer agner')
})

test('JSON holds nothing that steers a terminal, and says the same', () => {
  const text = 'a\u009b2J\x7f\u202e\u2028\u{e0041}\n\x1bé日😀'
  const json = toJson({ text })
  // eslint-disable-next-line no-control-regex
  expect(json).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028\u{e0041}]/u)
  expect(json).toContain('é日😀')
  expect(JSON.parse(json)).toEqual({ text })
})

test('one look is text for people, or JSON with pids as text', () => {
  const text = lookText({ overview, tree, top }, node)
  expect(text.split('\n')).toHaveLength(2 + 1 + 1 + 10 + 1 + 1 + 3)
  expect(text).toContain('├ till')
  expect(processText(process, node)).toContain('{ stock: 4 }')
  const json = JSON.parse(toJson({ overview, tree, top })) as { tree: { rows: { pid: string | null }[] } }
  expect(json.tree.rows[1]!.pid).toBe('<shop@test.3>')
})

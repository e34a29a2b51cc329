import { describe, expect, test, vi } from 'vitest'
import { createVirtualRuntime } from '@agner/testing'
import { createNode, describeReason, formatReport, isOrderlyExit, type ExitReason, type Report } from '../src/index.ts'
import { createWorld } from './world.ts'

const { node } = createWorld({ name: 'n@h' })
const pid = node.spawn(async () => {})

describe('reports for people', () => {
  test.each<[Report, string]>([
    [
      {
        type: 'crash',
        pid,
        name: 'worker',
        label: null,
        reason: 'bad state',
        parent: null,
        lastMessage: { password: 'secret' },
        mailboxLength: 0,
      },
      '"worker" crashed: bad state',
    ],
    [
      {
        type: 'crash',
        pid,
        name: null,
        label: 'conn 7',
        reason: { n: 1n },
        parent: null,
        lastMessage: undefined,
        mailboxLength: 0,
      },
      '"conn 7" crashed:',
    ],
    [{ type: 'closing_failed', pid, name: null, error: new Error('EBUSY') }, 'could not be closed: Error: EBUSY'],
    [
      { type: 'mailbox_overflow', pid, name: 'slow', limit: 10 },
      '"slow" was ended: its mailbox reached the limit of 10 messages',
    ],
    [{ type: 'notice', level: 'warning', source: 'supervisor', text: 'restarting' }, 'warning supervisor: restarting'],
  ])('%#: one text each, without the last message', (report, text) => {
    const formatted = formatReport(report)
    expect(formatted).toContain(text)
    expect(formatted).not.toContain('secret')
    expect(formatted.startsWith('[agner]')).toBe(true)
  })

  test('a crash shows the stack', () => {
    const reason = new Error('boom') as Error & ExitReason
    expect(
      formatReport({
        type: 'crash',
        pid,
        name: null,
        label: null,
        reason,
        parent: null,
        lastMessage: null,
        mailboxLength: 0,
      }),
    ).toContain('reports.test')
  })

  test('by default warnings and worse go to stderr, the rest nowhere', () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      const loud = createNode({ runtime: createVirtualRuntime() })
      for (const level of ['debug', 'info', 'warning', 'error'] as const)
        loud.report({ type: 'notice', level, source: 's', text: level })
      expect(written.mock.calls.map(([text]) => text)).toEqual([
        '[agner] warning s: warning\n',
        '[agner] error s: error\n',
      ])
    } finally {
      written.mockRestore()
    }
  })
})

describe('exit reasons', () => {
  test.each<[unknown, boolean]>([
    ['normal', true],
    ['shutdown', true],
    [{ shutdown: 'x' }, true],
    [{ shutdown: undefined }, true],
    ['killed', false],
    ['kill', false],
    [{ other: 1 }, false],
    [Object.assign(new Error('x'), { shutdown: 1 }), false],
    [null, false],
    [0, false],
  ])('%j is orderly: %s', (reason, orderly) => {
    expect(isOrderlyExit(reason as ExitReason)).toBe(orderly)
  })

  test.each<[unknown, string]>([
    ['normal', 'normal'],
    [new TypeError('bad'), 'TypeError: bad'],
    [5n, '5n'],
    [{ a: 1 }, '{"a":1}'],
    [{ a: 1n }, '{"a":1n}'],
    [null, 'null'],
  ])('%# as one line', (reason, text) => {
    expect(describeReason(reason as ExitReason)).toBe(text)
  })
})

import { describe, expect, test, vi } from 'vitest'
import { createVirtualRuntime } from '@agner/testing'
import {
  createNode,
  describeReason,
  formatReport,
  isOrderlyExit,
  type CrashReport,
  type DictionaryKey,
  type ExitReason,
  type Report,
} from '../src/index.ts'
import { createWorld } from './world.ts'

const { node } = createWorld({ name: 'n@h' })
const pid = node.spawn(async () => {})

function crash(part: Partial<CrashReport>): CrashReport {
  const nothing = { name: null, label: null, parent: null, initialCall: null, lastMessage: undefined, mailboxLength: 0 }
  const none = { links: [], linkCount: 0, dictionary: new Map(), dictionarySize: 0, ancestors: [], neighbours: [] }
  return { type: 'crash', pid, reason: 'bad', trapsExits: false, ...nothing, ...none, ...part }
}

describe('reports for people', () => {
  test.each<[Report, string]>([
    [
      crash({
        name: 'worker',
        reason: 'bad state',
        lastMessage: { password: 'secret' },
        dictionary: new Map([['password', 'secret']]),
      }),
      '"worker" crashed: bad state',
    ],
    [crash({ label: 'conn 7', reason: { n: 1n } }), '"conn 7" crashed:'],
    [crash({ label: { room: 7 } }), '"{"room":7}" crashed:'],
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
    expect(formatReport(crash({ reason }))).toContain('reports.test')
  })

  test('a crash shows where it came from, what waits, and whom it reaches', () => {
    const [above, other] = [node.spawn(async () => {}), node.spawn(async () => {})]
    const text = formatReport(
      crash({
        initialCall: '@acme/m@1:start',
        ancestors: [
          { pid: above, name: 'sup' },
          { pid: other, name: null },
        ],
        mailboxLength: 3,
        trapsExits: true,
        links: [above],
        linkCount: 40,
        dictionary: new Map<DictionaryKey, unknown>([
          ['user', 'secret'],
          [Symbol('key'), 1],
        ]),
        dictionarySize: 2,
        neighbours: [
          { pid: other, name: null, label: 'log', initialCall: 'log', status: 'waiting', mailboxLength: 1 },
          { pid: above, name: 'sup', label: null, initialCall: null, status: 'runnable', mailboxLength: 0 },
        ],
      }),
    )
    expect(text.split('\n')).toEqual([
      `[agner] process ${String(pid)} crashed: bad`,
      '  spawned as @acme/m@1:start',
      `  by ${String(above)} "sup", by ${String(other)}`,
      '  waiting messages: 3; trapped exits',
      `  linked to ${String(above)} and 39 more`,
      '  kept user, Symbol(key)',
      `  reaches ${String(other)} "log", spawned as log, waiting, waiting messages: 1`,
      `  reaches ${String(above)} "sup", runnable, waiting messages: 0`,
    ])
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

/**
 * What a trace tells of a server: the calls of its callbacks, what they gave and what they threw.
 */
import type { Process, TraceEnd, TraceEvent } from '@agner/core'
import { expect, test } from 'vitest'
import {
  call,
  cast,
  defineServer,
  noreply,
  protocol,
  reply,
  startServer,
  startSupervisor,
  stopAndReply,
  stopServer,
} from '../src/index.ts'
import { createWorld } from './world.ts'

interface Api {
  calls: { add(by: number): number; later(ms: number): string; fail(why: string): never; leave(): string }
  casts: { set(to: number): void }
  info: { type: 'tick'; n: number }
}
interface State {
  readonly total: number
  readonly secret: string
}
type Told = TraceEvent<'call' | 'returnFrom' | 'exceptionFrom'> | TraceEnd

const counter = protocol<Api>('@acme/counter')
const Counter = defineServer(counter, {
  init: (total: number): State => ({ total, secret: 'hidden' }),
  continue: (state, _key: 'more') => noreply(state),
  calls: {
    add: (state, by) => reply(state.total + by, { ...state, total: state.total + by }),
    later: async (state, ms, { self }) => {
      await self.sleep(ms)
      return reply('done', state)
    },
    fail: (_state, why) => {
      if (why === 'later') return Promise.reject(new Error(why))
      throw new Error(why)
    },
    leave: () => stopAndReply('shutdown', 'bye'),
  },
  casts: { set: (state, total) => noreply({ ...state, total }, { continue: 'more' }) },
  info: { tick: (state) => noreply(state) },
  terminate: () => {},
})

const brief = (told: readonly Told[]): unknown[] =>
  told.map((event) => {
    if (event.type === 'call') return [event.callback, event.argument]
    if (event.type === 'returnFrom') return [event.callback, event.result, event.durationMs]
    return event.type === 'end' ? event.why : [event.callback, String((event.error as Error).message), event.durationMs]
  })

test('callbacks are told of from the first to the last, with what they gave', async () => {
  const { node, inProcess } = createWorld()
  const told: Told[] = []
  await inProcess(async (self: Process<never>) => {
    self.trapExits(true)
    const trace = node.trace({
      processes: 'new',
      events: ['call', 'returnFrom', 'exceptionFrom'],
      to: (event) => void told.push(event),
    })
    const pid = await startServer(self, Counter, 1)
    expect(await call(self, pid, 'add', 2)).toBe(3)
    expect(await call(self, pid, 'later', 50)).toBe('done')
    cast(self, pid, 'set', 7)
    self.send(pid as never, { type: 'tick', n: 1 } as never)
    expect(await call(self, pid, 'leave', undefined)).toBe('bye')
    trace.stop()
  })
  expect(told.slice(0, -1).every((event) => event.type !== 'end' && event.module === '@acme/counter')).toBe(true)
  expect(brief(told)).toEqual([
    ['init', 1],
    ['init', { kind: 'ok' }, 0],
    ['calls.add', 2],
    ['calls.add', { kind: 'reply', value: 3 }, 0],
    ['calls.later', 50],
    ['calls.later', { kind: 'reply', value: 'done' }, 50],
    ['casts.set', 7],
    ['casts.set', { kind: 'noreply' }, 0],
    ['continue', 'more'],
    ['continue', { kind: 'noreply' }, 0],
    ['info.tick', { type: 'tick', n: 1 }],
    ['info.tick', { kind: 'noreply' }, 0],
    ['calls.leave', undefined],
    ['calls.leave', { kind: 'stopAndReply', reason: 'shutdown', value: 'bye' }, 0],
    ['terminate', 'shutdown'],
    ['terminate', undefined, 0],
    'stopped',
  ])
  expect(JSON.stringify(told)).not.toContain('hidden')
})

test('what a callback throws, at once or later, is told and goes on as it would', async () => {
  for (const why of ['at once', 'later']) {
    const { node, inProcess, reports } = createWorld()
    const told: Told[] = []
    await inProcess(async (self: Process<never>) => {
      const pid = await startServer(node, Counter, 1)
      node.trace({
        processes: [pid],
        events: ['call', 'returnFrom', 'exceptionFrom'],
        to: (event) => void told.push(event),
      })
      await call(self, pid, 'fail', why).catch(() => {})
    })
    expect(brief(told)).toMatchObject([
      ['calls.fail', why],
      ['calls.fail', why, 0],
      ['terminate', { message: why }],
      ['terminate', undefined, 0],
      'noProcesses',
    ])
    expect(reports.crashes).toMatchObject([{ reason: { message: why } }])
  }
})

test('a filter on the module picks one kind of server; the same server does the same, traced or not', async () => {
  const { node, run } = createWorld()
  const told: Told[] = []
  const supervisor = await run(startSupervisor(node, { children: [Counter.child({ id: 'one', arg: 5 })] }))
  node.trace({
    processes: 'all',
    events: ['call'],
    where: ({ module }) => module === '@acme/counter',
    to: (event) => void told.push(event as Told),
  })
  const one = node.processes().at(-1)!
  expect(await run(call(node, one as never as typeof supervisor, 'add' as never, 1 as never) as Promise<unknown>)).toBe(
    6,
  )
  await run(stopServer(node, supervisor))
  expect(brief(told)).toEqual([['calls.add', 1]])
})

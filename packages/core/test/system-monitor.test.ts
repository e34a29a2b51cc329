/**
 * The system monitor in virtual time: code says how long it held the thread (`holdThread`), so what is told is exact.
 */
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import type { LongMailbox, LongTurn, Pid, Process, SystemEvent, SystemMonitorOptions } from '../src/index.ts'
import { kernelOf } from '../src/node.ts'
import { createCluster } from './cluster.ts'
import { createWorld, type World } from './world.ts'

type Any = Process<unknown>

const code = (value: string): unknown => expect.objectContaining({ code: value })
const takes = async (self: Any): Promise<void> => {
  for (;;) await self.receive()
}

function watch({ node }: World, options: Omit<SystemMonitorOptions, 'to'>): { told: SystemEvent[]; stop(): void } {
  const told: SystemEvent[] = []
  const monitor = node.monitorSystem({ ...options, to: (event) => void told.push(event) })
  return { told, stop: () => monitor.stop() }
}

/** Holds the thread for as long as it is told. */
const holder = (runtime: VirtualRuntime) => ({
  name: 'holder',
  init: () => null,
  message: (_self: Process<number>, ms: number) => {
    runtime.holdThread(ms)
    return null
  },
})
const asyncHolder = (runtime: VirtualRuntime) =>
  async function busy(self: Process<number>): Promise<void> {
    for (;;) runtime.holdThread(await self.receive())
  }

describe('long turns', () => {
  test('are told with whose they were, whatever body it has, and however many others are busy', async () => {
    await eachSeed({ seeds: 60 }, async (runtime, seed) => {
      const world = createWorld({ runtime })
      const { node } = world
      const { told, stop } = watch(world, { longTurnMs: 100 })
      const others = [0, 1, 2].map(() => node.spawn(asyncHolder(runtime)))
      const culprits = [node.spawn(holder(runtime), { name: 'one' }), node.spawn(asyncHolder(runtime), { name: 'two' })]
      for (let n = 0; n < 20; n++) {
        for (const other of others) node.send(other, 0.1)
        const culprit = culprits[(seed + n) % 2]!
        node.send(culprit, n === 10 ? 90 : 0.1)
        if (n === 5 || n === 15) node.send(culprit, 100 + n)
      }
      await runtime.settle()
      const [name, initialCall] = seed % 2 === 0 ? ['two', 'busy'] : ['one', 'holder']
      let totalMs = 0
      for (const event of told) {
        expect(event).toMatchObject({ type: 'longTurn', name, initialCall })
        totalMs += (event as LongTurn).durationMs
      }
      // One turn may have had both.
      expect([totalMs > 219.9, totalMs < 240]).toEqual([true, true])
      const count = told.length
      stop()
      node.send(culprits[0]!, 500)
      await runtime.settle()
      expect(told.length).toBe(count)
    })
  })

  test('also the first, that of a handler that waited, that in which it ended, and what follows an answer or a sleep', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const { told } = watch(world, { longTurnMs: 50 })
    const hold = (ms: number): void => runtime.holdThread(ms)
    node.spawn(
      async (self) => {
        self.label({ job: 7 })
        await self.sleep(1)
        hold(51)
      },
      { name: 'first' },
    )
    node.spawn({ name: 'init', init: () => hold(52), message: () => null })
    const waits = node.spawn({
      name: 'waits',
      init: () => null,
      message: async (self: Process<string>) => {
        await self.sleep(10)
        hold(53)
        return null
      },
    })
    node.send(waits, 'x')
    node.spawn(async function asks(self) {
      await self.request(waits, null, { timeoutMs: 1 }).catch(() => {})
      hold(54)
      await self.wait(Promise.resolve())
      hold(55)
    })
    await runtime.advance(1000)
    expect(told).toMatchObject([
      { name: null, initialCall: 'init', durationMs: 52 },
      { name: 'first', label: { job: 7 }, durationMs: 51 },
      { initialCall: 'waits', durationMs: 53 },
      { initialCall: 'asks', durationMs: 54 },
      { initialCall: 'asks', durationMs: 55 },
      { initialCall: 'waits', durationMs: 53 },
    ])
  })

  test('what code does that is no process’s, or after a promise that is not its own, is nobody’s', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const { told } = watch(world, { longTurnMs: 50 })
    runtime.setTimer(5, () => runtime.holdThread(100))
    node.spawn(async () => {
      await new Promise((resolve) => runtime.setTimer(10, () => resolve(null)))
      runtime.holdThread(100)
    })
    node.spawn(takes)
    await runtime.advance(1000)
    expect(told).toEqual([])
  })

  test('several monitors, and traces of turns, do not mind each other', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const [low, high] = [watch(world, { longTurnMs: 10 }), watch(world, { longTurnMs: 100 })]
    const pid = node.spawn(holder(runtime))
    const trace = node.trace({ processes: [pid], events: ['turn'], to: () => {} })
    node.send(pid, 50)
    await runtime.settle()
    low.stop()
    node.send(pid, 200)
    await runtime.settle()
    expect([low.told.length, high.told.length]).toEqual([1, 1])
    expect(trace.told).toBeGreaterThan(1)
  })
})

describe('long mailboxes', () => {
  const lengths = { on: 10, off: 4 }
  const brief = (told: readonly SystemEvent[]): unknown[] =>
    told.map((event) => {
      const { pid, isLong, mailboxLength } = event as LongMailbox
      return [pid, isLong, mailboxLength]
    })

  /** Takes so many of its messages each time that it is told. */
  const taker = async (self: Process<number | 'message'>): Promise<void> => {
    for (;;) {
      const take = (await self.receive((message) => typeof message === 'number')) as number
      for (let n = 0; n < take; n++) await self.receive((message) => message === 'message')
    }
  }

  test('are told once when they become long and once when they are short again', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const world = createWorld({ runtime })
      const { node } = world
      const { told } = watch(world, { longMailbox: lengths })
      const pid = node.spawn(taker)
      const send = async (count: number): Promise<void> => {
        for (let n = 0; n < count; n++) node.send(pid, 'message')
        await runtime.advance(100)
      }
      const take = async (count: number): Promise<void> => {
        node.send(pid, count)
        await runtime.advance(100)
      }
      await send(9)
      expect(told).toEqual([])
      await send(1)
      await send(5)
      // Sways between the two lengths: nothing is told.
      await take(9)
      await send(6)
      await take(7)
      expect(brief(told)).toEqual([[pid, true, 10]])
      await take(1)
      expect(brief(told).at(-1)).toEqual([pid, false, 4])
      await send(6)
      node.sendExit(pid, 'kill')
      await runtime.advance(100)
      expect(brief(told).slice(2)).toEqual([
        [pid, true, 10],
        [pid, false, 0],
      ])
      expect(runtime.pendingTimers).toBe(0)
    })
  })

  test('those that are long already are told at once; callbacks that do not keep up, too', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const old = node.spawn(taker)
    for (let n = 0; n < 12; n++) node.send(old, 'message')
    await runtime.settle()
    const { told } = watch(world, { longMailbox: lengths })
    const slow = node.spawn({
      init: () => null,
      message: async (self: Process<number>) => {
        await self.sleep(10)
        return null
      },
    })
    for (let n = 0; n < 12; n++) node.send(slow, n)
    await runtime.settle()
    expect(brief(told)).toEqual([
      [old, true, 12],
      [slow, true, 10],
    ])
    await runtime.advance(200)
    expect(brief(told).at(-1)).toEqual([slow, false, expect.any(Number)])
  })

  test('each monitor has its own lengths; a limit of mailboxes holds all the while, and after', async () => {
    const world = createWorld({ mailboxLimit: 20 })
    const { node, runtime, reports } = world
    const [low, high] = [
      watch(world, { longMailbox: { on: 5, off: 0 } }),
      watch(world, { longMailbox: { on: 15, off: 5 } }),
    ]
    const fill = async (count: number): Promise<Pid<string>> => {
      const pid = node.spawn(async (self: Process<string>) => void (await self.receive(() => false)))
      for (let n = 0; n < count; n++) node.send(pid, 'x')
      await runtime.settle()
      return pid
    }
    const [some, many] = [await fill(10), await fill(21)]
    expect([node.isAlive(some), node.isAlive(many)]).toEqual([true, false])
    expect([low.told.length, high.told.length]).toEqual([2, 1])
    low.stop()
    await fill(10)
    await runtime.advance(100)
    expect([low.told.length, high.told.length]).toEqual([2, 2])
    high.stop()
    await runtime.advance(200)
    expect([high.told.length, runtime.pendingTimers]).toEqual([2, 0])
    expect(node.isAlive(await fill(21))).toBe(false)
    expect(reports.all.map(({ type }) => type)).toEqual(['mailbox_overflow', 'mailbox_overflow'])
  })
})

describe('the lag of the event loop', () => {
  test('is told when a timer comes too late, whoever held the thread', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const { told, stop } = watch(world, { loopLagMs: 100 })
    await runtime.advance(1000)
    expect(told).toEqual([])
    runtime.holdThread(150)
    await runtime.settle()
    await runtime.advance(200)
    const pid = node.spawn(holder(runtime))
    node.send(pid, 400)
    await runtime.advance(1000)
    expect(told).toMatchObject([{ type: 'loopLag' }, { type: 'loopLag' }])
    const [first, second] = told as { lagMs: number }[]
    expect([first!.lagMs, second!.lagMs]).toEqual([100, 350])
    stop()
    expect(runtime.pendingTimers).toBe(0)
  })
})

describe('who is told', () => {
  test('a process has events as messages; its death ends the monitor', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const seen: SystemEvent[] = []
      const to = node.spawn(async (self: Process<SystemEvent>) => {
        for (;;) seen.push(await self.receive())
      })
      await runtime.settle()
      const monitor = node.monitorSystem({ longTurnMs: 10, loopLagMs: 1000, longMailbox: { on: 100, off: 1 }, to })
      const pid = node.spawn(holder(runtime))
      node.send(pid, 20)
      await runtime.settle()
      expect(seen).toMatchObject([{ type: 'longTurn', pid, durationMs: 20 }])
      node.sendExit(to, 'kill')
      await runtime.settle()
      expect([monitor.isOn, runtime.pendingTimers, kernelOf(node).atStop.size]).toEqual([false, 0, 1])
    })
  })

  test('one that does not read is told no more, with a report', async () => {
    const { node, runtime, reports } = createWorld()
    const to = node.spawn(async (self: Process<SystemEvent>) => void (await self.receive(() => false)))
    await runtime.settle()
    const monitor = node.monitorSystem({ longTurnMs: 1, to })
    const pid = node.spawn(holder(runtime))
    for (let n = 0; n < 20_000; n++) node.send(pid, 1)
    await runtime.settle()
    expect([monitor.isOn, node.processInfo(to)!.mailboxLength]).toEqual([false, 10_000])
    expect(reports.all).toMatchObject([{ type: 'notice', level: 'warning', source: 'system_monitor' }])
  })

  test('a function that throws, or whose promise is rejected, ends it with a report; it is never on the stack of a process', async () => {
    for (const isAsync of [false, true]) {
      const { node, runtime, reports } = createWorld()
      let isInside = false
      const seen: boolean[] = []
      const monitor = node.monitorSystem({
        longMailbox: { on: 2, off: 0 },
        to: () => {
          seen.push(isInside)
          if (isAsync) return Promise.reject(new Error('no')) as never
          throw new Error('no')
        },
      })
      const sink = node.spawn({ init: () => new Promise<null>(() => {}), message: () => null })
      const sender = node.spawn(async (self: Any) => {
        isInside = true
        for (let n = 0; n < 10; n++) self.send(sink as Pid<number>, n)
        isInside = false
      })
      expect(await runtime.runUntil(node.exited(sender))).toBe('normal')
      await runtime.settle()
      expect([monitor.isOn, seen]).toEqual([false, [false]])
      expect(reports.all).toMatchObject([{ source: 'system_monitor', details: { error: { message: 'no' } } }])
    }
  })

  test('nobody once it was stopped, by hand or by its block or with its node', async () => {
    const { node, runtime } = createWorld()
    const seen: SystemEvent[] = []
    const options: SystemMonitorOptions = {
      longTurnMs: 1,
      loopLagMs: 10,
      longMailbox: { on: 1, off: 0 },
      to: (event) => void seen.push(event),
    }
    {
      using monitor = node.monitorSystem(options)
      expect(monitor.isOn).toBe(true)
      runtime.holdThread(1000)
      node.spawn(takes)
    }
    await runtime.settle()
    expect([seen, runtime.pendingTimers]).toEqual([[], 0])
    const last = node.monitorSystem(options)
    last.stop()
    last.stop()
    const other = node.monitorSystem(options)
    await runtime.runUntil(node.stop())
    expect([other.isOn, runtime.pendingTimers, kernelOf(node).atStop.size]).toEqual([false, 0, 1])
    expect(() => node.monitorSystem(options)).toThrow(code('node.stopped'))
  })

  test('what it cannot take is refused', () => {
    const { a, b } = createCluster()
    const refused = (options: object, by = 'system_monitor.bad_option'): void =>
      expect(() => a.node.monitorSystem({ to: () => {}, ...options } as never)).toThrow(code(by))
    for (const longTurnMs of [0, -1, Number.NaN, '5', null]) refused({ longTurnMs })
    for (const loopLagMs of [0, Number.NaN, '5']) refused({ loopLagMs })
    for (const longMailbox of [
      5,
      null,
      {},
      { on: 5 },
      { on: 5, off: 5 },
      { on: 0, off: -1 },
      { on: 5, off: Number.NaN },
    ])
      refused({ longMailbox })
    refused({ to: undefined })
    refused({ to: 7 }, 'trace.bad_option')
    refused({ to: b.node.spawn(takes) }, 'trace.bad_option')
    expect(kernelOf(a.node).atStop.size).toBe(1)
  })
})

describe('a thread that was blocked', () => {
  test('is reported by a timer that fires late, and a second time with the process', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { node, reports } = createWorld({ runtime })
      const pid = node.spawn(holder(runtime), { name: 'billing' })
      node.spawn(async (self) => {
        for (;;) await self.sleep(100)
      })
      const block = async (ms: number): Promise<string[]> => {
        reports.clear()
        await runtime.advance(50)
        node.send(pid, ms)
        await runtime.advance(500)
        return reports.all.map((report) => (report.type === 'notice' ? report.text : report.type))
      }
      expect(await block(900)).toEqual([])
      expect(await block(1500)).toEqual([expect.stringMatching(/^The thread was blocked for at least 14\d\d ms/)])
      const named = `Process ${String(pid)} "billing", spawned as holder, held the thread for 1500 ms: nothing else of this program ran meanwhile`
      expect(await block(1500)).toEqual([named])
      await runtime.advance(50_000)
      expect(await block(1500)).toEqual([named])
      await runtime.advance(61_000)
      expect(await block(1)).toEqual([])
      expect(await block(1500)).toEqual([expect.stringMatching(/^The thread was blocked/)])
    })
  })

  test('is not, if that is not wanted; another length may be', async () => {
    for (const [blockedWarningMs, count] of [
      [Infinity, 0],
      [200, 1],
    ] as const) {
      const { node, runtime, reports } = createWorld({ blockedWarningMs })
      node.spawn((self) => self.sleep(100))
      await runtime.settle()
      runtime.holdThread(400)
      await runtime.advance(10)
      expect(reports.all.length).toBe(count)
    }
    expect(() => createWorld({ blockedWarningMs: Number.NaN })).toThrow(code('limit.bad'))
  })
})

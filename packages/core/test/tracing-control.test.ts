/**
 * Whom a trace looks at, how it ends, and that it hurts nobody: slow, dying and throwing tracers, filters that fail, limits in the middle of a turn.
 */
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  type Node,
  type Pid,
  type Process,
  type TraceEnd,
  type TraceEvent,
  type TraceEventType,
  type TraceOptions,
} from '../src/index.ts'
import { kernelOf } from '../src/node.ts'
import { createCluster } from './cluster.ts'
import { createWorld, type World } from './world.ts'

type Any = Process<unknown>
type Told = TraceEvent | TraceEnd

const code = (value: string): unknown => expect.objectContaining({ code: value })
const takes = async (self: Any): Promise<void> => {
  for (;;) await self.receive()
}

const types = (told: readonly Told[]): string[] => told.map(({ type }) => type)

/** Nothing of a trace is left in the node. */
function expectOff({ node }: World): void {
  const kernel = kernelOf(node)
  expect([kernel.tracing, kernel.atStop.size]).toEqual([null, 1])
  for (const record of kernel.table) expect(record.traced).toBe(false)
}

describe('whom it looks at', () => {
  test('all, those that exist, those that come, some by pid or name, and those that a function picks', async () => {
    const { node, runtime } = createWorld()
    const old = node.spawn(takes, { name: 'old' })
    const other = node.spawn(takes)
    await runtime.settle()
    const chosen: { readonly [name: string]: TraceOptions['processes'] } = {
      all: 'all',
      existing: 'existing',
      new: 'new',
      pid: [other],
      name: ['old', 'nobody', old],
      picked: ({ name }) => name !== null,
      none: [],
    }
    const seen: Record<string, string[]> = {}
    for (const [name, processes] of Object.entries(chosen)) {
      seen[name] = []
      node.trace({
        processes,
        events: ['receive'],
        to: (event) => void seen[name]!.push(event.type === 'end' ? event.why : String(event.message)),
      })
    }
    const young = node.spawn(takes, { name: 'young' })
    const nameless = node.spawn(takes)
    const messages = { old, other, young, nameless }
    for (const [message, pid] of Object.entries(messages)) node.send(pid as Pid<string>, message)
    await runtime.settle()
    for (const each of Object.values(seen)) each.sort()
    expect(seen).toEqual({
      all: ['nameless', 'old', 'other', 'young'],
      existing: ['old', 'other'],
      new: ['nameless', 'young'],
      pid: ['other'],
      name: ['old'],
      picked: ['old', 'young'],
      none: ['noProcesses'],
    })
  })

  test('how many it looks at now is known', async () => {
    const { node, runtime } = createWorld()
    const pids = [node.spawn(takes), node.spawn(takes)]
    const trace = node.trace({ processes: pids, to: () => {} })
    expect([trace.processCount, trace.isOn]).toEqual([2, true])
    node.sendExit(pids[0]!, 'kill')
    await runtime.settle()
    expect(trace.processCount).toBe(1)
    node.sendExit(pids[1]!, 'kill')
    await runtime.settle()
    expect([trace.processCount, trace.isOn]).toEqual([0, false])
  })

  test('the dead are passed over; processes of other nodes and rubbish are refused', () => {
    const { a, b } = createCluster()
    const { node } = a
    const refused = (options: object): void =>
      expect(() => node.trace({ processes: 'all', to: () => {}, ...options } as never)).toThrow(
        code('trace.bad_option'),
      )
    refused({ processes: 'some' })
    refused({ processes: undefined })
    refused({ processes: [b.node.spawn(takes)] })
    refused({ processes: [7] })
    refused({ events: ['sends'] })
    refused({ events: 'send' })
    refused({ events: ['toString'] })
    refused({ where: 7 })
    refused({ onSpawn: true })
    refused({ onLink: 'yes' })
    for (const limit of [0, -1, Number.NaN, '5', { events: 5 }, { events: 0, perMs: 5 }, null]) refused({ limit })
    refused({ to: 7 })
    refused({ to: b.node.spawn(takes) })
    const dead = node.spawn(async () => {})
    node.sendExit(dead, 'kill')
    expect(kernelOf(node).tracing).toBeNull()
  })

  test('what a picking function throws is thrown at who starts the trace; later, it ends the trace', async () => {
    const world = createWorld()
    const { node, runtime, reports } = world
    node.spawn(takes)
    const throws = (): boolean => {
      throw new Error('cannot say')
    }
    expect(() => node.trace({ processes: throws, to: () => {} })).toThrow('cannot say')
    expectOff(world)
    const told: Told[] = []
    let asked = 0
    node.trace({ processes: () => asked++ === 0 || throws(), to: (event) => void told.push(event) })
    const young = node.spawn(takes)
    await runtime.settle()
    expect(node.isAlive(young)).toBe(true)
    expect(told).toMatchObject([{ type: 'end', why: 'failed' }])
    expect(reports.all).toMatchObject([{ type: 'notice', source: 'trace', details: { option: 'processes' } }])
    expectOff(world)
  })

  test('what it spawns is traced if that is wanted, and what that spawns', async () => {
    for (const onSpawn of ['inherit', undefined] as const) {
      const { node, runtime } = createWorld()
      const told: Told[] = []
      const pid = node.spawn(async (self: Process<number>) => {
        await self.receive()
        self.spawn(async (child) => void child.spawn(async () => {}))
      })
      await runtime.settle()
      const options = onSpawn === undefined ? {} : { onSpawn }
      node.trace({ processes: [pid], events: ['exit'], ...options, to: (event) => void told.push(event) })
      node.send(pid, 1)
      await runtime.settle()
      expect(types(told)).toEqual(onSpawn === undefined ? ['exit', 'end'] : ['exit', 'exit', 'exit', 'end'])
    }
  })

  test('of a sensitive process nothing is told', async () => {
    const { node, runtime } = createWorld()
    const told: Told[] = []
    const pid = node.spawn(async (self: Process<string>) => {
      self.flag('sensitive', true)
      await self.receive()
      self.flag('sensitive', false)
      await self.receive()
    })
    await runtime.settle()
    node.trace({ processes: [pid], events: ['receive'], to: (event) => void told.push(event) })
    node.send(pid, 'secret')
    await runtime.settle()
    node.send(pid, 'open')
    await runtime.settle()
    expect(told).toMatchObject([{ message: 'open' }, { type: 'end' }])
  })
})

describe('how much it tells', () => {
  test('a filter decides what is told, and only that counts', async () => {
    const { node, runtime } = createWorld()
    const told: Told[] = []
    const pid = node.spawn(takes)
    await runtime.settle()
    const trace = node.trace({
      processes: [pid],
      events: ['receive'],
      where: ({ message }) => (message as number) % 2 === 0,
      limit: 3,
      to: (event) => void told.push(event),
    })
    for (let n = 0; n < 10; n++) node.send(pid as Pid<number>, n)
    await runtime.settle()
    expect(told).toMatchObject([
      { index: 1, message: 0 },
      { index: 2, message: 2 },
      { index: 3, message: 4 },
      { type: 'end', why: 'limit', told: 3 },
    ])
    expect([trace.isOn, trace.told]).toEqual([false, 3])
  })

  test('a limit that is reached in the middle of a turn ends it there, and the turn goes on', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const world = createWorld({ runtime })
      const { node } = world
      const told: Told[] = []
      let sent = 0
      const sink = node.spawn(takes)
      const pid = node.spawn({
        init: () => null,
        message: (self: Process<number>) => {
          for (let n = 0; n < 10; n++) {
            self.send(sink as Pid<number>, n)
            sent++
          }
          return null
        },
      })
      await runtime.settle()
      node.trace({ processes: 'all', limit: 4, to: (event) => void told.push(event) })
      node.send(pid, 1)
      await runtime.settle()
      expect([types(told), sent]).toEqual([['receive', 'send', 'send', 'send', 'end'], 10])
      expectOff(world)
    })
  })

  test('so many within a time: it ends when there would be more, and not before', async () => {
    const { node, runtime } = createWorld()
    const told: Told[] = []
    const pid = node.spawn(takes) as Pid<number>
    await runtime.settle()
    const trace = node.trace({
      processes: [pid],
      events: ['receive'],
      limit: { events: 5, perMs: 100 },
      to: (event) => void told.push(event),
    })
    for (let burst = 0; burst < 3; burst++) {
      for (let n = 0; n < 5; n++) node.send(pid, n)
      await runtime.advance(100)
    }
    expect([trace.told, trace.isOn]).toEqual([15, true])
    for (let n = 0; n < 6; n++) node.send(pid, n)
    await runtime.settle()
    expect([trace.told, trace.isOn, told.at(-1)]).toMatchObject([20, false, { why: 'limit', told: 20 }])
  })

  test('it ends after 1,000 events unless told otherwise', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(takes) as Pid<number>
    await runtime.settle()
    const some = node.trace({ processes: [pid], to: () => {} })
    const all = node.trace({ processes: [pid], limit: Infinity, to: () => {} })
    for (let n = 0; n < 3000; n++) node.send(pid, n)
    await runtime.settle()
    expect([some.told, some.isOn, all.told, all.isOn]).toEqual([1000, false, 3000, true])
  })
})

describe('a process that gets the events', () => {
  /** Keeps what it is told until the end. */
  const tracer =
    (told: Told[]) =>
    async (self: Process<Told>): Promise<void> => {
      for (;;) {
        const event = await self.receive()
        told.push(event)
        if (event.type === 'end') return
      }
    }

  test('has them as messages, in order, and is traced by nobody', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const told: Told[] = []
      const others: Told[] = []
      const to = node.spawn(tracer(told))
      await runtime.settle()
      node.trace({ processes: 'all', to: (event) => void others.push(event) })
      const trace = node.trace<'receive' | 'send' | 'exit'>({
        processes: 'all',
        events: ['receive', 'send', 'exit'],
        to,
      })
      const pid = node.spawn(takes) as Pid<number>
      for (let n = 0; n < 3; n++) node.send(pid, n)
      await runtime.settle()
      trace.stop()
      await runtime.settle()
      expect(told).toMatchObject([{ message: 0 }, { message: 1 }, { message: 2 }, { type: 'end', why: 'stopped' }])
      expect(others.every((event) => event.type === 'end' || event.process !== to)).toBe(true)
      expect(node.isAlive(to)).toBe(false)
    })
  })

  test('two cannot look at each other', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const told: Told[] = []
    const [one, other] = [node.spawn(tracer(told)), node.spawn(tracer(told))]
    await runtime.settle()
    const first = node.trace({ processes: [other], to: one })
    const second = node.trace({ processes: [one], to: other })
    await runtime.settle()
    // What the first one looked at is a tracer now; the second one looks at what is none any more.
    expect([first.isOn, second.isOn, types(told)]).toEqual([false, false, ['end', 'exit', 'end']])
    expectOff(world)
  })

  test('its death ends the trace, and nobody else is touched', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const world = createWorld({ runtime })
      const { node } = world
      const told: Told[] = []
      const to = node.spawn(tracer(told))
      const pid = node.spawn(takes) as Pid<number>
      await runtime.settle()
      const trace = node.trace({ processes: [pid], to })
      node.send(pid, 1)
      await runtime.settle()
      node.sendExit(to, 'kill')
      for (let n = 0; n < 3; n++) node.send(pid, n)
      await runtime.settle()
      expect([trace.isOn, node.isAlive(pid)]).toEqual([false, true])
      expectOff(world)
      expect(() => node.trace({ processes: [pid], to })).toThrow(code('trace.bad_option'))
    })
  })

  test('one that ends in the middle of what it looks at, while it closes what it owned', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const to = node.spawn(async (self: Process<Told>) => {
      self.own({ close: () => new Promise((resolve) => runtime.setTimer(50, () => resolve(null))) })
      await self.receive()
    })
    const pid = node.spawn(takes) as Pid<number>
    await runtime.settle()
    const trace = node.trace({ processes: [pid], to })
    node.send(pid, 1)
    await runtime.settle()
    node.send(pid, 2)
    await runtime.settle()
    expect([trace.isOn, trace.told]).toEqual([false, 1])
    expectOff(world)
  })

  test('one that does not keep up is told no more; its mailbox stays within bounds, and it lives', async () => {
    const world = createWorld()
    const { node, runtime, reports } = world
    const seen: Told[] = []
    const to = node.spawn(
      async (self: Process<Told | 'go'>) => {
        await self.receive((message) => message === 'go')
        for (;;) seen.push((await self.receive()) as Told)
      },
      { mailboxLimit: 100 },
    )
    const pid = node.spawn(takes) as Pid<number>
    await runtime.settle()
    const trace = node.trace({ processes: [pid], events: ['receive'], limit: Infinity, to })
    for (let n = 0; n < 20_000; n++) node.send(pid, n)
    await runtime.settle()
    expect([trace.isOn, trace.told, node.processInfo(to)!.mailboxLength]).toEqual([false, 10_000, 10_001])
    node.sendExit(pid, 'kill')
    expect(reports.all).toEqual([])
    expectOff(world)
  })

  test('belongs to who owns the trace: it ends with its owner', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const pid = node.spawn(takes)
    const owner = node.spawn(async (self: Any) => {
      self.own(self.node.trace({ processes: [pid], to: () => {} }))
      await self.receive()
    })
    await runtime.settle()
    node.sendExit(owner, 'kill')
    await runtime.settle()
    expectOff(world)
  })
})

describe('a function that gets the events', () => {
  test('runs at once: what comes last before a program hangs is seen', async () => {
    const { node, runtime } = createWorld()
    const order: string[] = []
    const pid = node.spawn({
      init: () => null,
      message: () => {
        order.push('code')
        return null
      },
    })
    await runtime.settle()
    node.trace({ processes: [pid], to: ({ type }) => void order.push(type) })
    node.send(pid as Pid<number>, 1)
    await runtime.settle()
    expect(order).toEqual(['receive', 'code'])
  })

  test('one that throws, or whose promise is rejected, ends its trace with a report, and hurts nobody', async () => {
    for (const isAsync of [false, true]) {
      const to = (): void => {
        if (isAsync) return Promise.reject(new Error('no')) as never
        throw new Error('no')
      }
      const world = createWorld()
      const { node, runtime, reports } = world
      const got: unknown[] = []
      const others: Told[] = []
      const pid = node.spawn(async (self: Any) => {
        for (;;) got.push(await self.receive())
      }) as Pid<number>
      await runtime.settle()
      const trace = node.trace({ processes: [pid], to })
      const other = node.trace({ processes: [pid], to: (event) => void others.push(event) })
      node.send(pid, 1)
      await runtime.settle()
      node.send(pid, 2)
      await runtime.settle()
      expect([trace.isOn, got, types(others)]).toEqual([false, [1, 2], ['receive', 'receive']])
      expect(reports.all).toMatchObject([
        { type: 'notice', level: 'warning', source: 'trace', details: { option: 'to', error: { message: 'no' } } },
      ])
      other.stop()
      expectOff(world)
    }
  })

  test('a filter that throws does the same, and the function hears of the end', async () => {
    const world = createWorld()
    const { node, runtime, reports } = world
    const told: Told[] = []
    const pid = node.spawn(takes) as Pid<number>
    await runtime.settle()
    node.trace({
      processes: [pid],
      where: () => {
        throw 'a string'
      },
      to: (event) => void told.push(event),
    })
    node.send(pid, 1)
    await runtime.settle()
    expect(told).toMatchObject([{ type: 'end', why: 'failed', told: 0 }])
    expect(reports.all).toMatchObject([{ details: { option: 'where', error: 'a string' } }])
    expectOff(world)
  })

  test('what it does is not traced: no loop, also between two', async () => {
    const { node, runtime } = createWorld()
    const echo = node.spawn(takes) as Pid<number>
    const pid = node.spawn(async (self: Process<number>) => {
      self.send(echo, await self.receive())
    })
    await runtime.settle()
    const counts = [0, 0]
    for (const n of [0, 1])
      node.trace({
        processes: [pid],
        limit: Infinity,
        to: () => {
          counts[n]!++
          node.spawn(takes)
          node.isAlive(pid)
        },
      })
    node.send(pid, 1)
    await runtime.settle()
    expect(counts).toEqual([4, 4])
  })

  type Ends = (node: Node, self: Process<number>) => void
  test.each<[string, Ends, string[], number[]]>([
    [
      'by an exit signal, which waits its turn behind what is told',
      (node, self) => {
        node.sendExit(self.pid, 'kill')
        expect(node.isAlive(self.pid)).toBe(true)
      },
      ['second exit'],
      [1],
    ],
    ['in its name, at once', (_node, self) => expect(() => self.exit()).toThrow(), [], []],
  ])(
    'one that stops its trace, starts another, or ends whom it is told of, does so: %s',
    async (_, end, seen, heard) => {
      const world = createWorld()
      const { node, runtime } = world
      const received: number[] = []
      let traced!: Process<number>
      const pid = node.spawn(async (self: Process<number>) => {
        traced = self
        for (;;) await self.receive((message) => received.push(message) > 0)
      })
      await runtime.settle()
      const told: string[] = []
      const trace = node.trace({
        processes: [pid],
        to: ({ type }) => {
          told.push(`first ${type}`)
          if (type !== 'receive') return
          trace.stop()
          node.trace({ processes: [pid], to: (event) => void told.push(`second ${event.type}`) })
          end(node, traced)
        },
      })
      node.send(pid, 1)
      await runtime.settle()
      expect([told, node.isAlive(pid)]).toEqual([['first receive', 'first end', ...seen, 'second end'], false])
      expect(received).toEqual(heard)
      expectOff(world)
    },
  )
})

test('the last event may start the next trace', async () => {
  const world = createWorld()
  const { node, runtime } = world
  const pid = node.spawn(takes) as Pid<number>
  await runtime.settle()
  const told: string[] = []
  const start = (name: string): void => {
    node.trace({
      processes: [pid],
      limit: 2,
      to: (event) => {
        told.push(`${name} ${event.type === 'receive' ? String(event.message) : event.type}`)
        if (event.type === 'end' && name === 'a') start('b')
      },
    })
  }
  start('a')
  for (let n = 0; n < 10; n++) node.send(pid, n)
  await runtime.settle()
  expect(told).toEqual(['a 0', 'a 1', 'a end', 'b 2', 'b 3', 'b end'])
  expectOff(world)
})

describe('a trace that is iterated over', () => {
  const collect = async (stream: AsyncIterable<Told>, until: number): Promise<Told[]> => {
    const told: Told[] = []
    for await (const event of stream) {
      told.push(event)
      if (told.length === until) break
    }
    return told
  }

  test('gives what was told before and after it was asked, and then the end', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(takes) as Pid<number>
    await runtime.settle()
    const trace = node.trace({ processes: [pid] })
    node.send(pid, 1)
    await runtime.settle()
    const reading = collect(trace, Infinity)
    await runtime.settle()
    node.send(pid, 2)
    node.sendExit(pid, 'stop')
    expect(await runtime.runUntil(reading)).toMatchObject([
      { message: 1 },
      { message: 2 },
      { type: 'exit' },
      { type: 'end', why: 'noProcesses' },
    ])
    expect(await collect(trace, Infinity)).toEqual([])
  })

  test('to leave it stops it', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const pid = node.spawn(takes) as Pid<number>
    await runtime.settle()
    const trace = node.trace({ processes: [pid] })
    const reading = collect(trace, 1)
    node.send(pid, 1)
    await runtime.runUntil(reading)
    expect(trace.isOn).toBe(false)
    expectOff(world)
  })

  test('one that is not read ends when too much is unread, and what there is can be read', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const pid = node.spawn(takes) as Pid<number>
    await runtime.settle()
    const trace = node.trace({ processes: [pid], limit: Infinity })
    for (let n = 0; n < 10_100; n++) node.send(pid, n)
    await runtime.settle()
    const told = await runtime.runUntil(collect(trace, Infinity))
    expect([told.length, told.at(-1)]).toMatchObject([10_001, { why: 'behind', told: 10_000 }])
    expectOff(world)
  })

  test('several who wait at once each get one, and nothing once it has ended', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(takes) as Pid<number>
    await runtime.settle()
    const trace = node.trace({ processes: [pid] })
    const reader = trace[Symbol.asyncIterator]()
    const waiting = Promise.all([reader.next(), reader.next(), reader.next()])
    node.send(pid, 1)
    await runtime.settle()
    trace.stop()
    expect(await runtime.runUntil(waiting)).toMatchObject([
      { done: false, value: { message: 1 } },
      { done: false, value: { type: 'end' } },
      { done: true },
    ])
  })
})

describe('the end of the node', () => {
  test('ends every trace', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const told: Told[] = []
    node.spawn(takes)
    const trace = node.trace({ processes: 'all', to: (event) => void told.push(event) })
    const stream = node.trace({ processes: 'new' })
    await runtime.runUntil(node.stop())
    expect([trace.isOn, stream.isOn]).toEqual([false, false])
    expect(types(told)).toEqual(['exit', 'end'])
    expect(told.at(-1)).toMatchObject({ why: 'nodeStopped' })
    expectOff(world)
    expect(() => node.trace({ processes: 'all' })).toThrow(code('node.stopped'))
  })

  test('a `using` trace ends with its block', () => {
    const world = createWorld()
    {
      using trace = world.node.trace({ processes: 'new', to: () => {} })
      expect(trace.isOn).toBe(true)
    }
    expectOff(world)
  })
})

test('a trace changes nothing of what processes see: the same seed, the same order, with and without', async () => {
  const run = async (seed: number, events: TraceEventType[] | null): Promise<unknown[]> => {
    const seen: unknown[] = []
    await eachSeed({ seeds: 1, from: seed }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const sink = node.spawn(async (self: Process<string>) => {
        for (let n = 0; n < 20; n++) seen.push(await self.receive())
      })
      if (events !== null) node.trace({ processes: 'all', events, limit: Infinity, to: () => {} })
      for (const name of ['a', 'b'])
        node.spawn(async (self: Any) => {
          for (let n = 0; n < 10; n++) self.send(sink, `${name}${n}`)
        })
      await runtime.settle()
    })
    return seen
  }
  for (let seed = 1; seed <= 20; seed++) {
    for (const events of [null, ['send', 'receive', 'exit'], ['turn']] as const) {
      const seen = (await run(seed, events === null ? null : [...events])) as string[]
      for (const name of ['a', 'b'])
        expect(seen.filter((each) => each.startsWith(name))).toEqual(
          Array.from({ length: 10 }, (_, n) => `${name}${n}`),
        )
    }
  }
})

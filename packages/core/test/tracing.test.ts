/**
 * What a trace tells of each kind of thing, in the order in which Erlang tells it (checked against OTP 25).
 */
import { createVirtualRuntime, eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  immutable,
  reply,
  replyFrom,
  timedOut,
  type AnyPid,
  type Down,
  type Exit,
  type Node,
  type Pid,
  type Process,
  type ReplyAddress,
  type Request,
  type TraceEnd,
  type TraceEvent,
  type TraceEventType,
  type TraceOptions,
} from '../src/index.ts'
import { isTraced, traceCall } from '../src/kernel.ts'
import { createCluster } from './cluster.ts'
import { createWorld } from './world.ts'

type Any = Process<unknown>
type Told = TraceEvent | TraceEnd

const still = async (self: Any): Promise<void> => void (await self.receive(() => false))
const takes = async (self: Any): Promise<void> => {
  for (;;) await self.receive()
}

/** Traces into a list, the parts left out that differ from run to run. */
function list(
  node: Node,
  options: Omit<TraceOptions, 'to'>,
): { readonly told: Told[]; brief(): unknown[]; stop(): void } {
  const told: Told[] = []
  const trace = node.trace({ ...options, to: (event) => void told.push(event) })
  const brief = (): unknown[] =>
    told.map((event) => {
      const { atMs: _atMs, ...rest } = event
      if (rest.type === 'end') return rest
      const { index: _index, ...shown } = rest
      return shown
    })
  return { told, brief, stop: () => trace.stop() }
}

describe('messages', () => {
  test('a send is told with where it goes, before it is on its way; to nobody, too', async () => {
    const { node, inProcess } = createWorld()
    await inProcess(async (self: Any) => {
      const there = self.spawn(still)
      const dead = self.spawn(async () => {})
      await self.sleep(1)
      const alias = self.alias()
      self.unalias(alias)
      const { told, brief } = list(node, { processes: [self.pid], events: ['send'] })
      const process = self.pid
      self.send(there as Pid<object>, { n: [1] })
      self.send(dead as Pid<string>, 'hello')
      self.send({ name: 'nobody', node: node.name }, 'y')
      self.send(alias as never, 'late' as never)
      expect(() => self.send('nobody', 'x')).toThrow(expect.objectContaining({ code: 'send.no_such_name' }))
      expect(brief()).toEqual([
        { type: 'send', process, to: there, message: { n: [1] }, toNobody: false },
        { type: 'send', process, to: dead, message: 'hello', toNobody: true },
        { type: 'send', process, to: { name: 'nobody', node: node.name }, message: 'y', toNobody: true },
        { type: 'send', process, to: alias, message: 'late', toNobody: true },
        { type: 'send', process, to: 'nobody', message: 'x', toNobody: true },
      ])
      expect(told.map((event) => event.type !== 'end' && event.index)).toEqual([1, 2, 3, 4, 5])
      expect(() => self.send(there as never, (() => {}) as never)).toThrow(expect.anything())
      expect(() => self.send(7 as never, 1 as never)).toThrow(expect.anything())
      expect(told.length).toBe(5)
    })
  })

  test('an answer to a request that was handed on goes to somebody while it is awaited', async () => {
    const { node, inProcess } = createWorld()
    await inProcess(async (self: Process<ReplyAddress<string>>) => {
      const server = node.spawn<Request<null, string>, null>({
        init: () => null,
        message: (its, request) => {
          its.send(self.pid, request)
          return null
        },
      })
      const { brief } = list(node, { processes: [self.pid], events: ['send'] })
      const asker = node.spawn(async (its) => void (await its.request(server, null)))
      const to = await self.receive()
      replyFrom(self, to, 'done')
      expect(await node.exited(asker)).toBe('normal')
      replyFrom(self, to, 'again')
      const sent = { type: 'send', process: self.pid, to }
      expect(brief()).toEqual([
        { ...sent, message: { answer: 'done' }, toNobody: false },
        { ...sent, message: { answer: 'again' }, toNobody: true },
      ])
    })
  })

  test('a message is received when it has its turn, by each kind of body, in the order of arrival', async () => {
    await eachSeed({ seeds: 40 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const bodies = [takes, still, { init: () => null, message: () => null }]
      for (const body of bodies) {
        const pid = node.spawn(body as typeof takes)
        await runtime.settle()
        const { told } = list(node, { processes: [pid], events: ['receive'] })
        for (let n = 0; n < 5; n++) node.send(pid as Pid<number>, n)
        expect(told).toEqual([])
        await runtime.settle()
        expect(told.map((event) => event.type === 'receive' && event.message)).toEqual([0, 1, 2, 3, 4])
      }
    })
  })

  test('who is told may look at the process: nothing overtakes what is being told', async () => {
    await eachSeed({ seeds: 40 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const got: Record<string, number[]> = { async: [], callback: [] }
      const one = node.spawn(async (self: Process<number>) => {
        for (;;) got['async']!.push(await self.receive())
      })
      const other = node.spawn({
        init: () => null,
        message: (_self: Process<number>, message: number) => {
          got['callback']!.push(message)
          return null
        },
      })
      await runtime.settle()
      const told: unknown[] = []
      const look = (pid: AnyPid): boolean => node.isAlive(pid) && node.processInfo(pid, ['messages']) !== undefined
      node.trace({
        processes: [one, other],
        events: ['receive'],
        where: ({ process }: { process: AnyPid }) => look(process),
        to: (event) => void (event.type === 'receive' && look(event.process) && told.push(event.message)),
      })
      node.spawn(async (self) => {
        for (let n = 0; n < 4; n++) for (const pid of [one, other]) self.send(pid, n)
      })
      await runtime.settle()
      expect(got).toEqual({ async: [0, 1, 2, 3], callback: [0, 1, 2, 3] })
      expect(told).toHaveLength(8)
    })
  })

  test('what waits because a handler runs is received once', async () => {
    const { node, runtime } = createWorld()
    const slow = {
      init: () => null,
      message: async (self: Any) => {
        await self.sleep(10)
        return null
      },
    }
    const pid = node.spawn(slow)
    await runtime.settle()
    const { told } = list(node, { processes: [pid], events: ['receive'] })
    for (let n = 0; n < 3; n++) node.send(pid as Pid<number>, n)
    await runtime.advance(100)
    expect(told.length).toBe(3)
  })

  test('one that was suspended receives when it goes on, and once', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(takes)
    await runtime.settle()
    const { told } = list(node, { processes: [pid], events: ['receive'] })
    node.suspend(pid)
    for (let n = 0; n < 3; n++) node.send(pid as Pid<number>, n)
    await runtime.settle()
    expect(told.length).toBe(0)
    node.resume(pid)
    await runtime.settle()
    expect(told.map((event) => event.type === 'receive' && event.message)).toEqual([0, 1, 2])
  })

  test('what the system sends is received as well: downs, exits, timeouts', async () => {
    const { node, inProcess } = createWorld()
    await inProcess<Down | Exit>(async (self) => {
      self.trapExits(true)
      const { told } = list(node, { processes: [self.pid], events: ['receive'] })
      const ending = async (): Promise<never> => Promise.reject('bad')
      const child = self.spawnLink(ending)
      await self.receive()
      const { pid, ref } = self.spawnMonitor(ending)
      await self.receive()
      const timer = self.startTimer(5, 'x')
      await self.receive()
      expect(told.map((event) => event.type === 'receive' && event.message)).toEqual([
        { type: 'exit', from: child, reason: 'bad' },
        { type: 'down', ref, process: pid, reason: 'bad' },
        { type: 'timeout', ref: timer, message: 'x' },
      ])
    })
  })

  test('a call is a message, and so is its answer, or that there is none', async () => {
    const { node, runtime, inProcess } = createWorld()
    const server = node.spawn(async (self: Process<Request<unknown, unknown>>) => {
      for (;;) {
        const request = await self.receive()
        if (request.payload === 'die') throw 'died'
        if (request.payload !== 'wait') reply(request, { got: request.payload })
      }
    })
    await runtime.settle()
    await inProcess(async (self) => {
      const { brief } = list(node, { processes: [self.pid, server], events: ['send', 'receive'] })
      await self.request(server, 1)
      await self.request(server, 'wait', { timeoutMs: 5 }).catch(() => {})
      await self.request(server, 'die').catch(() => {})
      await self.request(server, 'gone').catch(() => {})
      const client = self.pid
      const sent = (id: number, payload: unknown, toNobody = false): object => ({
        type: 'send',
        process: client,
        to: server,
        message: { type: 'request', id, payload },
        toNobody,
      })
      const heard = (id: number, payload: unknown): object => ({
        type: 'receive',
        process: server,
        message: { type: 'request', id, from: client, payload },
      })
      const failed = (id: number, reason: unknown): object => ({
        type: 'receive',
        process: client,
        message: { type: 'requestFailed', id, reason },
      })
      expect(brief()).toEqual([
        sent(1, 1),
        heard(1, 1),
        {
          type: 'send',
          process: server,
          to: client,
          message: { type: 'reply', id: 1, payload: { got: 1 } },
          toNobody: false,
        },
        { type: 'receive', process: client, message: { type: 'reply', id: 1, payload: { got: 1 } } },
        sent(2, 'wait'),
        heard(2, 'wait'),
        failed(2, 'timeout'),
        sent(3, 'die'),
        heard(3, 'die'),
        failed(3, 'died'),
        sent(4, 'gone', true),
        failed(4, 'noproc'),
      ])
    })
  })

  test('from and to other nodes', async () => {
    const { a, b, runtime } = createCluster()
    const there = b.node.spawn(takes)
    await runtime.settle()
    const onB = list(b.node, { processes: [there], events: ['receive'] })
    await a.inProcess(async (self: Any) => {
      const onA = list(a.node, { processes: [self.pid], events: ['send', 'link'] })
      self.send(there as Pid<string>, 'over')
      self.link(there)
      expect(onA.brief()).toEqual([
        { type: 'send', process: self.pid, to: there, message: 'over', toNobody: false },
        { type: 'link', process: self.pid, to: there },
      ])
      await self.sleep(10)
    })
    expect(onB.brief()).toMatchObject([{ type: 'receive', message: 'over' }])
  })

  test('nothing that is told is shared with anybody', async () => {
    const { node, runtime } = createWorld()
    const got: unknown[] = []
    const pid = node.spawn(async (self: Process<{ list: number[] }>) => {
      for (;;) got.push(await self.receive())
    })
    const sender = node.spawn(async (self: Process<string>) => {
      await self.receive()
      self.send(pid, { list: [1] })
      self.send(pid as Pid<object>, fixed)
    })
    const fixed = immutable({ list: [3] })
    await runtime.settle()
    const seen: unknown[] = []
    for (let n = 0; n < 2; n++) {
      node.trace({
        processes: [pid, sender],
        events: ['send', 'receive'],
        where: ({ message }) => {
          if (message !== fixed) (message as { list?: number[] }).list?.push(7)
          return true
        },
        to: (event) => {
          if (event.type === 'end') return
          seen.push(event.message)
          if (event.message !== fixed) (event.message as { list?: number[] }).list?.push(8)
        },
      })
    }
    node.send(sender, 'go')
    await runtime.settle()
    expect(got).toEqual([{ list: [1] }, { list: [3] }])
    expect(seen.filter((message) => message === fixed)).toHaveLength(4)
    expect(seen.filter((message) => typeof message === 'object' && message !== fixed)).toEqual(
      Array.from({ length: 4 }, () => ({ list: [1, 7, 8] })),
    )
  })
})

describe('life', () => {
  test('spawn, link, name and end are told as Erlang tells them', async () => {
    const { node, runtime } = createWorld()
    const child = async (self: Process<string>): Promise<void> => {
      await self.receive()
    }
    const pid = node.spawn(async (self: Process<string>) => {
      await self.receive()
      self.register('foo')
      const first = self.spawnLink(child)
      self.send(first, 'die')
      self.unlink(first)
      await self.sleep(1)
      const second = self.spawn(child, { name: 'bar' })
      self.link(second)
      self.sendExit(second, 'bad')
      await self.sleep(1)
    })
    await runtime.settle()
    const { brief } = list(node, { processes: [pid], onSpawn: 'inherit' })
    node.send(pid, 'go')
    await runtime.advance(10)
    const process = pid
    const events = brief() as { readonly type: string; readonly child: AnyPid }[]
    const [first, second] = events.filter(({ type }) => type === 'spawn').map((event) => event.child)
    expect(events).toEqual([
      { type: 'receive', process, message: 'go' },
      { type: 'register', process, name: 'foo' },
      { type: 'spawn', process, child: first, code: 'child' },
      { type: 'spawned', process: first, parent: pid, code: 'child' },
      { type: 'link', process, to: first },
      { type: 'linked', process: first, by: pid },
      { type: 'send', process, to: first, message: 'die', toNobody: false },
      { type: 'unlink', process, to: first },
      { type: 'receive', process: first, message: 'die' },
      { type: 'unlinked', process: first, by: pid, reason: null },
      { type: 'exit', process: first, reason: 'normal' },
      { type: 'spawn', process, child: second, code: 'child' },
      { type: 'spawned', process: second, parent: pid, code: 'child' },
      { type: 'register', process: second, name: 'bar' },
      { type: 'link', process, to: second },
      { type: 'linked', process: second, by: pid },
      { type: 'exit', process: second, reason: 'bad' },
      { type: 'unregister', process: second, name: 'bar' },
      { type: 'unlinked', process, by: second, reason: 'bad' },
      { type: 'exit', process, reason: 'bad' },
      { type: 'unregister', process, name: 'foo' },
      { type: 'end', why: 'noProcesses', told: 21 },
    ])
  })

  test('a link to the dead is none, a link to a process of this node may be followed', async () => {
    const { node, runtime } = createWorld()
    const other = node.spawn(takes)
    const dead = node.spawn(async () => {})
    const pid = node.spawn(async (self: Process<unknown>) => {
      self.trapExits(true)
      await self.receive()
      self.link(dead)
      self.link(self.pid)
      self.link(other)
      self.link(other)
    })
    await runtime.settle()
    const { brief } = list(node, { processes: [pid], events: ['link', 'linked', 'exit'], onLink: 'inherit' })
    node.send(pid as Pid<string>, 'go')
    await runtime.settle()
    node.sendExit(other, 'kill')
    await runtime.settle()
    expect(brief()).toEqual([
      { type: 'link', process: pid, to: other },
      { type: 'linked', process: other, by: pid },
      { type: 'exit', process: pid, reason: 'normal' },
      { type: 'exit', process: other, reason: 'killed' },
      { type: 'end', why: 'noProcesses', told: 4 },
    ])
  })

  test('monitors that are set and taken away, not those that a death ends', async () => {
    const { node, inProcess } = createWorld()
    await inProcess(async (self: Any) => {
      const { brief } = list(node, { processes: [self.pid], events: ['monitor', 'demonitor'] })
      const there = self.spawn(still)
      const ref = self.monitor(there)
      self.demonitor(ref)
      self.demonitor(ref)
      const named = self.monitor('nobody')
      self.monitor(self.pid)
      await self.receive()
      expect(brief()).toEqual([
        { type: 'monitor', process: self.pid, target: there, ref },
        { type: 'demonitor', process: self.pid, target: there, ref },
        { type: 'monitor', process: self.pid, target: { name: 'nobody', node: node.name }, ref: named },
      ])
    })
  })

  test('a monitor that is being taken away says nothing, though who is told looks at the process', async () => {
    const { node, inProcess } = createWorld()
    await inProcess(async (self: Any) => {
      node.trace({ processes: [self.pid], events: ['demonitor'], to: () => void node.isAlive(self.pid) })
      const [kept, victim] = [self.spawn(still), self.spawn(still)]
      self.monitor(kept)
      const ref = self.monitor(victim)
      self.sendExit(victim, 'kill')
      expect(self.isAlive(victim)).toBe(false)
      expect(self.demonitor(ref)).toBe(true)
      expect(node.processInfo(self.pid)!.monitors).toEqual([kept])
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
  })

  test('one that ends as soon as it runs, or before, has a whole life all the same', async () => {
    await eachSeed({ seeds: 40 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const { told } = list(node, { processes: 'new' })
      const pids = [
        node.spawn(async () => {}),
        node.spawn(async () => Promise.reject(new Error('at once'))),
        node.spawn(takes, { name: 'never' }),
        node.spawn({ init: () => null, message: () => null }),
      ]
      node.sendExit(pids[2]!, 'kill')
      node.sendExit(pids[3]!, 'stop')
      await runtime.settle()
      const types = (pid: AnyPid): string[] =>
        told.flatMap((event) => (event.type !== 'end' && event.process === pid ? [event.type] : []))
      expect(pids.map(types)).toEqual([
        ['spawned', 'exit'],
        ['spawned', 'exit'],
        ['spawned', 'register', 'exit', 'unregister'],
        ['spawned', 'exit'],
      ])
      expect(told.filter((event) => event.type === 'exit').map(({ reason }) => reason)).toContainEqual(
        expect.objectContaining({ message: 'at once' }),
      )
    })
  })

  test('of a process nothing is told after its end, whatever its code goes on to do', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(async (self: Any) => {
      await self.receive()
      try {
        self.exit('now')
      } finally {
        self.send(self.pid as never, 'ghost' as never)
        self.link(node.spawn(still))
      }
    })
    await runtime.settle()
    const { told } = list(node, { processes: [pid] })
    node.send(pid as Pid<string>, 'go')
    await runtime.settle()
    expect(told.map(({ type }) => type)).toEqual(['receive', 'exit', 'end'])
  })
})

describe('calls of callbacks', () => {
  const call = { module: 'm', callback: 'c', argument: { socket: () => {}, n: [1] } }
  /** Runs something as a behaviour runs a callback. */
  async function run(what: () => unknown): Promise<{ readonly brief: unknown[]; readonly result: unknown }> {
    const { node, inProcess } = createWorld()
    let brief: unknown[] = []
    let result: unknown
    await inProcess(async (self: Any) => {
      expect(isTraced(self)).toBe(false)
      const traced = list(node, { processes: [self.pid], events: ['call', 'returnFrom', 'exceptionFrom'] })
      expect(isTraced(self)).toBe(true)
      try {
        result = await traceCall(self, call, what)
      } catch (error) {
        result = error
      }
      brief = traced.brief()
    })
    return { brief, result }
  }
  const before = (of: string): object => ({ type: of, module: 'm', callback: 'c' })

  test('what cannot be copied of an argument hides nothing else, and what is given is given on as it is', async () => {
    const given = { own: true }
    const { brief, result } = await run(() => given)
    expect(brief).toMatchObject([
      { ...before('call'), argument: { socket: '[a function (socket)]', n: [1] } },
      { ...before('returnFrom'), result: given, durationMs: 0 },
    ])
    expect(result).toBe(given)
  })

  test('what is thrown, or rejects later, is told and thrown on', async () => {
    const error = new Error('no')
    for (const what of [() => Promise.reject(error), () => Promise.resolve().then(() => Promise.reject(error))]) {
      const { brief, result } = await run(what)
      expect(brief).toMatchObject([before('call'), { ...before('exceptionFrom'), error: { message: 'no' } }])
      expect(result).toBe(error)
    }
  })
})

describe('turns', () => {
  test('each is told with how long it held the thread, at its end; an async body from its resume to its next await', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const handler = node.spawn({
        init: () => null,
        message: (_self: Process<number>, ms: number) => {
          runtime.holdThread(ms)
          return null
        },
      })
      const body = node.spawn(async (self: Process<number>) => {
        for (;;) runtime.holdThread(await self.receive())
      })
      await runtime.settle()
      const { told } = list(node, { processes: [handler, body], events: ['turn'] })
      for (const pid of [handler, body, body, handler]) {
        node.send(pid, 7)
        await runtime.settle()
      }
      node.send(body, 20)
      node.send(body, 30)
      await runtime.settle()
      const long = told.flatMap((event) =>
        event.type === 'turn' && event.durationMs > 0 ? [[event.process, event.durationMs]] : [],
      )
      expect(long).toEqual([
        [handler, 7],
        [body, 7],
        [body, 7],
        [handler, 7],
        [body, 20],
        [body, 30],
      ])
    })
  })

  test('they are not among the usual events, and nothing is timed once nobody wants them', async () => {
    let looks = 0
    const virtual = createVirtualRuntime()
    const runtime = new Proxy(virtual, {
      get: (target, key) => {
        if (key === 'nowMs') looks++
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    const { node } = createWorld({ runtime })
    const pid = node.spawn(takes) as Pid<string>
    const looksFor = async (): Promise<number> => {
      node.send(pid, 'x')
      await runtime.settle()
      const before = looks
      node.send(pid, 'x')
      await runtime.settle()
      return looks - before
    }
    const off = await looksFor()
    const usual = list(node, { processes: [pid] })
    const trace = node.trace({ processes: [pid], events: ['turn'], to: () => {} })
    expect(await looksFor()).toBeGreaterThan(off)
    expect(trace.told).toBeGreaterThan(0)
    expect(usual.told.map(({ type }) => type)).toEqual(['receive', 'receive'])
    usual.stop()
    trace.stop()
    expect(await looksFor()).toBe(off)
  })
})

test('every kind of event can be asked for alone', async () => {
  const kinds: TraceEventType[] = [
    'send',
    'receive',
    'spawn',
    'spawned',
    'exit',
    'link',
    'linked',
    'unlink',
    'unlinked',
  ]
  kinds.push('monitor', 'demonitor', 'register', 'unregister', 'call', 'returnFrom', 'exceptionFrom', 'turn')
  for (const kind of kinds) {
    const { node, runtime } = createWorld()
    const { told } = list(node, { processes: 'all', events: [kind], limit: Infinity })
    const target = node.spawn(takes, { name: 'target' })
    node.spawn(async (self: Any) => {
      self.register('me')
      self.link(target)
      self.demonitor(self.monitor(target))
      self.send(target as Pid<string>, 'x')
      await self.sleep(1)
      self.unlink(target)
      self.unregister('me')
    })
    await runtime.advance(10)
    const isOfBehaviours = kind === 'call' || kind === 'returnFrom' || kind === 'exceptionFrom'
    expect(new Set(told.map(({ type }) => type))).toEqual(new Set(isOfBehaviours || kind === 'spawn' ? [] : [kind]))
  }
})

/**
 * Servers on another node: the kernel's own signals over the smallest network that carries them.
 */
import { attachRouter, type RemotePort } from '@agner/core/kernel'
import { AgnerError, createNode, describeReason, type Exit, type Node, type Process } from '@agner/core'
import { collectReports, createVirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  call,
  cast,
  defineServer,
  noreply,
  protocol,
  reply,
  startServer,
  stop,
  stopServer,
  whichChildren,
  startSupervisor,
  type Server,
} from '../src/index.ts'
import { failure } from './world.ts'

interface Api {
  calls: { add(by: number): number; slow(ms: number): string; crash(): never }
  casts: { set(count: number): void }
}
const api = protocol<Api>('@test/far')

const Far: Server<Api, number, number> = defineServer(api, {
  version: '1.2.3',
  trapExits: true,
  init: async (count: number, { self }): Promise<number> => {
    await self.sleep(10)
    if (count < 0) throw new Error('too few')
    return count
  },
  calls: {
    add: (state, by) => reply(state + by, state + by),
    slow: async (state, ms, { self }) => {
      await self.sleep(ms)
      return reply('slept', state)
    },
    crash: () => stop('crashed'),
  },
  casts: { set: (_state, count) => noreply(count) },
})

/** Two nodes and what connects them; `cut` loses the connection. */
function pair() {
  const runtime = createVirtualRuntime()
  const reports = collectReports()
  const ports = new Map<string, RemotePort>()
  const nodes = new Map<string, Node>()
  let connected = true
  const lose = (name: string, peer: string) => runtime.macrotask(() => ports.get(name)!.peerLost(peer))
  for (const name of ['a@test', 'b@test']) {
    const node = createNode({ name, runtime, report: reports.report, modules: [Far] })
    nodes.set(name, node)
    ports.set(
      name,
      attachRouter(node, {
        route: (to, signal) => {
          if (!connected || !ports.has(to)) return lose(name, to)
          runtime.macrotask(() => {
            if (connected) ports.get(to)!.deliver({ name, incarnation: node.incarnation }, signal)
          })
        },
      }),
    )
  }
  const cut = () => {
    connected = false
    lose('a@test', 'b@test')
    lose('b@test', 'a@test')
  }
  return {
    runtime,
    reports,
    a: nodes.get('a@test')!,
    b: nodes.get('b@test')!,
    cut,
    run: <T>(promise: Promise<T>) => runtime.runUntil(promise),
  }
}

const inProcess = async <M = never>(
  { a, run }: ReturnType<typeof pair>,
  body: (self: Process<M>) => Promise<unknown>,
) => {
  const reason = await run(a.exited(a.spawn(body)))
  if (reason !== 'normal') throw reason
}

describe('a call that is refused on another node', () => {
  test('is rejected as one here is, and the server goes on', async () => {
    const world = pair()
    const wants = { issues: [{ message: 'no', path: ['a', 0] }] }
    const schema = { '~standard': { version: 1, vendor: 'test', validate: () => wants } } as const
    const picky = protocol<{ calls: { add(by: number): number } }>('@test/picky', {
      schemas: { calls: { add: schema } },
    })
    const Picky = defineServer(picky, { init: () => 0, calls: { add: (state, by) => reply(state + by, state) } })
    const pid = await world.run(startServer(world.b, Picky))
    await inProcess(world, async (self) => {
      const error = await failure(call(self, pid, 'add', 1))
      expect(error).toBeInstanceOf(AgnerError)
      expect(error).toMatchObject({
        code: 'call.bad_argument',
        message: expect.stringContaining('a.0: no'),
        details: { module: '@test/picky', name: 'calls.add', issues: [{ message: 'no', path: 'a.0' }] },
      })
      expect(world.b.isAlive(pid)).toBe(true)
    })
  })
})

describe('a start on another node', () => {
  test('waits for init there, and links', async () => {
    const world = pair()
    await inProcess(world, async (self) => {
      const pid = await startServer(self, Far, 5, { node: 'b@test', name: 'far' })
      expect(pid.node).toBe('b@test')
      expect(world.b.whereis('far')).toBe(pid)
      expect(world.runtime.nowMs()).toBe(10)
      expect(await call(self, pid, 'add', 1)).toBe(6)
      cast(self, api.at({ name: 'far', node: 'b@test' }), 'set', 40)
      expect(await call(self, api.at({ name: 'far', node: 'b@test' }), 'add', 2)).toBe(42)
      expect(world.b.processInfo(pid)!.links).toEqual([self.pid])
      await stopServer(self, pid)
      expect(world.b.processCount()).toBe(0)
    })
  })

  test('that fails is told once, with the reason', async () => {
    const world = pair()
    await inProcess<Exit>(world, async (self) => {
      self.trapExits(true)
      expect(await failure(startServer(self, Far, -1, { node: 'b@test' }))).toMatchObject({
        code: 'start.failed',
        reason: { message: 'too few' },
      })
      await startServer(self, Far, 1, { node: 'b@test', name: 'taken' })
      expect(await failure(startServer(self, Far, 1, { node: 'b@test', name: 'taken' }))).toMatchObject({
        code: 'start.already_started',
        details: { pid: expect.anything() as unknown },
      })
      expect(await failure(startServer(self, Far, 1, { node: 'b@test', timeoutMs: 5 }))).toMatchObject({
        code: 'start.timeout',
      })
      expect(world.b.processCount()).toBe(1)
      await self.sleep(100)
      expect(world.a.processInfo(self.pid)!.mailboxLength).toBe(0)
    })
  })

  test('of what is not registered there, or with what cannot be sent, or to nowhere, is refused', async () => {
    const world = pair()
    const Unknown = defineServer(protocol<Record<never, never>>('@test/unknown'), {
      init: (arg: unknown): unknown => arg,
    })
    await inProcess(world, async (self) => {
      expect((await failure(startServer(self, Unknown, 1, { node: 'b@test' }))).code).toBe('module.unknown')
      expect((await failure(startServer(self, Unknown, () => 1, { node: 'b@test' }))).code).toBe('copy.unsendable')
      expect((await failure(startServer(self, Far, 1, { node: 'c@test' }))).code).toBe('spawn.no_connection')
    })
    expect((await failure(world.run(startServer(world.a, Far, 1, { node: 'b@test' })))).code).toBe(
      'start.needs_process',
    )
  })

  test('is undone when the starter dies meanwhile', async () => {
    const world = pair()
    const starter = world.a.spawn(async (self) => void (await startServer(self, Far, 1, { node: 'b@test' })))
    await world.runtime.advance(5)
    expect(world.b.processCount()).toBe(1)
    world.a.sendExit(starter, 'kill')
    await world.runtime.advance(10)
    expect(world.b.processCount()).toBe(0)
  })
})

describe('a lost connection', () => {
  test('fails calls at once, ends what is linked through its parent, and leaves casts silent', async () => {
    const world = pair()
    let ended = ''
    await inProcess<Exit>(world, async (self) => {
      self.trapExits(true)
      const pid = await startServer(self, Far, 1, { node: 'b@test' })
      const pending = failure(call(self, pid, 'slow', 60_000, { timeoutMs: Infinity }))
      void world.b.exited(pid).then((reason) => (ended = describeReason(reason)))
      await self.sleep(1)
      world.cut()
      expect((await pending).code).toBe('call.no_connection')
      expect(await self.receive()).toMatchObject({ type: 'exit', from: pid, reason: 'noconnection' })
      cast(self, pid, 'set', 1)
      expect((await failure(call(self, pid, 'add', 1))).code).toBe('call.no_connection')
    })
    await world.runtime.advance(60_000)
    expect(ended).toBe('noconnection')
  })
})

test('a supervisor has children on another node, and starts them again', async () => {
  const world = pair()
  const far = {
    id: 'far',
    start: async (supervisor: Parameters<typeof startServer>[0]) =>
      startServer(supervisor, Far, 1, { node: 'b@test', name: 'far' }),
  }
  const supervisor = await world.run(startSupervisor(world.a, { children: [far] }))
  const first = world.b.whereis('far')!
  world.b.sendExit(first, 'kill')
  await world.runtime.advance(100)
  const second = world.b.whereis('far')!
  expect(second).not.toBe(first)
  expect(await world.run(whichChildren(world.a, supervisor))).toMatchObject([{ id: 'far', pid: second }])
  expect(await world.run(whichChildren(world.b, supervisor))).toMatchObject([{ id: 'far', pid: second }])
  await world.run(world.a.stop())
  await world.runtime.advance(100)
  expect(world.b.processCount()).toBe(0)
})

/**
 * What a look costs those who are looked at: one question at most, no copy of what they hold, and nothing of one that
 * cannot be read. And that the tree says of nobody who has a supervisor that he has none.
 */
import type { AnyPid, Process } from '@agner/core'
import { describe, expect, test } from 'vitest'
import { controller } from '../src/application/controller.api.ts'
import {
  addHandler,
  begin,
  call,
  cast,
  defineApplication,
  defineDynamicSupervisor,
  defineEventManager,
  defineServer,
  defineStatem,
  defineSupervisor,
  Inspector,
  inspector,
  noreply,
  postpone,
  protocol,
  startApplication,
  startDynamicChild,
  startDynamicSupervisor,
  startEventManager,
  startServer,
  startStatem,
  startSupervisor,
  sys,
  type TreeRow,
} from '../src/index.ts'
import { defineKeeper, door } from './events-world.ts'
import { createWorld, type World } from './world.ts'

interface Api {
  calls: { hang(forMs: number): never }
}
const api = protocol<Api>('@test/holder')
const Holder = defineServer(api, {
  init: (state: unknown): unknown => state,
  calls: {
    hang: async (state, forMs, { self }) => {
      await self.sleep(forMs)
      return noreply(state)
    },
  },
})
const Worker = Holder.child({ id: 'worker', arg: null })

const inspected = (world: World, name: string = inspector.module) =>
  world.run(startServer(world.node, Inspector, undefined, { name }))
const hold = (world: World, name: string, state: unknown) => world.run(startServer(world.node, Holder, state, { name }))
/** Puts off what it is told. */
const Late = defineStatem(protocol<{ casts: { later(text: string): void } }>('@test/late'), {
  init: (data: string) => begin('waiting', data),
  states: { waiting: { casts: { later: postpone } } },
})
/** A start argument is copied; this is the state itself. */
const holdItself = (world: World, name: string, state: unknown) =>
  world.run(startServer(world.node, defineServer(protocol('@test/itself'), { init: () => state }), undefined, { name }))
const look = async (world: World, which: string) => (await world.run(call(world.node, inspector, 'process', which)))!
const treeOf = async (world: World, childLimit = 50): Promise<readonly TreeRow[]> =>
  (await world.run(call(world.node, inspector, 'tree', { childLimit }, { timeoutMs: 20_000 }))).rows
const waiting = (world: World, pid: AnyPid) => world.node.processInfo(pid)!.mailboxLength
const line = ({ depth, kind, id, state, count }: TreeRow): string =>
  [`${'  '.repeat(depth)}${kind}`, id, state, count].filter((part) => part !== null && part !== '').join(' ')

describe('a process that hangs', () => {
  test('has one question in its mailbox, however often and by how many inspectors it is looked at', async () => {
    const world = createWorld()
    await inspected(world)
    const other = await inspected(world, 'other')
    const pid = await hold(world, 'held', { a: 1 })
    void call(world.node, pid, 'hang', 60_000, { timeoutMs: 10 }).catch(() => {})
    await world.runtime.advance(1)
    const began = world.runtime.nowMs()
    expect((await look(world, 'held')).state).toEqual({ kind: 'silent', waitedMs: 500 })
    expect(world.runtime.nowMs() - began).toBe(500)
    for (let times = 0; times < 5; times++) await look(world, 'held')
    await world.run(call(world.node, other, 'process', 'held'))
    expect(waiting(world, pid)).toBe(1)
    // It is not waited for once more, and how long it has been silent is said.
    expect(world.runtime.nowMs() - began).toBe(500)
    await world.runtime.advance(10_000)
    expect((await look(world, 'held')).state).toEqual({ kind: 'silent', waitedMs: 10_500 })
    await world.runtime.advance(60_000)
    expect(waiting(world, pid)).toBe(0)
    expect((await look(world, 'held')).state).toMatchObject({ kind: 'state', lines: ['{ a: 1 }'] })
  })

  test('is asked of once by those who look at the same time, and by nobody once it has ended', async () => {
    const world = createWorld()
    await inspected(world)
    const pid = await hold(world, 'held', { a: 1 })
    const ask = () => call(world.node, inspector, 'process', 'held')
    const both = await world.run(Promise.all([ask(), ask()]))
    expect(both.map((view) => view?.state.kind)).toEqual(['state', 'state'])
    world.node.suspend(pid)
    expect((await look(world, 'held')).state.kind).toBe('silent')
    world.node.sendExit(pid, 'kill')
    await world.runtime.settle()
    const again = await hold(world, 'held', { a: 2 })
    expect(again).not.toBe(pid)
    expect((await look(world, 'held')).state).toMatchObject({ lines: ['{ a: 2 }'] })
  })

  test('is asked for its children once; who only says to be a supervisor is not asked', async () => {
    const world = createWorld()
    await inspected(world)
    const written = async (self: Process<never>): Promise<void> => void (await self.receive(() => false))
    const own = {
      id: 'own',
      type: 'supervisor' as const,
      start: (self: Process<never>) => self.spawn(written),
    }
    const top = await world.run(startSupervisor(world.node, { children: [Worker, own as never] }))
    const rows = await treeOf(world)
    expect(rows.slice(0, 3).map(line)).toEqual([
      'supervisor supervisor waiting',
      '  worker worker waiting',
      '  supervisor own waiting',
    ])
    expect(waiting(world, rows[2]!.pid!)).toBe(0)
    world.node.suspend(top)
    for (let times = 0; times < 4; times++) await treeOf(world)
    expect(waiting(world, top)).toBe(1)
  })
})

describe('a state', () => {
  test('is printed where it is, and of it no more is looked at than is shown', async () => {
    const world = createWorld()
    await inspected(world)
    let looks = 0
    const counting: ProxyHandler<object> = {
      get: (target, key) => (looks++, Reflect.get(target, key)),
      getOwnPropertyDescriptor: (target, key) => (looks++, Reflect.getOwnPropertyDescriptor(target, key)),
    }
    const wide = new Proxy(
      Array.from({ length: 10_000 }, (_, n) => n),
      counting,
    )
    await holdItself(world, 'held', { wide })
    // What counts its memory looks at no more than that allows; here it is what is shown that matters.
    world.node.processInfo(world.node.whereis('held')!, ['memoryBytes'])
    const estimated = looks
    looks = 0
    expect((await look(world, 'held')).state).toMatchObject({ kind: 'state' })
    expect(looks - estimated).toBeLessThan(500)
  })

  test('that cannot be read is a text, and the other processes are there', async () => {
    const world = createWorld()
    await inspected(world)
    const { proxy, revoke } = Proxy.revocable({}, {})
    world.node.spawn({ init: () => proxy, message: () => proxy }, { name: 'bare' })
    await holdItself(world, 'held', { draft: proxy })
    revoke()
    expect((await look(world, 'held')).state).toMatchObject({ lines: ['{ draft: [it cannot be read] }'] })
    expect((await look(world, 'bare')).state).toEqual({ kind: 'none' })
    const top = await world.run(call(world.node, inspector, 'top', { by: 'memory' }))
    expect(top.rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['bare', 'held', inspector.module]))
    expect((await treeOf(world)).at(-1)!.kind).toBe('process')
  })

  test('counts as memory, whatever behaviour has it', async () => {
    const world = createWorld()
    const big = 'x'.repeat(50_000)
    const bytes = (pid: AnyPid) => world.node.processInfo(pid, ['memoryBytes'])!.memoryBytes
    expect(bytes(await hold(world, 'held', { big }))).toBeGreaterThan(50_000)
    const secret = await world.run(startServer(world.node, Holder, { big }, { sensitive: true }))
    expect(bytes(secret)).toBeGreaterThan(50_000)
    const Many = defineDynamicSupervisor({ children: Holder.children() })
    const many = await world.run(startDynamicSupervisor(world.node, Many))
    await world.run(startDynamicChild(world.node, many, { big }))
    const machine = await world.run(startStatem(world.node, Late, big))
    expect(bytes(machine)).toBeGreaterThan(50_000)
    cast(world.node, machine, 'later', big)
    await world.runtime.settle()
    expect(bytes(machine)).toBeGreaterThan(100_000)
    const doors = await world.run(startEventManager(world.node, defineEventManager(door), { name: door.module }))
    await world.run(addHandler(world.node, door, defineKeeper(world).as('a'), { name: big }))
    expect(bytes(doors)).toBeGreaterThan(50_000)
    // It keeps what its children are started with.
    expect(bytes(many)).toBeGreaterThan(50_000)
  })

  test('shows of a long mailbox the first messages', async () => {
    const world = createWorld()
    await inspected(world)
    const pid = world.node.spawn(async (self: Process<number>) => self.sleep(1e9), { name: 'stuck' })
    for (let n = 0; n < 3000; n++) world.node.send(pid as never, n as never)
    expect((await look(world, 'stuck')).messages).toEqual(['0', '1', '2', '3', '4'])
  })
})

describe('the node', () => {
  test('has as many messages waiting as all its processes, and says which inspector it has', async () => {
    const world = createWorld()
    await inspected(world)
    for (let each = 0; each < 1500; each++) {
      const pid = world.node.spawn(async (self: Process<number>) => self.sleep(1e9))
      for (let n = 0; n < 2; n++) world.node.send(pid as never, n as never)
    }
    const view = await world.run(call(world.node, inspector, 'overview'))
    expect(view).toMatchObject({ waiting: 3000, waitingOf: 1501, protocolVersion: 2 })
  })

  test('lists those with a text in what they are known by, and how many there are', async () => {
    const world = createWorld()
    await inspected(world)
    for (let each = 0; each < 5; each++) await hold(world, `Till ${each}`, null)
    const top = (question: object) =>
      world.run(call(world.node, inspector, 'top', { by: 'mailbox', count: 2, ...question }))
    expect(await top({ contains: 'tILL' })).toMatchObject({ processes: 6, matching: 5, rows: [{}, {}] })
    expect(await top({ contains: 'till 3', windowMs: 10 })).toMatchObject({ matching: 1, rows: [{ name: 'Till 3' }] })
    expect(await top({ contains: '@test/holder' })).toMatchObject({ matching: 5 })
    expect(await top({ contains: 'nobody' })).toMatchObject({ matching: 0, rows: [] })
    expect(await top({})).not.toHaveProperty('matching')
  })
})

describe('the tree', () => {
  const Deep = defineSupervisor({ children: [Worker] })
  const Room = defineSupervisor({ children: [Deep.child({ id: 'deep' })] })

  test('says of nobody below a supervisor that was left out that he has none', async () => {
    const world = createWorld()
    await inspected(world)
    const children = Array.from({ length: 20 }, (_, n) => Room.child({ id: `room${n}` }))
    await world.run(startSupervisor(world.node, { children }))
    const rows = await treeOf(world, 3)
    expect(rows.map(line)).toEqual([
      'supervisor supervisor waiting',
      ...[0, 1, 2].flatMap((n) => [
        `  supervisor room${n} waiting`,
        '    supervisor deep waiting',
        '      worker worker waiting',
      ]),
      '  more 17',
      'others other processes 1',
      expect.stringContaining('@agner/inspector'),
    ])
  })

  test('nor of those below a crowd', async () => {
    const world = createWorld()
    await inspected(world)
    const start = (self: Process<never>) => startSupervisor(self as never, { children: [] })
    const Crowd = defineDynamicSupervisor({ children: { start, type: 'supervisor', restart: 'temporary' } as never })
    const top = () => defineSupervisor({ children: [Crowd.child({ id: 'crowd', name: 'crowd' })] })
    await world.run(startApplication(world.node, defineApplication({ name: 'shop', version: '1.0.0', start: top })))
    const pid = world.node.whereis('crowd')!
    const begin = async (): Promise<void> => {
      for (let n = 0; n < 5001; n++) await startDynamicChild(world.node, pid as never, undefined as never)
    }
    await world.run(begin())
    const rows = await treeOf(world)
    expect(rows.map(line).slice(0, 4)).toEqual([
      'application shop running',
      '  supervisor crowd waiting',
      '    more 5001',
      'others other processes 3',
    ])
  })

  test('but who was spawned by a supervisor, and is no child of it, has none', async () => {
    const world = createWorld()
    await inspected(world)
    const still = async (self: Process<never>): Promise<void> => void (await self.receive(() => false))
    const start = (self: Process<never>) => {
      self.spawn(still, { name: 'helper' })
      return self.spawn(still, { name: 'main' })
    }
    await world.run(startSupervisor(world.node, { children: [{ id: 'main', start } as never] }))
    const rows = await treeOf(world)
    expect(rows.map(line)).toContain('  process helper waiting')
    expect(rows.map(line)).toContain('  worker main waiting')
  })

  test('shows below one that does not answer whom it is the parent of', async () => {
    const world = createWorld()
    await inspected(world)
    const top = await world.run(
      startSupervisor(world.node, { children: [Worker, Deep.child({ id: 'deep', name: 'deep' })] }),
    )
    world.node.suspend(top)
    expect((await treeOf(world)).map(line)).toEqual([
      'supervisor supervisor suspended',
      '  worker silent',
      '  process @test/holder waiting',
      '  supervisor deep waiting',
      '    worker worker waiting',
      'others other processes 1',
      expect.stringContaining('@agner/inspector'),
    ])
  })

  test('says that the applications are not known when who knows them does not answer', async () => {
    const world = createWorld()
    await inspected(world)
    const shop = defineApplication({ name: 'shop', version: '1.0.0', start: () => Deep })
    await world.run(startApplication(world.node, shop))
    await world.run(sys.suspend(world.node, world.node.whereis(controller.module)!))
    expect((await treeOf(world)).map(line).slice(0, 4)).toEqual([
      'application applications waiting',
      '  worker silent',
      'supervisor supervisor waiting',
      '  worker worker waiting',
    ])
  })

  test('says of a supervisor that ends while it is asked that it is gone', async () => {
    const world = createWorld()
    await inspected(world)
    const top = await world.run(startSupervisor(world.node, { children: [Worker] }, { name: 'top' }))
    world.node.suspend(top)
    const asked = call(world.node, inspector, 'tree', {})
    await world.runtime.advance(100)
    world.node.sendExit(top, 'kill')
    const { rows } = await world.run(asked)
    expect(rows.map(line)[0]).toBe('supervisor top gone')
  })
})

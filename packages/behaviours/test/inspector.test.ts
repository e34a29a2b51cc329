/**
 * The inspector: what it says of a node whose processes live, hang, crash and are many.
 */
import { attachRouter } from '@agner/core/kernel'
import type { AnyPid, Pid, Process } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  call,
  defineApplication,
  defineDynamicSupervisor,
  defineServer,
  defineSupervisor,
  Inspector,
  inspector,
  noreply,
  protocol,
  startApplication,
  startDynamicChild,
  startDynamicSupervisor,
  startServer,
  startSupervisor,
  sys,
  type Server,
  type TreeRow,
} from '../src/index.ts'
import { createWorld, type World } from './world.ts'

interface Api {
  calls: { hang(): never }
}
const api = protocol<Api>('@test/shop')
const Shop: Server<Api, { readonly stock: number }, unknown> = defineServer(api, {
  init: (arg: { readonly stock: number }): unknown => ({ ...arg, sold: new Map([['tea', 3]]) }),
  calls: {
    hang: async (state, _, { self }) => {
      await self.sleep(1e9)
      return noreply(state)
    },
  },
})

const shop = defineApplication({
  name: 'shop',
  version: '1.0.0',
  start: () =>
    defineSupervisor({
      children: [
        Shop.child({ id: 'till', arg: { stock: 1 }, name: 'till' }),
        defineSupervisor({ children: [Shop.child({ id: 'shelf', arg: { stock: 2 } })] }).child({ id: 'store' }),
        Shop.child({ id: 'idle', arg: { stock: 3 }, restart: 'temporary' }),
      ],
    }),
})

async function inspected(world: World) {
  return world.run(startServer(world.node, Inspector, undefined, { name: inspector.module }))
}

async function processState(world: World, which: AnyPid | string) {
  return (await world.run(call(world.node, inspector, 'process', which)))?.state
}

const line = ({ depth, kind, id, name, restart, state, count }: TreeRow): string =>
  [`${'  '.repeat(depth)}${kind}`, id, name, restart, state, count]
    .filter((part) => part !== null && part !== '')
    .join(' ')

describe('the tree', () => {
  test('goes from applications over supervisors to children, in the order of start; what is in no tree comes last', async () => {
    const world = createWorld()
    await world.run(startApplication(world.node, shop))
    world.node.spawn(async (self: Process<never>) => self.sleep(1e9), { name: 'loner' })
    await inspected(world)
    const { rows } = await world.run(call(world.node, inspector, 'tree', {}))
    expect(rows.map(line)).toEqual([
      'application shop running',
      '  worker till till permanent waiting',
      '  supervisor store permanent waiting',
      '    worker shelf permanent waiting',
      '  worker idle temporary waiting',
      'others other processes 4',
      expect.stringContaining('process @agner/applications @agner/applications waiting'),
      expect.stringContaining('application shop'),
      '  process loner loner waiting',
      expect.stringContaining('@agner/inspector'),
    ])
    expect(rows[1]!.pid).toBe(world.node.whereis('till'))
    expect(rows[1]!.what).toBe('@test/shop')
  })

  test('shows a supervisor of no application, and not twice what stands below it', async () => {
    const world = createWorld()
    const nested = defineSupervisor({ children: [Shop.child({ id: 'shelf', arg: { stock: 2 } })] })
    await world.run(startSupervisor(world.node, { children: [nested.child({ id: 'store' })] }))
    await inspected(world)
    const { rows } = await world.run(call(world.node, inspector, 'tree', {}))
    expect(rows.slice(0, 3).map(line)).toEqual([
      'supervisor supervisor waiting',
      '  supervisor store permanent waiting',
      '    worker shelf permanent waiting',
    ])
    expect(rows.filter(({ kind }) => kind === 'supervisor')).toHaveLength(2)
  })

  test('of a supervisor that hangs says so after half a second; the rest is there', async () => {
    const world = createWorld()
    const started = await world.run(
      startSupervisor(world.node, { children: [Shop.child({ id: 'a', arg: { stock: 1 } })] }),
    )
    await world.run(startApplication(world.node, shop))
    world.node.suspend(started)
    await inspected(world)
    const before = world.runtime.nowMs()
    const { rows } = await world.run(call(world.node, inspector, 'tree', {}))
    expect(world.runtime.nowMs() - before).toBe(500)
    const texts = rows.map(line)
    expect(texts).toContain('supervisor supervisor suspended')
    expect(texts).toContain('  worker silent')
    expect(texts).toContain('    worker shelf permanent waiting')
    // The child is known to be alive, though not whose it is.
    expect(rows.some(({ kind, what }) => kind === 'process' && what === '@test/shop')).toBe(true)
  })

  test('is cut: so many children of each, and how many were left out', async () => {
    const world = createWorld()
    const children = Array.from({ length: 60 }, (_, n) => Shop.child({ id: `s${n}`, arg: { stock: n } }))
    await world.run(startSupervisor(world.node, { children }))
    for (let n = 0; n < 70; n++) world.node.spawn(async (self: Process<never>) => self.sleep(1e9))
    await inspected(world)
    const { rows } = await world.run(call(world.node, inspector, 'tree', { childLimit: 10 }))
    const texts = rows.map(line)
    expect(texts.slice(0, 2)).toEqual(['supervisor supervisor waiting', '  worker s0 permanent waiting'])
    expect(texts.filter((text) => text.includes('more'))).toEqual(['  more 50', '  more 61'])
    expect(rows).toHaveLength(1 + 10 + 1 + 1 + 10 + 1)
  })
})

describe('overview and top', () => {
  test('say how the node is', async () => {
    const world = createWorld({ name: 'n@test' })
    attachRouter(world.node, { route: () => {}, names: () => ['other@test'] })
    await world.runtime.advance(1000)
    await inspected(world)
    const stuck = world.node.spawn(async (self: Process<number>) => self.sleep(1e9), { name: 'stuck' })
    for (let n = 0; n < 5; n++) world.node.send(stuck as Pid<number>, n)
    const view = await world.run(call(world.node, inspector, 'overview'))
    expect(view).toMatchObject({
      name: 'n@test',
      uptimeMs: 1000,
      processes: 2,
      names: 2,
      waiting: 5,
      longestMailbox: { pid: stuck, name: 'stuck', length: 5 },
      loopLagMs: 0,
      connections: ['other@test'],
    })
    expect(view.memory!.heapBytes).toBeGreaterThan(1e6)
  })

  test('tell of an event loop that is late, for ten seconds', async () => {
    const world = createWorld()
    await inspected(world)
    world.node.spawn(async () => world.runtime.holdThread(700))
    await world.runtime.advance(1)
    const lag = async () => (await world.run(call(world.node, inspector, 'overview'))).loopLagMs
    expect(await lag()).toBeGreaterThanOrEqual(440)
    await world.runtime.advance(11_000)
    expect(await lag()).toBe(0)
  })

  test('sort by what was asked for, at most as many as allowed, whatever was asked', async () => {
    const world = createWorld()
    const start = (stock: number) => startServer(world.node, Shop, { stock }, { name: `shop${stock}` })
    const shops = await world.run(Promise.all([1, 2, 3].map(start)))
    await inspected(world)
    world.node.suspend(shops[1]!)
    for (let n = 0; n < 3; n++) world.node.send(shops[1] as never, 'x' as never)
    const top = (question: object) => world.run(call(world.node, inspector, 'top', question as never))
    const found = await top({ by: 'mailbox', count: 1 })
    expect(found).toMatchObject({ by: 'mailbox', processes: 4, rows: [{ name: 'shop2', mailbox: 3, value: 3 }] })
    expect(found.rows[0]).toMatchObject({ what: '@test/shop', status: 'suspended' })
    expect((await top({ by: 'reductions', count: 1e9, windowMs: 100 })).rows).toHaveLength(4)
    expect((await top({ by: 'memory', count: Number.NaN })).rows).toHaveLength(4)
  })

  test('a question that cannot be answered is reported and refused, and the inspector lives on', async () => {
    const world = createWorld()
    const pid = await inspected(world)
    const wrong = call(world.node, inspector, 'top', { by: 'beauty' } as never)
    await expect(world.run(wrong)).rejects.toMatchObject({ code: 'inspector.failed' })
    expect(world.notices('inspector')[0]!.text).toContain('beauty')
    expect(world.node.isAlive(pid)).toBe(true)
  })
})

describe('a process', () => {
  test('is shown with its neighbours, dictionary and messages; null if it is dead', async () => {
    const world = createWorld()
    await inspected(world)
    const other = world.node.spawn(async (self: Process<never>) => self.sleep(1e9), { name: 'other' })
    const pid = world.node.spawn(
      async (self: Process<string>) => {
        self.link(other)
        self.monitor(other)
        self.label('a label')
        self.dictionary.put('user', { name: 'Ann' })
        await self.sleep(1e9)
      },
      { name: 'one' },
    )
    await world.runtime.settle()
    world.node.send(pid as Pid<string>, 'hello')
    const view = await world.run(call(world.node, inspector, 'process', pid))
    expect(view).toMatchObject({
      pid,
      name: 'one',
      label: 'a label',
      status: 'waiting',
      mailbox: 1,
      monitors: { total: 1 },
      links: { shown: [{ pid: other, text: `${String(other)} other` }], total: 1 },
      dictionary: { shown: [{ key: '"user"', value: '{ name: "Ann" }' }], total: 1 },
      messages: ['"hello"'],
      state: { kind: 'none' },
    })
    world.node.sendExit(pid, 'kill')
    expect(await world.run(call(world.node, inspector, 'process', pid))).toBeNull()
  })

  test('of a behaviour tells its state, asked by sys; one that hangs is shown as silent, the rest of it at once', async () => {
    const world = createWorld({ modules: [Shop] })
    const till = await world.run(startServer(world.node, Shop, { stock: 1 }, { name: 'till' }))
    await inspected(world)
    const ask = (which: Parameters<typeof processState>[1]) => processState(world, which)
    const lines = ['{ stock: 1, sold: Map(1) { "tea" → 3 } }']
    expect(await ask(till)).toEqual({ kind: 'state', version: '0.0.0', status: 'running', lines })
    expect(await ask('till')).toMatchObject({ lines })
    expect(await ask(String(till))).toMatchObject({ lines })
    expect(await ask(String(till).replace(`${world.node.name}.`, ''))).toMatchObject({ lines })
    expect(await ask('nobody')).toBeUndefined()
    await world.run(sys.suspend(world.node, till))
    expect(await ask(till)).toMatchObject({ status: 'suspended', lines })
    await world.run(sys.resume(world.node, till))
    void call(world.node, till, 'hang', undefined, { timeoutMs: 10 }).catch(() => {})
    await world.runtime.advance(1)
    const before = world.runtime.nowMs()
    expect(await ask(till)).toEqual({ kind: 'silent', waitedMs: 500 })
    expect(world.runtime.nowMs() - before).toBe(500)
  })

  test('that is sensitive, or no behaviour, or the inspector itself, is not asked', async () => {
    const world = createWorld()
    const pid = await inspected(world)
    const secret = world.node.spawn(async (self: Process<string>) => {
      self.flag('sensitive', true)
      self.dictionary.put('password', 'x')
      await self.sleep(1e9)
    })
    await world.runtime.settle()
    world.node.send(secret as Pid<string>, 'the password')
    for (const each of [pid, secret]) expect(await processState(world, each)).toEqual({ kind: 'none' })
    const view = await world.run(call(world.node, inspector, 'process', secret))
    expect(JSON.stringify(view)).not.toContain('password')
    expect(world.node.processInfo(secret)!.mailboxLength).toBe(1)
  })
})

test('of a supervisor with very many children only the number is told', async () => {
  const world = createWorld()
  const Tills = defineDynamicSupervisor({ module: '@test/tills', children: Shop.children() })
  const tills = await world.run(startDynamicSupervisor(world.node, Tills))
  const start = async (): Promise<void> => {
    for (let stock = 0; stock < 5001; stock++) await startDynamicChild(world.node, tills, { stock })
  }
  await world.run(start())
  await inspected(world)
  const { rows } = await world.run(call(world.node, inspector, 'tree', {}))
  expect(rows.map(line)).toEqual([
    'supervisor supervisor waiting',
    '  more 5001',
    'others other processes 1',
    expect.stringContaining('@agner/inspector'),
  ])
})

test('a dynamic supervisor has children that are known by their processes', async () => {
  const world = createWorld()
  const Tills = defineDynamicSupervisor({ module: '@test/tills', children: Shop.children() })
  const tills = await world.run(startDynamicSupervisor(world.node, Tills))
  for (const stock of [1, 2]) await world.run(startDynamicChild(world.node, tills, { stock }))
  await inspected(world)
  const { rows } = await world.run(call(world.node, inspector, 'tree', {}))
  expect(rows.slice(0, 3).map(line)).toEqual([
    'supervisor supervisor waiting',
    '  process @test/shop permanent waiting',
    '  process @test/shop permanent waiting',
  ])
  expect(rows[0]!.what).toBe('@test/tills')
  expect(new Set(rows.map(({ pid }) => pid)).size).toBe(rows.length)
})

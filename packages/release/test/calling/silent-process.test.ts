/** A process that never answers costs nobody else anything but a place, and that only for as long as somebody waits for it. */
import {
  answer,
  call,
  defineServer,
  noreply,
  protocol,
  startServer,
  sys,
  type From,
  type Protocol,
} from '@agner/behaviours'
import { createNode, reply, type AnyPid, type Node, type Process, type Request } from '@agner/core'
import { createVirtualRuntime, simulateCluster, type VirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import { gateProtocol, type Passage } from '../../src/calling/gate.api.ts'
import { startApplicationClient, startGate } from '../../src/index.ts'
import { outcome, shop, ShopCluster, shopServer } from './shop.ts'

interface WallApi {
  calls: { ask(question: string): string }
}
const wall: Protocol<WallApi> = protocol('@agner/release/test/wall')

interface Stage {
  readonly runtime: VirtualRuntime
  readonly node: Node
  /** What the silent process was asked, and has not answered. */
  readonly kept: From<string>[]
  gate(): Promise<unknown>
}

async function open(limit: number): Promise<Stage> {
  const runtime = createVirtualRuntime({ seed: 1 })
  const node = createNode({ runtime, name: 'one@cluster' })
  const kept: From<string>[] = []
  const silent = defineServer(wall, {
    init: () => null,
    calls: {
      ask: (state, _, { from }) => {
        kept.push(from)
        return noreply(state)
      },
    },
  })
  node.spawn(async (self: Process<never>) => {
    await self.wait(startGate(self, { running: () => ({ token: null, isHeld: () => true }), limit }))
    await self.receive()
  })
  await runtime.runUntil(startServer(node, silent, undefined, { name: wall.module }))
  await runtime.runUntil(
    startServer(
      node,
      shopServer(() => undefined),
      undefined,
      { name: shop.module },
    ),
  )
  return { runtime, node, kept, gate: () => stateOf(runtime, node, node.whereis(gateProtocol.module)!) }
}

async function stateOf(runtime: VirtualRuntime, node: Node, pid: AnyPid): Promise<unknown> {
  return (await runtime.runUntil(sys.getStatus(node, pid as never))).details['state']
}

const passage: Passage = {
  application: 'shop',
  process: wall.module,
  type: 'call',
  name: 'ask',
  arg: 'why',
  atLeast: 0,
}

test('callers who gave up on it have left their places at the gate to others', async () => {
  const { runtime, node, kept, gate } = await open(50)
  const client = await runtime.runUntil(startApplicationClient(node, { application: 'shop', nodes: [node.name] }))
  const ask = (): Promise<unknown> => outcome(client.call(node, wall, 'ask', 'why', { timeoutMs: 100 }))
  const asked = Promise.all(Array.from({ length: 50 }, ask))
  await runtime.advance(50)
  expect(await gate()).toMatchObject({ underWay: 50, forgotten: 0 })
  expect(new Set(await runtime.runUntil(asked))).toEqual(new Set(['release.outcome_unknown']))
  const beginMs = runtime.nowMs()
  expect(await runtime.runUntil(client.call(node, shop, 'buy', 'tea', { timeoutMs: 3000 }))).toBe('bought tea')
  expect(runtime.nowMs() - beginMs).toBeLessThan(10)
  expect(await gate()).toMatchObject({ underWay: 0, forgotten: 50 })
  // What it says now is for nobody.
  for (const from of kept) answer(from, 'late')
  const again = client.call(node, wall, 'ask', 'again', { timeoutMs: 3000 })
  await runtime.advance(10)
  answer(kept.at(-1)!, 'in time')
  expect(await runtime.runUntil(again)).toBe('in time')
  expect(await stateOf(runtime, node, client.pid)).toMatchObject({ waiting: 0, underWay: 0 })
})

test('the gate forgets a call whose time is over, though its client does not give it up; it says that it may have been done', async () => {
  const { runtime, node, kept, gate } = await open(1)
  const pass = (more: Partial<Passage>): Promise<unknown> => call(node, gateProtocol, 'pass', { ...passage, ...more })
  const held = pass({ leftMs: 400 })
  expect(await runtime.runUntil(pass({ leftMs: 400 }))).toEqual({ type: 'refused', why: 'busy' })
  expect(await runtime.runUntil(held)).toMatchObject({ type: 'lost' })
  expect(await gate()).toMatchObject({ underWay: 0, forgotten: 1 })
  answer(kept[0]!, 'late')
  for (const leftMs of [-1, Number.NaN, 'soon', null])
    expect(await runtime.runUntil(outcome(pass({ leftMs: leftMs as never })))).toBe('call.bad_argument')
  // Of a client of an older version, or one that waits for ever, the gate waits as long.
  for (const more of [{}, { leftMs: Infinity }]) {
    const patient = pass(more)
    await runtime.advance(3_600_000)
    answer(kept.at(-1)!, 'at last')
    expect(await runtime.runUntil(patient)).toEqual({ type: 'done', value: 'at last' })
  }
})

test('a caller that waits for ever and ends is forgotten, by its client and by the gate', async () => {
  const { runtime, node, gate } = await open(1)
  const client = await runtime.runUntil(startApplicationClient(node, { application: 'shop', nodes: [node.name] }))
  const caller = node.spawn(async (self: Process<never>) => {
    await client.call(self, wall, 'ask', 'why', { timeoutMs: Infinity })
  })
  await runtime.advance(10_000)
  expect(await gate()).toMatchObject({ underWay: 1 })
  node.sendExit(caller, 'kill')
  await runtime.advance(5000)
  expect(await gate()).toMatchObject({ underWay: 0, forgotten: 1 })
  expect(await stateOf(runtime, node, client.pid)).toMatchObject({ waiting: 0, underWay: 0 })
})

test('a node on which callers wait is lost: its calls are forgotten', async () => {
  const all = await ShopCluster.start({ nodes: ['a', 'b'], seed: 1, distribution: { tickMs: 500 } })
  const { cluster } = all
  const gate = async (): Promise<unknown> => {
    const { node } = cluster.node('a')
    const pid = node.whereis(gateProtocol.module)!
    return (await cluster.until(sys.getStatus(node, pid as never))).details['state']
  }
  await all.open('a')
  const patient = await all.client('b', ['a'])
  const never = { id: 'never', ms: 1e9 }
  void outcome(patient.call(cluster.node('b').node, shop, 'order', never, { timeoutMs: Infinity }))
  await cluster.run(100)
  expect(await gate()).toMatchObject({ underWay: 1 })
  cluster.crash('b')
  await cluster.run(5000)
  expect(await gate()).toMatchObject({ underWay: 0, forgotten: 1 })
})

test('a call that was given up before the gate came to it is not passed on', async () => {
  const { runtime, node, kept, gate } = await open(9)
  const client = await runtime.runUntil(startApplicationClient(node, { application: 'shop', nodes: [node.name] }))
  await runtime.runUntil(client.call(node, shop, 'buy', 'tea'))
  const pid = node.whereis(gateProtocol.module)! as never
  await runtime.runUntil(sys.suspend(node, pid))
  const late = client.call(node, wall, 'ask', 'why', { timeoutMs: 100 })
  expect(await runtime.runUntil(outcome(late))).toBe('release.outcome_unknown')
  await runtime.runUntil(sys.resume(node, pid))
  await runtime.advance(10)
  expect(kept).toEqual([])
  expect(await gate()).toMatchObject({ passed: 1, refused: 1, underWay: 0 })
})

test('the client tells gates that nobody waits: when time is over, and when it asks elsewhere', async () => {
  const cluster = await simulateCluster({ trace: false, nodes: ['a', 'b', 'c'], seed: 1 })
  const passed = new Map<string, Request<unknown, unknown>[]>()
  const tokens = new Map([['a', 1]])
  for (const { name, node } of cluster.up) {
    const own: Request<unknown, unknown>[] = []
    passed.set(name, own)
    node.spawn(
      async (self: Process<Request<{ readonly call: string }, unknown>>) => {
        for (;;) {
          const asked = await self.receive()
          const token = tokens.get(name)
          if (asked.payload.call === 'pass') own.push(asked)
          else reply(asked, token === undefined ? { type: 'refused', why: 'not_here' } : { type: 'here', token })
        }
      },
      { name: gateProtocol.module },
    )
  }
  const from = cluster.node('c').node
  const nodes = ['a@cluster', 'b@cluster']
  const client = await cluster.until(
    startApplicationClient(from, { application: 'shop', nodes, limits: { attemptMs: 300 } }),
  )
  const pending = (name: string): boolean[] => passed.get(name)!.map(({ isPending }) => isPending)
  const plain = outcome(client.call(from, shop, 'buy', 'plain', { timeoutMs: 1000 }))
  const safe = client.call(from, shop, 'buy', 'safe', { timeoutMs: 9000, repeat: 'safe' })
  await cluster.run(200)
  expect(pending('a')).toEqual([true, true])
  tokens.set('b', 2)
  await cluster.run(600)
  expect([pending('a'), pending('b')]).toEqual([[true, false], [true]])
  expect(await cluster.until(plain)).toBe('release.outcome_unknown')
  await cluster.run(100)
  expect(pending('a')).toEqual([false, false])
  // The answer of the one that was left is late, and of the wrong place.
  for (const asked of passed.get('a')!) reply(asked, { type: 'done', value: 'of a' })
  await cluster.run(100)
  reply(passed.get('b')![0]!, { type: 'done', value: 'of b' })
  expect(await cluster.until(safe)).toBe('of b')
})

/** What a client keeps and does is bounded, however long the application is not found. */
import { sys } from '@agner/behaviours'
import { createNode, type Node, type Process } from '@agner/core'
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import {
  startApplicationClient,
  startGate,
  type ApplicationClient,
  type ApplicationClientLimits,
  type Running,
} from '../../src/index.ts'
import { outcome, shop } from './shop.ts'

interface Stage {
  readonly runtime: VirtualRuntime
  readonly node: Node
  readonly client: ApplicationClient
  /** How often the gate was asked whether it runs here. */
  asked(): number
  state(): Promise<unknown>
}

async function open(limits: Partial<ApplicationClientLimits> = {}): Promise<Stage> {
  const runtime = createVirtualRuntime({ seed: 1 })
  const node = createNode({ runtime, name: 'one@cluster' })
  let asked = 0
  const running = (): Running | null => {
    asked++
    return null
  }
  node.spawn(async (self: Process<never>) => {
    await self.wait(startGate(self, { running }))
    await self.receive()
  })
  await runtime.settle()
  const client = await runtime.runUntil(
    startApplicationClient(node, { application: 'shop', nodes: [node.name], limits }),
  )
  const state = async (): Promise<unknown> =>
    (await runtime.runUntil(sys.getStatus(node, client.pid as never))).details['state']
  return { runtime, node, client, asked: () => asked, state }
}

test('calls whose time is over are kept no longer, though nothing was found and nothing moves', async () => {
  const { runtime, node, client, state } = await open({ waiting: 100 })
  const buy = (_: unknown, n: number): Promise<unknown> =>
    outcome(client.call(node, shop, 'buy', `tea ${n}`, { timeoutMs: 20 }))
  for (let round = 0; round < 20; round++) {
    const calls = Promise.all(Array.from({ length: 101 }, buy))
    await runtime.advance(10)
    expect(await state()).toMatchObject({ waiting: 100, underWay: 0 })
    const codes = await runtime.runUntil(calls)
    expect(codes.filter((code) => code === 'release.not_running')).toHaveLength(100)
    expect(codes.at(-1)).toBe('release.client_full')
    expect(await state()).toMatchObject({ waiting: 0, underWay: 0 })
  }
})

test('calls that wait for ever leave when their callers end', async () => {
  const { runtime, node, client, state } = await open({ waiting: 3 })
  const callers = ['x', 'y', 'z'].map((order) =>
    node.spawn(async (self: Process<never>) => {
      await client.call(self, shop, 'buy', order, { timeoutMs: Infinity })
    }),
  )
  await runtime.advance(1000)
  for (const caller of callers.slice(1)) node.sendExit(caller, 'kill')
  await runtime.advance(61_000)
  expect(await state()).toMatchObject({ waiting: 1 })
})

test('it is looked for as long as somebody wants it, and no longer', async () => {
  const { runtime, node, client, asked } = await open()
  const buy = (timeoutMs: number): Promise<unknown> => outcome(client.call(node, shop, 'buy', 'tea', { timeoutMs }))
  const [short, long] = [buy(50), buy(2000)]
  await runtime.runUntil(short)
  const first = asked()
  await runtime.advance(1000)
  expect(asked()).toBeGreaterThan(first)
  await runtime.runUntil(long)
  const then = asked()
  await runtime.advance(60_000)
  expect(asked()).toBe(then)
  // It is begun anew, at once.
  const again = buy(1000)
  await runtime.advance(1)
  expect(asked()).toBe(then + 1)
  await runtime.runUntil(again)
  expect(asked()).toBeGreaterThan(then + 3)
})

test('a cast that nobody took is looked for as long as a call', async () => {
  const { runtime, node, client, asked, state } = await open()
  client.cast(node, shop, 'note', 'tea')
  await runtime.advance(1000)
  expect(await state()).toMatchObject({ waiting: 1 })
  await runtime.advance(5000)
  const then = asked()
  await runtime.advance(60_000)
  expect(asked()).toBe(then)
  expect(await state()).toMatchObject({ waiting: 0 })
})

/**
 * sys from another node: all that can be sent.
 */
import { createNode, type Node } from '@agner/core'
import { attachRouter, type RemotePort } from '@agner/core/kernel'
import { createVirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import { call, defineServer, protocol, reply, startServer, sys, type Protocol } from '../src/index.ts'
import { failure } from './world.ts'

interface Api {
  calls: { add(by: number): number; hold(): void; slow(ms: number): void }
}
const counter: Protocol<Api> = protocol('@test/remote-sys')
interface State {
  readonly count: number
  readonly held?: () => void
}
const Counter = defineServer(counter, {
  init: (count: number): State => ({ count }),
  calls: {
    add: (state, by) => reply(state.count + by, { count: state.count + by }),
    slow: async (state, ms, { self }) => {
      await self.sleep(ms)
      return reply(undefined, state)
    },
    hold: (state) => reply(undefined, { ...state, held: () => {} }),
  },
})

function pair() {
  const runtime = createVirtualRuntime()
  const ports = new Map<string, RemotePort>()
  const made = ['a@t', 'b@t'].map((name): Node => {
    const node = createNode({ name, runtime, modules: [Counter] })
    const route = (to: string, signal: Parameters<RemotePort['deliver']>[1]) =>
      runtime.macrotask(() => ports.get(to)!.deliver({ name, incarnation: node.incarnation }, signal))
    ports.set(name, attachRouter(node, { route }))
    return node
  })
  return { runtime, a: made[0]!, b: made[1]!, run: <T>(promise: Promise<T>) => runtime.runUntil(promise) }
}

test('suspends, looks, logs and ends; functions and what cannot be sent stay where they are', async () => {
  const { a, b, run } = pair()
  const pid = await run(startServer(b, Counter, 1, { name: 'far' }))
  const there = { name: 'far', node: 'b@t' }
  await run(sys.suspend(a, there))
  const waiting = call(a, counter.at(pid), 'add', 4)
  expect(await run(sys.getState(a, there))).toEqual({ count: 1 })
  expect(await run(sys.getStatus(a, pid))).toMatchObject({ pid, name: 'far', status: 'suspended' })
  await run(sys.log(a, pid, true))
  await run(sys.resume(a, pid))
  expect(await run(waiting)).toBe(5)
  expect(await run(sys.getLog(a, pid))).toMatchObject([
    { type: 'in', kind: 'call', name: 'add', payload: 4 },
    { type: 'out', value: 5 },
  ])
  for (const asked of [sys.replaceState(a, pid, (state) => state), sys.install(a, pid, 'id', (n: number) => n, 0)])
    expect(await failure(run(asked))).toMatchObject({ code: 'sys.not_here' })
  await run(call(a, counter.at(pid), 'hold'))
  expect(await failure(run(sys.getState(a, pid)))).toMatchObject({ code: 'sys.unsendable' })
  expect(await run(sys.getState(b, pid))).toMatchObject({ count: 5 })
  await run(sys.terminate(a, pid, 'shutdown'))
  expect(b.isAlive(pid)).toBe(false)
  expect(await failure(run(sys.getState(a, pid)))).toMatchObject({ code: 'call.no_process' })
})

test('what was left for a process of its own node is not taken from afar', async () => {
  const { a, b, run } = pair()
  const busy = await run(startServer(b, Counter, 1))
  const free = await run(startServer(b, Counter, 1))
  const slow = call(b, busy, 'slow', 100)
  // Its function waits at the counter of the node until the server has time.
  const replaced = sys.replaceState<State>(b, busy, () => ({ count: 7 }))
  const guesses = Array.from({ length: 30 }, (_, ticket) => a.request(free, { system: 'replaceState', ticket }))
  for (const guess of await run(Promise.all(guesses))) expect(guess).toMatchObject({ refused: 'sys.not_here' })
  expect(await run(sys.getState(b, free))).toEqual({ count: 1 })
  await run(slow)
  expect(await run(replaced)).toEqual({ count: 7 })
})

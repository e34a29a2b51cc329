/**
 * How a server waits: with a limit, asleep, or asleep once it was idle for long.
 */
import { expect, test } from 'vitest'
import {
  call,
  cast,
  defineServer,
  noreply,
  ok,
  protocol,
  reply,
  startServer,
  sys,
  type Server,
  type StartOptions,
} from '../src/index.ts'
import { createWorld } from './world.ts'

interface Api {
  calls: { within(timeoutMs: number): string; sleep(): string; log(): string[]; plain(): string }
  casts: { within(timeoutMs: number): void; note(text: string): void; slow(ms: number): void }
  info: { type: 'timeout' } | { type: 'tick' }
}
const waiter = protocol<Api>('@test/waiter')

const Waiter: Server<Api, number | null, string[]> = defineServer(waiter, {
  init: (firstMs: number | null) => (firstMs === null ? [] : ok([] as string[], { timeoutMs: firstMs })),
  calls: {
    within: (log, timeoutMs) => reply('waits', log, { timeoutMs }),
    sleep: (log) => reply('sleeps', log, { hibernate: true }),
    log: (log) => reply(log, log),
    plain: (log) => reply('plain', log),
  },
  casts: {
    within: (log, timeoutMs) => noreply(log, { timeoutMs }),
    note: (log, text) => noreply([...log, text]),
    slow: async (log, ms, { self }) => {
      await self.sleep(ms)
      return noreply(log)
    },
  },
  info: {
    timeout: (log, message, { self }) =>
      noreply([...log, `${JSON.stringify(message)} at ${self.node.runtime.nowMs()}`]),
    tick: (log) => noreply(log),
  },
})

async function start(firstMs: number | null = null, options: StartOptions = {}) {
  const world = createWorld()
  const { node, run, runtime } = world
  const pid = await run(startServer(node, Waiter, firstMs, options))
  const isAsleep = () => node.processInfo(pid, ['currentFunction'])?.currentFunction === 'hibernate'
  return { world, node, run, runtime, pid, isAsleep, log: () => run(call(node, pid, 'log')) }
}

const timeout = (atMs: number) => `{"type":"timeout"} at ${atMs}`

test('without a message within the limit the timeout comes, once (S05)', async () => {
  const { node, run, runtime, pid, log } = await start()
  await run(call(node, pid, 'within', 50))
  await runtime.advance(200)
  expect(await log()).toEqual([timeout(50)])
})

test('a limit may begin with init', async () => {
  const { runtime, log } = await start(30)
  await runtime.advance(100)
  expect(await log()).toEqual([timeout(30)])
})

test('any message takes it away, a plain one and an unknown one, too', async () => {
  for (const disturb of ['call', 'cast', 'tick', 'unknown'] as const) {
    const { node, run, runtime, pid, log } = await start()
    await run(call(node, pid, 'within', 50))
    await runtime.advance(49)
    if (disturb === 'call') await run(call(node, pid, 'plain'))
    if (disturb === 'cast') cast(node, pid, 'note', 'n')
    if (disturb === 'tick') node.send(pid, { type: 'tick' })
    if (disturb === 'unknown') node.send(pid as never, { type: 'who' } as never)
    await runtime.advance(200)
    expect(await log()).toEqual(disturb === 'cast' ? ['n'] : [])
  }
})

test('a system request begins it anew, and a suspended server has none', async () => {
  const { node, run, runtime, pid, log } = await start()
  await run(call(node, pid, 'within', 50))
  await runtime.advance(40)
  await run(sys.getState(node, pid))
  await runtime.advance(49)
  expect(await run(sys.getState(node, pid))).toEqual([])
  await run(sys.suspend(node, pid))
  await runtime.advance(500)
  await run(sys.resume(node, pid))
  await runtime.advance(50)
  expect(await log()).toEqual([timeout(639)])
})

test('a limit of 0 comes at once, but behind a message that waits, which takes it away', async () => {
  const first = await start()
  cast(first.node, first.pid, 'within', 0)
  await first.runtime.advance(0)
  expect(await first.log()).toEqual([timeout(0)])
  const second = await start()
  cast(second.node, second.pid, 'within', 0)
  cast(second.node, second.pid, 'note', 'n')
  await second.runtime.advance(100)
  expect(await second.log()).toEqual(['n'])
})

test('one that had run out while its message waited does not come after that', async () => {
  const { node, run, runtime, pid, log } = await start()
  await run(call(node, pid, 'within', 50))
  cast(node, pid, 'slow', 100)
  await runtime.advance(60)
  cast(node, pid, 'within', 1000)
  await runtime.advance(500)
  expect(await log()).toEqual([])
})

test('a limit that is none crashes the server', async () => {
  const { world, node, pid } = await start()
  const ended = node.exited(pid)
  cast(node, pid, 'within', -1)
  expect(await world.run(ended)).toMatchObject({ code: 'timer.bad_delay' })
})

test('it hibernates until the next message; a system request does not wake it for long (S06)', async () => {
  const { node, run, pid, isAsleep } = await start()
  expect(isAsleep()).toBe(false)
  await run(call(node, pid, 'sleep'))
  expect(isAsleep()).toBe(true)
  await run(sys.getState(node, pid))
  expect(isAsleep()).toBe(true)
  await run(call(node, pid, 'plain'))
  expect(isAsleep()).toBe(false)
})

test('it hibernates after so long without a message', async () => {
  const { node, run, runtime, pid, isAsleep } = await start(null, { hibernateAfterMs: 100 })
  await runtime.advance(99)
  expect(isAsleep()).toBe(false)
  await run(call(node, pid, 'plain'))
  await runtime.advance(99)
  expect(isAsleep()).toBe(false)
  await runtime.advance(1)
  expect(isAsleep()).toBe(true)
  await run(call(node, pid, 'plain'))
  expect(isAsleep()).toBe(false)
  cast(node, pid, 'slow', 300)
  await runtime.advance(399)
  expect(isAsleep()).toBe(false)
  await runtime.advance(1)
  expect(isAsleep()).toBe(true)
})

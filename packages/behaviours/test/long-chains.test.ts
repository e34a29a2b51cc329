/**
 * What OTP does in a loop takes no stack here either, however long it goes on; and one that goes on for ever lets the
 * others go on.
 */
import { expect, test } from 'vitest'
import {
  begin,
  call,
  cast,
  defineEventManager,
  defineHandler,
  defineServer,
  defineStatem,
  enterLoop,
  handlerProtocol,
  keepStateAndData,
  noreply,
  ok,
  protocol,
  repeatState,
  reply,
  replyTo,
  startEventManager,
  startServer,
  startStatem,
  stopServer,
  sys,
  type Begin,
  type HandlerProtocol,
  type Protocol,
  type Server,
  type Statem,
} from '../src/index.ts'
import { createWorld } from './world.ts'

const many = 100_000

interface CountApi {
  calls: { count(): number }
  casts: { go(times: number): void }
}
const counted: Protocol<CountApi> = protocol('@test/counted')

/** Counts what is left of `times`, each in a continue of its own. */
const Counted: Server<CountApi, number, number> = defineServer(counted, {
  init: (times: number) => ok(0, { continue: times }),
  continue: (count, left: number) => (left === 0 ? noreply(count) : noreply(count + 1, { continue: left - 1 })),
  calls: { count: (count) => reply(count, count) },
  casts: { go: (count, times) => noreply(count, { continue: times }) },
})

test('a server continues as often as it likes', async () => {
  const { node, run, reports } = createWorld()
  const pid = await run(startServer(node, Counted, many))
  expect(await run(call(node, pid, 'count'))).toBe(many)
  cast(node, pid, 'go', many)
  expect(await run(call(node, pid, 'count'))).toBe(2 * many)
  const made = node.spawn(async (self) => enterLoop(self, Counted, 1, { then: { continue: many } }))
  expect(await run(call(node, counted.at(made), 'count'))).toBe(many + 1)
  expect(reports.crashes).toEqual([])
})

/** Each continue, and each state enter call, takes its time, so that a slice of the scheduler is over some day. */
const holdMs = 0.01

test('a server that continues for ever lets the others go on, and can be killed', async () => {
  const { node, run, exited, runtime } = createWorld()
  const Endless: Server<CountApi, void, number> = defineServer(counted, {
    init: (_: void) => ok(0, { continue: 'on' }),
    continue: (count, key: 'on') => {
      runtime.holdThread(holdMs)
      return noreply(count + 1, { continue: key })
    },
    calls: { count: (count) => reply(count, count) },
    casts: { go: (count) => noreply(count) },
  })
  const endless = await run(startServer(node, Endless))
  const other = await run(startServer(node, Counted, 0))
  for (let times = 0; times < 5; times++) expect(await run(call(node, other, 'count'))).toBe(0)
  expect(node.isAlive(endless)).toBe(true)
  const ended = exited(endless)
  node.sendExit(endless, 'kill')
  expect(await ended).toBe('killed')
})

interface NewsApi {
  events: { type: 'news' }
}
const news: Protocol<NewsApi> = protocol('@test/news')
const reader: HandlerProtocol<NewsApi> = handlerProtocol(news, '@test/reader')

function managerOf(count: number, isAsync: (index: number) => boolean = () => false) {
  const seen = { begun: 0, ended: 0, moved: 0 }
  const readerOf = (version: string) =>
    defineHandler(reader, {
      version,
      init: (index: number) => {
        seen.begun++
        return isAsync(index) ? Promise.resolve(index) : index
      },
      terminate: (_why, index) => {
        seen.ended++
        return isAsync(index) ? Promise.resolve() : undefined
      },
      codeChange: (_old, index) => {
        seen.moved++
        return index as number
      },
    })
  const Reader = readerOf('1.0.0')
  const handlers = Array.from({ length: count }, (_, index) => Reader.as(index).with(index))
  return { News: defineEventManager(news, { handlers }), Newer: readerOf('2.0.0'), seen }
}

test('a manager begins with any number of handlers, moves all to new code, and ends them all', async () => {
  const { node, run } = createWorld()
  const { News, Newer, seen } = managerOf(20_000)
  for (const module of [News, Newer]) node.register(module)
  const pid = await run(startEventManager(node, News))
  await run(sys.suspend(node, pid))
  await run(sys.changeCode(node, pid))
  await run(sys.resume(node, pid))
  await run(stopServer(node, pid))
  expect(seen).toEqual({ begun: 20_000, moved: 20_000, ended: 20_000 })
})

test('a manager waits for those of its handlers that take their time to begin and to end', async () => {
  const { node, run } = createWorld()
  const { News, seen } = managerOf(100, (index) => index % 3 === 0)
  const pid = await run(startEventManager(node, News))
  await run(stopServer(node, pid))
  expect(seen).toEqual({ begun: 100, moved: 0, ended: 100 })
})

interface Data {
  readonly count: number
  readonly left: number
}
const Repeating: Statem<CountApi, number, 'only', Data> = defineStatem(counted, {
  init: (left: number): Begin<'only', Data> => begin('only', { count: 0, left }),
  states: {
    only: {
      enter: ({ count, left }) => (left === 0 ? keepStateAndData() : repeatState({ count: count + 1, left: left - 1 })),
      calls: { count: ({ count }, _, { from }) => keepStateAndData(replyTo(from, count)) },
      casts: { go: ({ count }, left) => repeatState({ count, left }) },
    },
  },
})

test('a machine repeats its state as often as it likes', async () => {
  const { node, run, reports } = createWorld()
  const pid = await run(startStatem(node, Repeating, many))
  expect(await run(call(node, pid, 'count'))).toBe(many)
  cast(node, pid, 'go', many)
  expect(await run(call(node, pid, 'count'))).toBe(2 * many)
  expect(reports.crashes).toEqual([])
})

test('a machine that repeats its state for ever lets the others go on, and can be killed', async () => {
  const { node, run, exited, runtime } = createWorld()
  const Endless: Statem<CountApi, void, 'only', null> = defineStatem(counted, {
    init: (): Begin<'only', null> => begin('only', null),
    states: {
      only: {
        enter: () => {
          runtime.holdThread(holdMs)
          return repeatState(null)
        },
      },
    },
  })
  const endless = await run(startStatem(node, Endless))
  const other = await run(startServer(node, Counted, 0))
  for (let times = 0; times < 5; times++) expect(await run(call(node, other, 'count'))).toBe(0)
  expect(node.isAlive(endless)).toBe(true)
  const ended = exited(endless)
  node.sendExit(endless, 'kill')
  expect(await ended).toBe('killed')
})

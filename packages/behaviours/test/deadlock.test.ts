/**
 * Circles of calls are found and told with their path; what is no circle is not.
 */
import { Request, reply as answerRequest, timedOut, type AgnerError, type Notice, type Process } from '@agner/core'
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  answer,
  call,
  cast,
  defineServer,
  noreply,
  protocol,
  receiveResponse,
  reply,
  sendRequest,
  startServer,
  type CallOptions,
  type DeadlockStep,
  type From,
} from '../src/index.ts'
import { createWorld, failure, type World } from './world.ts'

/** Goes along a list of names: each calls the next one, the last answers. */
interface LinkApi {
  calls: {
    along(names: readonly string[]): string
    keep(): string
    askKeeper(to: string): string
    meanwhile(ms: number): string
    scatter(names: readonly string[]): string
    byRequest(name: string): string
    start(): string
  }
  casts: {
    go(to: string): void
    goOn(to: string): void
    goLater(how: { afterMs: number; to: string }): void
    handOn(afterMs: number): void
  }
}
const link = protocol<LinkApi>('@test/link', { timeoutMs: 1000 })
type State = { readonly options: CallOptions; readonly kept: From<string> | null }

const Link = defineServer(link, {
  init: (options: CallOptions): State => ({ options, kept: null }),
  calls: {
    along: async (state, [next, ...others], { self }) => {
      if (next === undefined) return reply('the end', state)
      return reply(`${next}, ${await call(self, link.at(next), 'along', others, state.options)}`, state)
    },
    keep: (state, _, { from }) => noreply({ ...state, kept: from }),
    askKeeper: async (state, to, { self }) => reply(await call(self, link.at(to), 'keep'), state),
    meanwhile: async (state, ms, { self }) => {
      await self.sleep(ms)
      return reply('slept', state)
    },
    scatter: async (state, names, { self }) => {
      const all = names.map((name) => call(self, link.at(name), 'meanwhile', 10))
      return reply((await Promise.all(all)).join(), state)
    },
    byRequest: async (state, name, { self }) => {
      const response = await receiveResponse(
        self,
        sendRequest(self, link.at(name), 'along', [self.node.processInfo(self.pid)!.name!]),
        { timeoutMs: 500 },
      )
      return reply(response === timedOut ? 'late' : response.type, state)
    },
    start: async (state, _, { self }) => reply(String(await startServer(self, Child).catch(() => 'failed')), state),
  },
  casts: {
    go: async (state, to, { self }) => {
      await call(self, link.at(to), 'along', [], state.options).catch(() => 'failed')
      return noreply(state)
    },
    goOn: (state, to, { self }) => {
      void call(self, link.at(to), 'along', []).catch(() => 'failed')
      return noreply(state)
    },
    goLater: async (state, { afterMs, to }, { self }) => {
      await self.sleep(afterMs)
      await call(self, link.at(to), 'along', []).catch(() => 'failed')
      return noreply(state)
    },
    handOn: (state, afterMs, { self }) => {
      const { kept } = state
      self.spawn(async (other: Process<never>) => {
        await other.sleep(afterMs)
        if (kept !== null) answer(kept, 'by another')
      })
      return noreply({ ...state, kept: null })
    },
  },
})

const child = protocol<{ casts: { hush(): void } }>('@test/child')
/** Calls who starts it, who waits for it. */
const Child = defineServer(child, {
  init: async (_: undefined, { self }): Promise<null> => {
    await call(self, link.at('a'), 'along', [], { timeoutMs: 100 })
    return null
  },
  casts: { hush: (state) => noreply(state) },
})

const names = ['a', 'b', 'c', 'd', 'e'] as const

async function links(options: CallOptions = {}, world = createWorld()): Promise<World> {
  for (const name of names) await world.run(startServer(world.node, Link, options, { name }))
  return world
}

const told = (world: World): Notice[] => world.notices('deadlock')
const path = ({ details }: Notice): string =>
  (details!['circle'] as DeadlockStep[]).map(({ name, call: what }) => `${name ?? '?'}.${what}`).join(' ')
/** The same circle, wherever it was entered. */
const turned = (circle: string): string => {
  const steps = circle.split(' ')
  const first = steps.toSorted()[0]!
  return [...steps.slice(steps.indexOf(first)), ...steps.slice(0, steps.indexOf(first))].join(' ')
}

describe('a circle is told with its path', () => {
  test('of two', async () => {
    const world = await links()
    const asked = failure(call(world.node, link.at('a'), 'along', ['b', 'a'], { timeoutMs: 5000 }))
    await world.runtime.settle()
    expect(told(world)).toHaveLength(1)
    expect(told(world)[0]).toMatchObject({ level: 'warning', source: 'deadlock' })
    expect(path(told(world)[0]!)).toBe('b.along a.along')
    expect(told(world)[0]!.text).toMatch(
      /^Calls wait for each other in a circle: \S+ "b" calls along of \S+ "a", which calls along of \S+ "b"\. They wait/,
    )
    await world.run(asked)
  })

  test('of five', async () => {
    const world = await links()
    const asked = failure(call(world.node, link.at('a'), 'along', ['b', 'c', 'd', 'e', 'a']))
    await world.runtime.settle()
    expect(told(world).map(path).map(turned)).toEqual(['a.along b.along c.along d.along e.along'])
    await world.run(asked)
  })

  test('of a call to oneself through a third', async () => {
    const world = await links()
    const again = failure(call(world.node, link.at('c'), 'along', ['d', 'e', 'c']))
    await world.runtime.settle()
    expect(told(world).map(path).map(turned)).toEqual(['c.along d.along e.along'])
    await world.run(again)
  })

  test('that casts begin: nobody outside of it waits', async () => {
    await eachSeed({}, async (runtime) => {
      const world = await links({}, createWorld({ runtime }))
      cast(world.node, link.at('a'), 'go', 'b')
      cast(world.node, link.at('b'), 'go', 'c')
      cast(world.node, link.at('c'), 'go', 'a')
      await world.runtime.settle()
      expect(told(world).map(path).map(turned)).toEqual(['a.along b.along c.along'])
    })
  })

  test('into which others call', async () => {
    const world = await links()
    cast(world.node, link.at('a'), 'go', 'b')
    cast(world.node, link.at('b'), 'go', 'a')
    for (const name of ['c', 'd', 'e']) cast(world.node, link.at(name), 'go', 'a')
    await world.runtime.settle()
    expect(told(world).map(path).map(turned)).toEqual(['a.along b.along'])
  })

  test('of an async process that took a call and makes one', async () => {
    const world = await links()
    world.node.spawn(
      async (self: Process<unknown>) => {
        const request = await self.receive((message) => message instanceof Request)
        const value = await call(self, link.at('a'), 'along', []).catch(() => 'failed')
        answerRequest(request as Request<unknown, string>, value)
      },
      { name: 'task' },
    )
    cast(world.node, link.at('a'), 'go', 'task')
    await world.runtime.settle()
    expect(told(world).map(path).map(turned)).toEqual(['a.along task.along'])
  })

  test('when what is waited for was asked before by sendRequest', async () => {
    const world = await links()
    expect(await world.run(call(world.node, link.at('a'), 'byRequest', 'b'))).toBe('late')
    expect(told(world).map(path).map(turned)).toEqual(['a.along b.along'])
  })

  test('of a start whose init calls the starter', async () => {
    const world = await links()
    await world.run(call(world.node, link.at('a'), 'start'))
    expect(told(world).map(path)).toEqual(['?.along a.start'])
    expect(told(world)[0]!.text).toContain('(@test/child) calls along of')
  })
})

describe('what is no circle is not told', () => {
  test('chains, and a hub with many in flight', async () => {
    const world = await links()
    expect(await world.run(call(world.node, link.at('a'), 'along', ['b', 'c', 'd', 'e']))).toBe('b, c, d, e, the end')
    const hub = call(world.node, link.at('a'), 'scatter', ['b', 'c', 'd', 'e'])
    for (const name of ['b', 'c', 'd', 'e']) cast(world.node, link.at('a'), 'go', name)
    expect(await world.run(hub)).toBe('slept,slept,slept,slept')
    await world.runtime.settle()
    expect(told(world)).toEqual([])
  })

  test('a circle that would have been, had time not broken it', async () => {
    const world = await links()
    cast(world.node, link.at('b'), 'goLater', { afterMs: 1500, to: 'a' })
    cast(world.node, link.at('a'), 'go', 'b')
    // The call of a is given up after 1,000 ms; then a is busy again, and b calls it.
    await world.runtime.advance(1400)
    cast(world.node, link.at('a'), 'goLater', { afterMs: 300, to: 'c' })
    await world.runtime.advance(5000)
    expect(told(world)).toEqual([])
  })

  test('a caller that does not wait: its handler is over', async () => {
    const world = await links()
    cast(world.node, link.at('a'), 'goOn', 'b')
    cast(world.node, link.at('b'), 'go', 'a')
    await world.runtime.advance(5000)
    expect(told(world)).toEqual([])
  })

  test('who waits for a message while it has asked', async () => {
    const world = await links()
    const pid = world.node.spawn(
      async (self: Process<unknown>) => {
        void call(self, link.at('a'), 'along', ['task']).catch(() => 'failed')
        for (;;) {
          const message = await self.receive()
          if (message instanceof Request) answerRequest(message as Request<unknown, string>, 'free')
        }
      },
      { name: 'task' },
    )
    expect(await world.run(call(world.node, link.at(pid), 'along', []))).toBe('free')
    await world.runtime.settle()
    expect(told(world)).toEqual([])
  })
})

test('a circle that only looks like one, since another process answers, is told and left alone', async () => {
  const world = await links()
  const asked = call(world.node, link.at('a'), 'askKeeper', 'b')
  // b has kept the call of a and handed its answer on; then it calls a, which waits for that answer.
  await world.runtime.settle()
  cast(world.node, link.at('b'), 'handOn', 5)
  cast(world.node, link.at('b'), 'go', 'a')
  expect(await world.run(asked)).toBe('by another')
  expect(told(world).map(path).map(turned)).toEqual(['a.keep b.along'])
  expect(world.reports.crashes).toEqual([])
})

describe('a call that asked to fail', () => {
  test('fails at once with the path, and the others go on', async () => {
    const world = await links({ onDeadlock: 'fail' })
    const before = world.runtime.nowMs()
    const error = await failure(world.run(call(world.node, link.at('a'), 'along', ['b', 'c', 'a'])))
    expect(world.runtime.nowMs() - before).toBeLessThan(100)
    // c was rejected and crashed over it; those before it hear that.
    expect(error.code).toBe('call.exited')
    const cause = world.reports.crashes[0]!.reason as AgnerError
    expect(cause.code).toBe('call.deadlock')
    expect(cause.message).toMatch(
      /"c" calls along of \S+ "a", which calls along of \S+ "b", which calls along of \S+ "c"/,
    )
    expect(told(world)[0]!.text).toContain('fails because of it')
  })

  test('breaks the circle at one place: the other one has its answer', async () => {
    const world = await links({ onDeadlock: 'fail' })
    cast(world.node, link.at('a'), 'go', 'b')
    cast(world.node, link.at('b'), 'go', 'a')
    expect(await world.run(call(world.node, link.at('a'), 'along', ['b']))).toBe('b, the end')
    expect(world.runtime.nowMs()).toBeLessThan(100)
    expect(told(world)).toHaveLength(1)
  })
})

test('two servers that always call each other come to rest: what was refused to break their circle is not handled', async () => {
  const world = createWorld()
  interface DeskApi {
    calls: { ask(): number }
  }
  const [one, two] = [protocol<DeskApi>('@test/one'), protocol<DeskApi>('@test/two')]
  let handled = 0
  const desk = (own: typeof one, other: typeof one, options: CallOptions) =>
    defineServer(own, {
      init: (): null => null,
      calls: {
        ask: async (state, _, { self }) => {
          handled++
          return reply(1 + (await call(self, other, 'ask', undefined, options).catch(() => 0)), state)
        },
      },
    })
  await world.run(startServer(world.node, desk(one, two, {}), undefined, { name: '@test/one' }))
  await world.run(startServer(world.node, desk(two, one, { onDeadlock: 'fail' }), undefined, { name: '@test/two' }))
  expect(await world.run(call(world.node, one, 'ask'))).toBe(2)
  await world.runtime.settle()
  expect(handled).toBe(2)
})

/**
 * Bodies that throw what nobody should, return what is no promise, loop on errors, race their own operations and hold on to foreign ones.
 *
 * Whatever they do is their own affair: it has an exit reason or none, is reported as such, and the others go on.
 */
import type { VirtualRuntime } from '@agner/testing'
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { createNode, timedOut, type AnyPid, type Down, type ExitReason, type Process } from '../src/index.ts'
import { text } from './company.ts'
import { expectNoneUnhandled } from './unhandled.ts'
import { createWorld, type World } from './world.ts'

expectNoneUnhandled()

/** How the process of a body ended, as its monitor heard it; null if it did not. The node must go on as if nothing had been. */
async function fateOf(world: World, body: unknown, send: readonly unknown[] = []): Promise<ExitReason | null> {
  const { node, runtime } = world
  let fate: ExitReason | null = null
  const watcher = node.spawn(async (self: Process<Down>) => {
    const { pid } = self.spawnMonitor(body as never)
    for (const message of send) self.send(pid as AnyPid as never, message as never)
    fate = (await self.receive()).reason
  })
  await runtime.advance(10_000)
  node.sendExit(watcher, 'kill')
  await expectGoesOn(world)
  return fate
}

/** Processes of both kinds are born, talk to each other and end. */
async function expectGoesOn({ node, runtime }: World): Promise<void> {
  const echo = node.spawn({
    init: () => null,
    message: (self: Process<AnyPid>, from: AnyPid) => {
      self.send(from as never, 'answer' as never)
      return null
    },
  })
  const asker = node.spawn(async (self: Process<string>) => {
    self.send(echo, self.pid)
    await self.sleep(1)
    self.exit(await self.receive())
  })
  expect(await runtime.runUntil(node.exited(asker))).toBe('answer')
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const throwing = (): never => {
  throw new Error('from a getter')
}

/** What a body may throw, and what becomes of it as an exit reason. */
const thrown: Record<string, readonly [value: () => unknown, reason: string]> = {
  'an error': [() => new RangeError('boom'), 'error boom'],
  'a string': [() => 'boom', 'boom'],
  undefined: [() => undefined, 'null'],
  null: [() => null, 'null'],
  zero: [() => 0, '0'],
  'a symbol': [() => Symbol('boom'), 'error A value that cannot be sent was thrown: Symbol(boom)'],
  'a function': [() => throwing, 'error A value that cannot be sent was thrown: () => {'],
  'a class instance': [() => new (class Boom {})(), 'error A value that cannot be sent was thrown: [object Object]'],
  'a proxy of an error': [() => new Proxy(new Error('boom'), {}), 'error boom'],
  'a revoked proxy': [revoked, 'error A value that cannot be sent was thrown: a'],
  'an object whose getters throw': [
    () => Object.defineProperty({}, 'x', { get: throwing, enumerable: true }),
    'error A value that cannot be sent was thrown: [object Object]',
  ],
  'an error whose getters throw': [
    () => Object.defineProperty(new Error('boom'), 'message', { get: throwing }),
    'error A value that cannot be sent was thrown: a',
  ],
  'an error that is its own cause': [
    () => {
      const error = new Error('boom')
      error.cause = error
      return error
    },
    'error boom',
  ],
  'an object that no string can be made of': [
    () => ({ toString: throwing, [Symbol.toPrimitive]: throwing }),
    'error A value that cannot be sent was thrown: a',
  ],
  'a promise that is rejected': [
    () => {
      const promise = Promise.reject(new Error('inside'))
      promise.catch(() => {})
      return promise
    },
    'error A value that cannot be sent was thrown: [object Promise]',
  ],
}

describe('a body that throws', () => {
  describe.each(Object.keys(thrown))('%s', (name) => {
    const [make, reason] = thrown[name]!
    const ways: Record<string, unknown> = {
      'at once': async () => {
        throw make()
      },
      'before its first promise': () => {
        throw make()
      },
      'after a while': async (self: Process<never>) => {
        await self.sleep(5)
        throw make()
      },
      'in init': {
        init: () => {
          throw make()
        },
        message: () => null,
      },
      'in a handler': {
        init: () => null,
        message: () => {
          throw make()
        },
      },
      'from a promise of a handler': {
        init: () => null,
        message: async (self: Process<never>) => {
          await self.sleep(5)
          throw make()
        },
      },
    }
    test.each(Object.keys(ways))('%s, ends by it, is reported once, and the others go on', async (way) => {
      const world = createWorld()
      const fate = await fateOf(world, ways[way], ['go'])
      expect(text(fate!).startsWith(reason)).toBe(true)
      expect(world.reports.crashes.map((crash) => crash.reason)).toEqual([fate])
      // All who hear of it share it.
      if (typeof fate === 'object') expect(fate === null || Object.isFrozen(fate)).toBe(true)
    })
  })
})

/** What a function that is no async one may return in place of a promise: as if it had been awaited. */
const returned: Record<string, readonly [value: (runtime: VirtualRuntime) => unknown, fate: string]> = {
  nothing: [() => undefined, 'normal'],
  'a value': [() => 5, 'normal'],
  'an object': [() => ({ then: 'not now' }), 'normal'],
  'a thenable': [(runtime) => ({ then: (done: () => void) => void runtime.setTimer(50, done) }), 'normal'],
  'a thenable that fails': [
    (runtime) => ({
      then: (_: unknown, fail: (error: Error) => void) => void runtime.setTimer(50, () => fail(new Error('late'))),
    }),
    'error late',
  ],
  'a thenable that throws': [() => ({ then: throwing }), 'error from a getter'],
  'a thenable that changes its mind': [
    () => ({
      then: (done: (value: unknown) => void, fail: (error: Error) => void) => {
        done(1)
        fail(new Error('no'))
        throw new Error('no, no')
      },
    }),
    'normal',
  ],
  'an object whose then is a getter that throws': [
    () => Object.defineProperty({}, 'then', { get: throwing }),
    'error from a getter',
  ],
  'a promise with a then of its own that throws': [
    () => Object.assign(Promise.resolve(), { then: throwing }),
    'error from a getter',
  ],
  'a revoked proxy': [revoked, "error Cannot perform '"],
  'a rejected promise': [() => Promise.reject(new Error('boom')), 'error boom'],
  'a promise of a subclass': [() => class extends Promise<unknown> {}.reject(new Error('boom')), 'error boom'],
}

describe('a body that is no async function, and returns', () => {
  test.each(Object.keys(returned))('%s', async (name) => {
    const world = createWorld()
    const [make, fate] = returned[name]!
    expect(text((await fateOf(world, () => make(world.runtime)))!).startsWith(fate)).toBe(true)
    expect(world.reports.crashes.length).toBe(fate === 'normal' ? 0 : 1)
  })

  test('a thenable: it lives until that is settled', async () => {
    const { node, runtime } = createWorld()
    const body = () => ({ then: (done: () => void) => void runtime.setTimer(50, done) })
    const pid = node.spawn(body as never)
    await runtime.advance(49)
    expect(node.isAlive(pid)).toBe(true)
    await runtime.advance(1)
    expect(node.isAlive(pid)).toBe(false)
  })
})

describe('a body that races its own operations', () => {
  test('two receives: the second is refused, the first takes the message, and nothing is left over', async () => {
    const { inProcess } = createWorld()
    await inProcess<string>(async (self) => {
      const first = self.receive()
      await expect(Promise.race([first, self.receive()])).rejects.toMatchObject({ code: 'receive.pending' })
      self.send(self.pid, 'one')
      self.send(self.pid, 'two')
      expect(await first).toBe('one')
      expect(await self.receive()).toBe('two')
      expect(await self.receive({ timeoutMs: 5 })).toBe(timedOut)
    })
  })

  test('a receive against a sleep: the one that lost still waits, and takes what comes', async () => {
    const { inProcess } = createWorld()
    await inProcess<string>(async (self) => {
      const waiting = self.receive()
      expect(await Promise.race([waiting, self.sleep(5)])).toBe(undefined)
      await expect(self.receive()).rejects.toMatchObject({ code: 'receive.pending' })
      self.send(self.pid, 'late')
      expect(await waiting).toBe('late')
      expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
    })
  })

  test('everything at once, by all, allSettled, any and race, whatever the schedule', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      const server = node.spawn({ init: () => null, message: () => null })
      await inProcess<string>(async (self) => {
        self.sendAfter(3, self.pid, 'message')
        const all = () => [
          self.receive({ timeoutMs: 5 }),
          self.sleep(4),
          self.request(server, 1, { timeoutMs: 2 }),
          self.request({ name: 'nobody', node: node.name }, 1),
          self.wait(Promise.reject(new Error('foreign'))),
          self.sleep(-1),
        ]
        await expect(Promise.all(all())).rejects.toThrow()
        await self.sleep(10)
        const settled = await Promise.allSettled(all())
        expect(settled.map(({ status }) => status).join()).toBe(
          'fulfilled,fulfilled,rejected,rejected,rejected,rejected',
        )
        expect(await Promise.any(all())).toBe(undefined)
        await self.sleep(10)
        await expect(Promise.race(all())).rejects.toThrow()
        await self.sleep(10)
      })
    })
  })

  test('killed in the midst of it, it is gone: no branch goes on', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const world = createWorld({ runtime })
      const { node } = world
      const went: string[] = []
      let dead = false
      const say = (what: string) => () => void (dead && went.push(what))
      const pid = node.spawn(async (self: Process<string>) => {
        const branches = [
          () => self.receive(),
          () => self.sleep(5),
          () => self.wait(new Promise((resolve) => runtime.setTimer(7, () => resolve(1)))),
          () => self.request('nobody', 1).catch(() => {}),
        ]
        await Promise.all(
          branches.map(async (branch, n) => {
            for (;;) {
              await branch().then(say(`then ${n}`), say(`catch ${n}`))
              await self.sleep(1)
              say(`loop ${n}`)()
            }
          }),
        )
      })
      await runtime.advance(10)
      const end = node.exited(pid)
      node.sendExit(pid, 'kill')
      node.send(pid, 'too late')
      expect(await runtime.runUntil(end)).toBe('killed')
      dead = true
      await runtime.advance(100)
      expect(went).toEqual([])
      await expectGoesOn(world)
    })
  })
})

describe('a foreign promise', () => {
  const bad: Record<string, () => unknown> = {
    'a thenable that throws': () => ({ then: throwing }),
    'a revoked proxy': revoked,
    'an object whose then is a getter that throws': () => Object.defineProperty({}, 'then', { get: throwing }),
    'one that is rejected': () => Promise.reject(new Error('foreign')),
  }
  test.each(Object.keys(bad))('%s, in wait: rejects there, and nowhere if nobody awaits it', async (name) => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      void self.wait(bad[name]!() as never)
      await expect(self.wait(bad[name]!() as never)).rejects.toThrow()
      await self.sleep(5)
    })
    await expectGoesOn(world)
  })

  test('that settles again and again resumes once', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const restless = {
        then: (done: (value: number) => void, fail: (error: Error) => void) => {
          for (let n = 0; n < 5; n++) done(n)
          fail(new Error('no'))
        },
      }
      expect(await self.wait(restless as PromiseLike<number>)).toBe(0)
      await self.sleep(5)
    })
  })

  test.each(['bare', 'wait'])('awaited %s, that never settles: the process can be killed', async (how) => {
    const world = createWorld()
    const never = new Promise(() => {})
    const pid = world.node.spawn(async (self) => void (await (how === 'bare' ? never : self.wait(never))))
    await world.runtime.settle()
    const end = world.node.exited(pid)
    world.node.sendExit(pid, 'shutdown')
    expect(await world.runtime.runUntil(end)).toBe('shutdown')
    await expectGoesOn(world)
  })

  test.each(['bare', 'wait'])('awaited %s, that rejects after the death, concerns nobody', async (how) => {
    const world = createWorld()
    let reject = (_: Error) => {}
    const late = new Promise<never>((_resolve, rejectIt) => (reject = rejectIt))
    let went = false
    const pid = world.node.spawn(async (self) => {
      await (how === 'bare' ? late : self.wait(late)).catch(() => {})
      went = true
      // A ghost, if any: what it throws is nothing to anybody.
      throw new Error('not again')
    })
    await world.runtime.settle()
    world.node.sendExit(pid, 'kill')
    await world.runtime.settle()
    reject(new Error('late'))
    await world.runtime.advance(100)
    // As the docs say: one awaited bare resumes the dead.
    expect(went).toBe(how === 'bare')
    expect(world.reports.all).toEqual([])
    await expectGoesOn(world)
  })
})

test('a body that blocks the thread for 50 ms: the others go on afterwards, and it is not held against them', async () => {
  const world = createWorld()
  const seen: number[] = []
  world.node.spawn(async (self: Process<never>) => {
    for (let n = 0; n < 5; n++) {
      await self.sleep(10)
      seen.push(world.runtime.nowMs())
    }
  })
  const blocks = world.node.spawn(async () => {
    const untilMs = performance.now() + 50
    while (performance.now() < untilMs);
  })
  expect(await world.exited(blocks)).toBe('normal')
  await world.runtime.advance(50)
  expect(seen).toEqual([10, 20, 30, 40, 50])
  await expectGoesOn(world)
})

test('a node full of them stops, and nothing is left', async () => {
  const world = createWorld()
  const { node, runtime } = world
  for (let n = 0; n < 20; n++) {
    node.spawn(async (self: Process<string>) => {
      for (;;) {
        try {
          await Promise.race([self.receive(), self.sleep(1), new Promise(() => {})])
          throw revoked()
        } catch {
          await self.sleep(1).catch(() => {})
        }
      }
    })
    node.spawn({ init: () => null, message: () => new Promise<null>(() => {}) })
    node.spawn(async () => new Promise(() => {}), { trapExits: true })
  }
  await runtime.advance(10)
  await runtime.runUntil(node.stop({ timeoutMs: 100 }))
  expect([node.processCount(), node.isStopped]).toEqual([0, true])
  expect(() => createNode({ runtime }).spawn(async () => {})).not.toThrow()
})

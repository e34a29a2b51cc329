/**
 * Callback bodies whose handlers do what they should not.
 */
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import type { CallbackBody, Process } from '../src/index.ts'
import { text } from './company.ts'
import { expectNoneUnhandled } from './unhandled.ts'
import { createWorld, type World } from './world.ts'

expectNoneUnhandled()

type Self = Process<string>
type Handler = (self: Self, world: World) => unknown

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const never = (): Promise<null> => new Promise(() => {})

/** A handler, and how its process ends within a second: null if it lives. */
const handlers: Record<string, readonly [Handler, fate: string | null, crashes?: number]> = {
  'returns a rejected promise': [() => Promise.reject(new Error('boom')), 'error boom', 1],
  'returns a promise that never settles': [never, null],
  'returns a promise of itself never settling, in a race': [() => Promise.race([never(), never()]), null],
  'returns a revoked proxy': [revoked, "error Cannot perform '", 1],
  'returns a promise with a then of its own that throws': [
    () =>
      Object.assign(Promise.resolve(), {
        then: () => {
          throw new Error('in then')
        },
      }),
    'error in then',
    1,
  ],
  'returns an error': [() => new Error('a state like others'), null],
  receives: [(self) => self.receive(), 'error A callback process has no receive()', 1],
  'receives, and does not wait for it': [(self) => void self.receive(), null],
  'receives with a guard, and swallows the error': [(self) => self.receive(() => true).catch(() => null), null],
  exits: [(self) => self.exit('enough'), 'enough', 0],
  'exits, and catches what that throws': [
    (self) => {
      try {
        self.exit('enough')
      } catch {
        self.send(self.pid, 'ghost')
        return never()
      }
    },
    'enough',
    0,
  ],
  'exits after an await': [
    async (self) => {
      await self.sleep(5)
      self.exit('enough')
    },
    'enough',
    0,
  ],
  'exits after a bare await, and throws something else': [
    async (self) => {
      await null
      try {
        self.exit('enough')
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- that is what is tried
        throw new Error('something else')
      }
    },
    'enough',
    0,
  ],
  'kills itself, and goes on to the end of its turn': [
    (self) => {
      self.sendExit(self.pid, 'kill')
      self.send(self.pid, 'ghost')
      throw new Error('unheard')
    },
    'killed',
    0,
  ],
  'calls itself': [(self) => self.request(self.pid, 'me'), 'error A process cannot call itself', 1],
  'calls nobody, and does not wait for it': [
    (self) => void self.request({ name: 'nobody', node: self.node.name }, 1),
    null,
  ],
  'waits for what rejects, and does not wait for that': [
    (self) => void self.wait(Promise.reject(new Error('foreign'))),
    null,
  ],
  'sleeps for less than no time': [(self) => void self.sleep(-1), null],
  becomes: [(self) => self.become('m', 'f', null), 'error Nothing is registered as m', 1],
  'asks about itself in the midst of it': [
    (self) => {
      self.isAlive(self.pid)
      self.node.processInfo(self.pid)
      self.demonitor(self.monitor('nobody'), { flush: true })
    },
    null,
  ],
  'throws after it made a promise that rejects': [
    (self) => {
      void self.wait(Promise.reject(new Error('foreign')))
      throw new Error('boom')
    },
    'error boom',
    1,
  ],
}

/** The handler as init, or as the handler of messages. */
function bodyOf(place: string, world: World, seen: string[]): (handler: Handler) => CallbackBody<string, unknown> {
  return (handler) => ({
    init: (self: Self) => (place === 'init' ? handler(self, world) : null),
    message: (self: Self, message: string, state: unknown) => {
      seen.push(message)
      return place === 'message' && message === 'go' ? handler(self, world) : state
    },
  })
}

describe.each(['init', 'message'])('in %s, a handler that', (place) => {
  test.each(Object.keys(handlers))('%s: its own affair, and the others go on', async (name) => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const [handler, fate, crashes = 0] = handlers[name]!
      const world = createWorld({ runtime })
      const { node, reports } = world
      const seen: string[] = []
      const pid = node.spawn<string>(bodyOf(place, world, seen)(handler))
      const other = node.spawn<string>(bodyOf('nowhere', world, [])(handler))
      const end = node.exited(pid)
      let reason: string | null = null
      void end.then((its) => (reason = text(its)))
      node.send(pid, 'go')
      await runtime.advance(1000)
      expect(node.isAlive(pid)).toBe(fate === null)
      expect((reason ?? '').startsWith(fate ?? '')).toBe(true)
      expect(reports.crashes.length).toBe(crashes)
      expect(seen).not.toContain('ghost')
      if (fate === null) {
        node.sendExit(pid, 'kill')
        expect(await runtime.runUntil(end)).toBe('killed')
      }
      expect(node.isAlive(other)).toBe(true)
      node.sendExit(other, 'shutdown')
      await runtime.settle()
      expect(node.processes()).toEqual([])
    })
  })
})

test('a promise of a handler that settles after the death changes nothing', async () => {
  for (const settles of ['resolves', 'rejects']) {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { node, reports } = createWorld({ runtime })
      const handled: string[] = []
      const pid = node.spawn({
        init: () => 'first',
        message: (_self: Self, message: string) => {
          handled.push(message)
          return new Promise<string>((resolve, reject) => {
            runtime.setTimer(50, () => (settles === 'resolves' ? resolve('second') : reject(new Error('late'))))
          })
        },
      })
      for (const message of ['one', 'two']) node.send(pid, message)
      await runtime.advance(10)
      const end = node.exited(pid)
      node.sendExit(pid, 'shutdown')
      expect(await runtime.runUntil(end)).toBe('shutdown')
      await runtime.advance(1000)
      expect([handled, reports.all]).toEqual([['one'], []])
    })
  }
})

test('a handler that answers, dies and answers again: the caller has one outcome', async () => {
  const { inProcess, node } = createWorld()
  await inProcess(async (self) => {
    const never_ = node.spawn({ init: () => null, message: never })
    const dies = node.spawn({
      init: () => null,
      message: (me: Self) => me.exit('in the midst'),
    })
    await expect(self.request(dies, 1)).rejects.toMatchObject({
      code: 'call.exited',
      details: { reason: 'in the midst' },
    })
    await expect(self.request(never_, 1, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'call.timeout' })
  })
})

test('a thousand that crash at once: each is reported, none takes another along', async () => {
  const { node, runtime, reports } = createWorld()
  const body = {
    init: () => 0,
    message: (_self: Process<number>, message: number, state: number) => {
      if (message % 2 === 0) throw new Error(`boom ${message}`)
      return state + 1
    },
  }
  const pids = Array.from({ length: 1000 }, () => node.spawn(body))
  pids.forEach((pid, n) => node.send(pid, n))
  await runtime.settle()
  expect([reports.crashes.length, node.processCount()]).toEqual([500, 500])
  expect(pids.every((pid, n) => node.isAlive(pid) === (n % 2 === 1))).toBe(true)
})

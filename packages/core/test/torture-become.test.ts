/**
 * A process that becomes another function while branches of the old one are under way: none of them goes on.
 */
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { defineModule, reply, type Process, type Request } from '../src/index.ts'
import { expectNoneUnhandled } from './unhandled.ts'
import { createWorld, type World } from './world.ts'

expectNoneUnhandled()

type Self = Process<string>

/** What an old body may have started and not awaited. */
const branches: Record<string, (self: Self, runtime: VirtualRuntime) => Promise<unknown>> = {
  'a receive': (self) => self.receive(),
  'a receive with a timeout': (self) => self.receive({ timeoutMs: 5 }),
  'a selective receive': (self) => self.receive((message) => message === 'wanted', { timeoutMs: 5 }),
  'a sleep': (self) => self.sleep(5),
  'a sleep of no time': (self) => self.sleep(0),
  'a wait for what resolves': (self, runtime) =>
    self.wait(new Promise((resolve) => runtime.setTimer(5, () => resolve(1)))),
  'a wait for what rejects': (self, runtime) =>
    self.wait(new Promise((_, reject) => runtime.setTimer(5, () => reject(new Error('late'))))),
  'a wait for what is there': (self) => self.wait(Promise.resolve(1)),
  'a request that is answered': (self) => self.request('answers', 1),
  'a request that is answered late': (self) => self.request('answers', 5),
  'a request that times out': (self) => self.request('never', 1, { timeoutMs: 5 }),
  'a request whose server dies': (self) => self.request('dies', 1),
  'a request to nobody': (self) => self.request({ name: 'nobody', node: self.node.name }, 1),
}

function stage(runtime: VirtualRuntime, next: (self: Self, argument: string) => Promise<unknown>): World {
  const world = createWorld({ runtime, modules: [defineModule('m', '1', { next })] })
  const server = (handler: (self: Process<Request<number, string>>, request: Request<number, string>) => unknown) => ({
    init: () => null,
    message: async (self: Process<Request<number, string>>, request: Request<number, string>) => {
      await handler(self, request)
      return null
    },
  })
  world.node.spawn(
    server(async (self, request) => {
      await self.sleep(request.payload)
      reply(request, 'answer')
    }),
    { name: 'answers' },
  )
  world.node.spawn(
    server(() => {}),
    { name: 'never' },
  )
  world.node.spawn(
    server(async (self) => {
      await self.sleep(5)
      self.exit('gone')
    }),
    { name: 'dies' },
  )
  return world
}

describe('nothing of the old body goes on, while the new one works:', () => {
  test.each(Object.keys(branches))('%s', async (name) => {
    await eachSeed({ seeds: 40 }, async (runtime) => {
      const said: string[] = []
      const got: string[] = []
      const { node, reports } = stage(runtime, async (self, argument) => {
        // What was over by now was the old body's own affair.
        said.length = 0
        got.push(argument)
        for (;;) {
          got.push(await self.receive())
          await self.sleep(1)
        }
      })
      const pid = node.spawn(async (self: Self) => {
        const say = (what: string) => () => void said.push(what)
        const branch = async () => {
          try {
            await branches[name]!(self, runtime)
            say('went on')()
          } catch {
            say('caught')()
          } finally {
            say('finally')()
          }
        }
        void branch()
        if (!name.includes('receive')) void branches[name]!(self, runtime).then(say('then'), say('catch'))
        if (runtime.seed! % 2 === 0) await self.sleep(0)
        await self.become('m', 'next', 'the argument')
      })
      await runtime.advance(1)
      // A receive that waited may have taken nothing with it.
      for (const message of ['one', 'wanted', 'two']) node.send(pid, message)
      await runtime.advance(10_000)
      expect(said).toEqual([])
      expect(got).toEqual(['the argument', 'one', 'wanted', 'two'])
      expect([node.isAlive(pid), reports.all]).toEqual([true, []])
    })
  })
})

describe('becoming', () => {
  test('the old body, which catches everything and loops, does not hold on', async () => {
    const { node, runtime, reports } = createWorld({
      modules: [defineModule('m', '1', { next: async (self: Self) => self.exit(await self.receive()) })],
    })
    let rounds = 0
    const pid = node.spawn(async (self: Self) => {
      for (;;) {
        try {
          rounds++
          await self.become('m', 'next', null)
        } catch {
          rounds += 1000
        }
      }
    })
    await runtime.advance(10)
    const end = node.exited(pid)
    node.send(pid, 'last')
    expect(await runtime.runUntil(end)).toBe('last')
    expect([rounds, reports.all]).toEqual([1, []])
  })

  test('again before the next turn: the last one counts', async () => {
    const ran: string[] = []
    const next = async (self: Self, argument: string) => {
      ran.push(argument)
      await self.receive()
    }
    const { node, runtime } = createWorld({ modules: [defineModule('m', '1', { next })] })
    const pid = node.spawn(async (self: Self) => {
      void self.become('m', 'next', 'first')
      void self.become('m', 'next', 'second')
    })
    await runtime.settle()
    expect([ran, node.isAlive(pid)]).toEqual([['second'], true])
  })

  test.each(['throws', 'returns', 'exits', 'rejects later'])('the old body then %s', async (how) => {
    const { node, runtime, reports } = createWorld({
      modules: [defineModule('m', '1', { next: async (self: Self) => void (await self.receive()) })],
    })
    const pid = node.spawn(((self: Self) => {
      void self.become('m', 'next', null)
      if (how === 'throws') throw new Error('the old one')
      if (how === 'exits') self.exit('really')
      if (how === 'rejects later')
        return new Promise((_, reject) => runtime.setTimer(5, () => reject(new Error('the old one'))))
      return null
    }) as never)
    const end = node.exited(pid)
    await runtime.advance(100)
    // An exit is the process's, whoever calls it.
    expect(node.isAlive(pid)).toBe(how !== 'exits')
    if (how === 'exits') expect(await runtime.runUntil(end)).toBe('really')
    expect(reports.all).toEqual([])
  })

  test('killed in the same turn, it does not become', async () => {
    const ran: string[] = []
    const { node, runtime } = createWorld({
      modules: [defineModule('m', '1', { next: async () => void ran.push('ran') })],
    })
    const pid = node.spawn(async (self: Self) => {
      void self.become('m', 'next', null)
      self.sendExit(self.pid, 'kill')
    })
    await runtime.advance(100)
    expect([ran, node.isAlive(pid)]).toEqual([[], false])
  })

  test("timers, links, monitors, aliases and the name are the process's, and stay", async () => {
    const got: unknown[] = []
    const next = async (self: Process<unknown>) => {
      for (;;) got.push(await self.receive())
    }
    const { node, runtime } = createWorld({ modules: [defineModule('m', '1', { next })] })
    let alias: unknown
    const pid = node.spawn(
      async (self: Process<unknown>) => {
        self.sendAfter(10, self.pid as never, 'by timer' as never)
        self.startTimer(20, 'started')
        alias = self.alias()
        self.spawnMonitor(async (child) => child.sleep(5))
        self.spawnLink(async (child) => {
          await child.sleep(30)
          child.exit('link')
        })
        await self.become('m', 'next', null)
      },
      { name: 'stays', trapExits: true },
    )
    await runtime.advance(1)
    node.send(alias as never, 'by alias' as never)
    node.send('stays', 'by name')
    await runtime.advance(100)
    expect(node.isAlive(pid)).toBe(true)
    expect(got).toMatchObject([
      'by alias',
      'by name',
      { type: 'down', reason: 'normal' },
      'by timer',
      { type: 'timeout', message: 'started' },
      { type: 'exit', reason: 'link' },
    ])
  })
})

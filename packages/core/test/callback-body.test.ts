import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import type { AnyPid, Down, Exit, Pid, Process } from '../src/index.ts'
import { createWorld } from './world.ts'

describe('callback body', () => {
  test('init makes the first state in a turn of its own, each message the next', async () => {
    const { node, runtime } = createWorld()
    const seen: unknown[] = []
    const pid = node.spawn({
      init: (self: Process<number>) => {
        seen.push(`init of ${String(self.pid)}`)
        return 10
      },
      message: (_self: Process<number>, message: number, state: number) => {
        seen.push([message, state])
        return state + message
      },
    })
    expect(seen).toEqual([])
    node.send(pid, 1)
    node.send(pid, 2)
    await runtime.settle()
    expect(seen).toEqual([`init of ${String(pid)}`, [1, 10], [2, 11]])
  })

  test('a state may be anything, undefined and an error too', async () => {
    const { node, runtime } = createWorld()
    const states: unknown[] = []
    const next = [null, false, new Error('a value like others'), () => {}, undefined]
    const pid = node.spawn({
      init: () => undefined,
      message: (_self: Process<number>, message: number, state: unknown) => {
        states.push(state)
        return next[message]
      },
    })
    for (let n = 0; n < next.length; n++) node.send(pid, n)
    node.send(pid, 0)
    await runtime.settle()
    expect(states).toEqual([undefined, ...next])
  })

  test('what can be awaited is awaited, a promise or not', async () => {
    const { node, runtime, exited } = createWorld()
    /** Begins when it is awaited, as the queries of some libraries do. */
    const query = <T>(run: () => Promise<T>): Promise<T> =>
      ({ then: (...args: Parameters<Promise<T>['then']>) => run().then(...args) }) as Promise<T>
    const seen: unknown[] = []
    const pid = node.spawn<string, number>({
      init: (self) => query(async () => (await self.sleep(5), 1)),
      message: (self, message, state) => {
        seen.push([message, state])
        return query(async () => {
          await self.sleep(5)
          if (message === 'fail') throw new Error('failed')
          return state + 1
        })
      },
    })
    for (const message of ['a', 'b', 'fail']) node.send(pid, message)
    await runtime.advance(7)
    expect(seen).toEqual([['a', 1]])
    expect(await exited(pid)).toMatchObject({ message: 'failed' })
    expect(seen).toEqual([
      ['a', 1],
      ['b', 2],
      ['fail', 3],
    ])
  })

  test('while a promise is pending messages wait in order, and signals act', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const seen: number[] = []
      let running = 0
      const pid = node.spawn({
        init: async (self: Process<number>) => {
          await self.sleep(5)
          return 0
        },
        message: async (self: Process<number>, message: number, state: number) => {
          expect(++running).toBe(1)
          expect(state).toBe(seen.length)
          await self.sleep(message === 20 ? 50 : Math.floor(runtime.random() * 3))
          seen.push(message)
          running--
          return state + 1
        },
      })
      for (let n = 0; n < 20; n++) {
        node.send(pid, n)
        await runtime.advance(Math.floor(runtime.random() * 3))
      }
      await runtime.advance(100)
      expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n))
      const end = node.exited(pid)
      node.send(pid, 20)
      await runtime.settle()
      node.sendExit(pid, 'while busy')
      expect(await runtime.runUntil(end)).toBe('while busy')
      await runtime.advance(100)
      expect(seen).toHaveLength(20)
    })
  })

  test('a handler that waits for ever holds up messages, not exits', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn({ init: () => null, message: () => new Promise<null>(() => {}) })
    const end = node.exited(pid)
    const sender: Pid<number> = pid as unknown as Pid<number>
    for (let n = 0; n < 10; n++) node.send(sender, n)
    await runtime.settle()
    expect(node.processInfo(pid)).toMatchObject({ mailboxLength: 9 })
    node.sendExit(pid, 'shutdown')
    expect(await runtime.runUntil(end)).toBe('shutdown')
  })

  test('DOWNs, exits, aliases, timers and requests come as messages', async () => {
    const { node, runtime } = createWorld()
    const seen: unknown[] = []
    const pid = node.spawn({
      init: (self: Process<string | Down | Exit>) => {
        self.trapExits(true)
        const linked = self.spawnLink(async () => {})
        const { pid: watched, ref } = self.spawnMonitor(async () => {})
        self.send(self.alias(), 'by alias')
        self.sendAfter(0, self.pid, 'by timer')
        return { linked, watched, ref }
      },
      message: (_self, message, state) => {
        seen.push(message)
        return state
      },
    })
    await runtime.advance(1)
    expect(seen).toHaveLength(4)
    expect(seen).toEqual(
      expect.arrayContaining([
        'by alias',
        'by timer',
        expect.objectContaining({ type: 'exit', reason: 'normal' }),
        expect.objectContaining({ type: 'down', reason: 'normal' }),
      ]),
    )
    await expect(runtime.runUntil(node.request(pid, 'anything', { timeoutMs: 10 }))).rejects.toMatchObject({
      code: 'call.timeout',
    })
    expect(seen[4]).toMatchObject({ payload: 'anything', isPending: false })
  })

  test('it has no receive', async () => {
    const { node, runtime } = createWorld()
    let refused: unknown
    const pid = node.spawn({
      init: async (self: Process<string>) => {
        await self.receive().catch((error: unknown) => (refused = error))
      },
      message: () => undefined,
    })
    await runtime.settle()
    expect(refused).toMatchObject({ code: 'receive.in_callback' })
    expect(node.isAlive(pid)).toBe(true)
  })

  describe('nobody else runs its handlers, and they never run inside each other', () => {
    type Poke = (self: Process<string>, ref: ReturnType<Process<string>['makeRef']>) => unknown
    const pokes: Record<string, Poke> = {
      isAlive: (self) => self.isAlive(self.pid),
      'processInfo of the node': (self) => self.node.processInfo(self.pid),
      'demonitor with flush': (self, ref) => self.demonitor(ref, { flush: true }),
      'an exit to itself that does nothing': (self) => self.sendExit(self.pid, 'trapped'),
    }
    test.each(Object.keys(pokes))('%s inside a handler', async (name) => {
      const { node, runtime } = createWorld()
      let depth = 0
      const seen: unknown[] = []
      const pid = node.spawn(
        {
          init: () => 0,
          message: (self: Process<string>, message: string, state: number) => {
            expect(++depth).toBe(1)
            if (typeof message === 'string') pokes[name]!(self, self.monitor('nobody'))
            seen.push([message, state])
            depth--
            return state + 1
          },
        },
        { trapExits: true },
      )
      for (const message of ['a', 'b', 'c']) node.send(pid, message)
      await runtime.settle()
      expect(node.isAlive(pid)).toBe(true)
      expect(seen.slice(0, 3)).toEqual([
        ['a', 0],
        ['b', 1],
        ['c', 2],
      ])
      expect(seen.map((each) => (each as [unknown, number])[1])).toEqual(seen.map((_, index) => index))
    })

    test('somebody asks about it from outside', async () => {
      const { node, runtime } = createWorld()
      const stack: string[] = []
      const seen: string[] = []
      const target = node.spawn({
        init: () => null,
        message: (_self: Process<string>, message: string) => {
          seen.push(stack.length > 0 ? `${message} on the stack of ${stack.join()}` : message)
          return null
        },
      })
      await runtime.settle()
      const asker = node.spawn(async (self) => {
        self.send(target, 'one')
        stack.push('isAlive')
        expect(self.isAlive(target)).toBe(true)
        stack.push('processInfo')
        expect(self.node.processInfo(target)).toMatchObject({ mailboxLength: 1 })
        stack.length = 0
        self.send(target, 'two')
      })
      expect(await runtime.runUntil(node.exited(asker))).toBe('normal')
      await runtime.settle()
      expect(seen).toEqual(['one', 'two'])
    })
  })

  test('what it was doing is in the crash report', async () => {
    const { node, runtime, reports } = createWorld()
    const pid: AnyPid = node.spawn(
      {
        init: () => null,
        message: (_self: Process<string>, message: string) => {
          if (message === 'bad') throw new Error('boom')
          return null
        },
      },
      { name: 'worker' },
    )
    for (const message of ['good', 'bad', 'unseen']) node.send('worker', message)
    await runtime.settle()
    expect(reports.crashes).toEqual([
      expect.objectContaining({ pid, name: 'worker', lastMessage: 'bad', mailboxLength: 1 }),
    ])
  })

  test.each([null, undefined, 5, {}, { init: 5, message: () => {} }, { init: () => {} }])('%j is no body', (body) => {
    const { node } = createWorld()
    expect(() => node.spawn(body as never)).toThrow(expect.objectContaining({ code: 'spawn.bad_body' }))
    expect(node.processCount()).toBe(0)
  })
})

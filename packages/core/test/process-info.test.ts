import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { defineModule, reply, type Process, type Request } from '../src/index.ts'
import { createCluster } from './cluster.ts'
import { createWorld } from './world.ts'

const still = async (self: Process<unknown>): Promise<void> => void (await self.receive(() => false))

describe('process info', () => {
  test('without items says what costs little, with items exactly those', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(still, { name: 'one' })
    await runtime.settle()
    expect(node.processInfo(pid)).toEqual({
      pid,
      name: 'one',
      label: null,
      parent: null,
      groupLeader: null,
      status: 'waiting',
      initialCall: 'still',
      mailboxLength: 0,
      links: [],
      monitors: [],
      monitoredBy: [],
      trapsExits: false,
      priority: 'normal',
      reductions: expect.any(Number),
    })
    expect(node.processInfo(pid, ['name', 'messages'])).toEqual({ name: 'one', messages: [] })
    expect(node.processInfo(pid, [])).toEqual({})
  })

  test('refuses what there is not, and processes of other nodes; of the dead there is nothing', async () => {
    const { a, b } = createCluster()
    const there = b.node.spawn(still)
    const dead = a.node.spawn(async () => {})
    await a.exited(dead)
    const code = (of: string): unknown => expect.objectContaining({ code: of })
    expect(() => a.node.processInfo(dead, ['colour' as 'name'])).toThrow(code('info.bad_item'))
    expect(() => a.node.processInfo(dead, ['toString' as 'name'])).toThrow(code('info.bad_item'))
    expect(() => a.node.processInfo(there)).toThrow(code('info.not_local'))
    expect(() => a.node.processInfo('one' as never)).toThrow(code('pid.bad'))
    expect(a.node.processInfo(dead)).toBeUndefined()
    await a.inProcess(async (self) => {
      expect(() => self.processInfo(there)).toThrow(code('info.not_local'))
      expect([self.processInfo(dead), self.processInfo(dead, ['name'])]).toEqual([undefined, undefined])
    })
  })

  test('is in step with the signals of the asker', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess(async (self) => {
        const pid = self.spawn(still)
        for (let count = 1; count <= 3; count++) {
          self.send(pid, count)
          expect(self.processInfo(pid, ['mailboxLength', 'messages'])).toEqual({
            mailboxLength: count,
            messages: [1, 2, 3].slice(0, count),
          })
        }
        self.link(pid)
        self.monitor(pid)
        expect(self.processInfo(pid)).toMatchObject({ links: [self.pid], monitoredBy: [self.pid] })
        self.unlink(pid)
        expect(self.processInfo(pid)).toMatchObject({ links: [] })
        self.sendExit(pid, 'stop')
        expect(self.processInfo(pid)).toBeUndefined()
      })
    })
  })

  test('messages and dictionary are copies: nobody changes another one’s', async () => {
    const { inProcess } = createWorld()
    await inProcess<string>(async (self) => {
      const got: unknown[] = []
      const pid = self.spawn(async (me: Process<object>) => {
        me.dictionary.put('list', [1])
        me.dictionary.put('socket', new Proxy({}, {}).constructor)
        me.dictionary.put(Symbol.iterator, new WeakMap())
        self.send(me.pid as never, 'x' as never)
        me.send(self.pid, 'ready')
        got.push(await me.receive((message) => typeof message === 'object'), me.dictionary.get('list'))
        me.send(self.pid, 'got')
      })
      await self.receive()
      const info = self.processInfo(pid, ['dictionary', 'messages'])!
      expect(info.messages).toEqual(['x'])
      expect(info.dictionary).toEqual(
        new Map<unknown, unknown>([
          ['list', [1]],
          ['socket', '[a function (Object)]'],
          [Symbol.iterator, '[an instance of WeakMap]'],
        ]),
      )
      ;(info.dictionary.get('list') as number[]).push(2)
      self.send(pid, { n: 1 })
      await self.receive()
      expect(got).toEqual([{ n: 1 }, [1]])
    })
  })

  test('a call that waits is shown with who asks', async () => {
    const { inProcess } = createWorld()
    await inProcess<string>(async (self) => {
      const server = self.spawn(async (me: Process<Request<unknown, string> | 'go'>) => {
        await me.receive((message) => message === 'go')
        reply((await me.receive()) as Request<unknown, string>, 'done')
      })
      const answer = self.request(server, { n: 1 })
      expect(self.processInfo(server, ['messages'])).toEqual({
        messages: [{ type: 'request', from: self.pid, payload: { n: 1 } }],
      })
      self.send(server, 'go')
      expect(await answer).toBe('done')
    })
  })

  test('says what a process does', async () => {
    const { inProcess, node } = createWorld()
    await inProcess(async (self) => {
      expect(self.processInfo(self.pid, ['status'])).toEqual({ status: 'running' })
      const pid = self.spawn(still)
      expect(self.processInfo(pid, ['status'])).toEqual({ status: 'runnable' })
      await self.sleep(1)
      expect(self.processInfo(pid, ['status'])).toEqual({ status: 'waiting' })
      const callbacks = self.spawn({ init: () => null, message: () => null })
      expect(node.processInfo(callbacks, ['status'])).toEqual({ status: 'runnable' })
      await self.sleep(1)
      expect(node.processInfo(callbacks, ['status'])).toEqual({ status: 'waiting' })
    })
  })

  test('knows what it was spawned as, and what it became', async () => {
    const shared = { init: () => null, message: () => null }
    const module = defineModule('@acme/m', '2', {
      first: async (self: Process<string>) => {
        await self.receive()
        await self.become('@acme/m', 'second', null)
      },
      second: still,
      shared,
    })
    const later = defineModule('@acme/m', '3', { ...module.functions })
    const { inProcess, node } = createWorld({ modules: [module, later] })
    await inProcess(async (self) => {
      const call = (pid: typeof self.pid): unknown => self.processInfo(pid, ['initialCall', 'currentFunction'])
      const { pid } = await self.spawnAt(node.name, '@acme/m', 'first', null)
      expect(call(pid)).toEqual({ initialCall: '@acme/m@2:first', currentFunction: '@acme/m@2:first' })
      self.send(pid, 'go' as never)
      await self.sleep(1)
      expect(call(pid)).toEqual({ initialCall: '@acme/m@2:first', currentFunction: '@acme/m@2:second' })
      expect(call(self.spawn(shared))).toMatchObject({ initialCall: '@acme/m@2:shared' })
      expect(call(self.spawn({ ...shared, name: 'a tally' }))).toMatchObject({ initialCall: 'a tally' })
      expect(call(self.spawn({ ...shared }))).toEqual({ initialCall: null, currentFunction: null })
      expect(call(self.spawn(async () => {}))).toEqual({ initialCall: null, currentFunction: null })
      expect(call(self.spawn(async function work() {}))).toMatchObject({ initialCall: 'work' })
    })
  })

  test('a process that is dead asks for nothing', async () => {
    const { node, exited } = createWorld()
    const other = node.spawn(still)
    let seen: unknown = 'not asked'
    const pid = node.spawn(async (self) => {
      try {
        self.exit('done')
      } finally {
        seen = self.processInfo(other)
      }
    })
    await exited(pid)
    expect(seen).toBeUndefined()
  })
})

describe('labels', () => {
  test('any value that can be sent, on both kinds of body; it is a copy', async () => {
    const { node, runtime } = createWorld()
    const label = { room: 'lobby', users: [1] }
    const made = [
      node.spawn(async (self) => {
        self.label(label)
        await self.sleep(1e6)
      }),
      node.spawn({ init: (self) => self.label(label), message: () => undefined }),
    ]
    await runtime.settle()
    label.users.push(2)
    for (const pid of made) {
      const seen = node.processInfo(pid, ['label'])!.label as typeof label
      expect(seen).toEqual({ room: 'lobby', users: [1] })
      seen.users.push(3)
      expect(node.processInfo(pid)).toMatchObject({ label: { users: [1] } })
    }
  })

  test('can be changed and taken away; what cannot be sent is refused', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      self.label('one')
      self.label(2)
      expect(self.processInfo(self.pid)).toMatchObject({ label: 2 })
      expect(() => self.label((() => {}) as never)).toThrow(expect.objectContaining({ code: 'copy.unsendable' }))
      self.label(null)
      expect(self.processInfo(self.pid)).toMatchObject({ label: null })
    })
  })
})

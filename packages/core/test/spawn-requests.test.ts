import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  AgnerError,
  type Down,
  type Exit,
  type ExitReason,
  type Process,
  type SpawnReply,
  type SpawnRequestOptions,
} from '../src/index.ts'
import { createCluster } from './cluster.ts'
import { createWorld } from './world.ts'

type Heard = SpawnReply<string> | Down | Exit | string

const quiet = { timeoutMs: 0 } as const
const still = async (self: Process<string>): Promise<void> => void (await self.receive())

/** All that has come. */
async function all(self: Process<Heard>): Promise<unknown[]> {
  const heard: unknown[] = []
  for (let next = await self.receive(quiet); typeof next !== 'symbol'; next = await self.receive(quiet))
    heard.push(next)
  return heard
}

describe('a spawn request on this node', () => {
  test('gives its ref at once and the pid by message, before what the new process sends', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<Heard>(async (self) => {
        const ref = self.spawnRequest(async (child) => child.send(self.pid, 'hello'))
        const reply = await self.receive()
        expect(reply).toEqual({ type: 'spawnReply', ref, ok: true, pid: expect.anything() })
        expect(await self.receive()).toBe('hello')
      })
    })
  })

  test('links and monitors in the same step: the ref of the request is that of the monitor', async () => {
    const { inProcess } = createWorld()
    await inProcess<Heard | Down<'gone'>>(async (self) => {
      self.trapExits(true)
      const ref = self.spawnRequest(async (child) => child.exit('bye'), { link: true, monitor: { tag: 'gone' } })
      const reply = (await self.receive()) as SpawnReply & { ok: true }
      const from = reply.pid
      expect(await self.receive()).toEqual({ type: 'exit', from, reason: 'bye' })
      expect(await self.receive()).toEqual({ type: 'gone', ref, process: from, reason: 'bye' })
    })
  })

  test.each<[SpawnRequestOptions, unknown[]]>([
    [{ reply: 'yes' }, ['spawnReply', 'down']],
    [{ reply: 'no' }, ['down']],
    [{ reply: 'errorOnly' }, ['down']],
    [{ reply: 'successOnly' }, ['spawnReply', 'down']],
    [{ replyTag: 'born' }, ['born', 'down']],
  ])('%j decides on the answer', async (options, types) => {
    const { inProcess } = createWorld()
    await inProcess<Heard>(async (self) => {
      self.spawnRequest(async () => {}, { ...options, monitor: true })
      await self.sleep(1)
      expect((await all(self)).map((each) => (each as Down).type)).toEqual(types)
    })
  })

  test.each<[object, string]>([
    [{ foo: 1 }, 'spawn.bad_option'],
    [{ link: 'yes' }, 'spawn.bad_option'],
    [{ monitor: 1 }, 'spawn.bad_option'],
    [{ monitor: null }, 'spawn.bad_option'],
    [{ monitor: { tag: 1 } }, 'monitor.bad_option'],
    [{ reply: 'maybe' }, 'spawn.bad_option'],
    [{ replyTag: 7 }, 'spawn.bad_option'],
    [{ toString: 1 }, 'spawn.bad_option'],
    [{ mailboxLimit: Number.NaN }, 'spawn.bad_option'],
    [{ name: 'taken' }, 'name.taken'],
    [{ name: '' }, 'name.bad'],
  ])('%j is refused by message, and nothing is made', async (options, code) => {
    const { inProcess, node } = createWorld()
    node.spawn(still, { name: 'taken' })
    await inProcess<Heard>(async (self) => {
      const before = node.processCount()
      const ref = self.spawnRequest(still, { monitor: true, link: true, ...options } as SpawnRequestOptions)
      const reply = (await self.receive()) as SpawnReply & { ok: false }
      expect(reply).toMatchObject({ type: 'spawnReply', ref, ok: false, error: { code } })
      expect(reply.error).toBeInstanceOf(AgnerError)
      expect(node.processCount()).toBe(before)
      expect(await all(self)).toEqual([])
    })
  })

  test('a refusal is told to those alone who want to hear of errors', async () => {
    const { inProcess } = createWorld()
    await inProcess<Heard>(async (self) => {
      for (const reply of ['no', 'successOnly', 'errorOnly'] as const) {
        self.spawnRequest(still, { reply, foo: 1 } as SpawnRequestOptions)
      }
      expect(await all(self)).toEqual([expect.objectContaining({ ok: false })])
    })
  })

  test('what is no body is refused there and then', async () => {
    const { inProcess } = createWorld()
    await inProcess<Heard>(async (self) => {
      expect(() => self.spawnRequest('x' as never)).toThrow(expect.objectContaining({ code: 'spawn.bad_body' }))
      expect(await all(self)).toEqual([])
    })
  })

  test('a full node is an answer', async () => {
    const { inProcess } = createWorld({ processLimit: 2 })
    await inProcess<Heard>(async (self) => {
      self.spawnRequest(still)
      self.spawnRequest(still)
      expect(await all(self)).toMatchObject([{ ok: true }, { ok: false, error: { code: 'node.too_many_processes' } }])
    })
  })

  test('is answered too soon to be given up', async () => {
    const { inProcess } = createWorld()
    await inProcess<Heard>(async (self) => {
      const ref = self.spawnRequest(still)
      expect(self.abandonSpawn(ref)).toBe(false)
      expect(self.abandonSpawn(self.makeRef())).toBe(false)
      expect(await self.receive()).toMatchObject({ ref, ok: true })
    })
  })

  test('the child of a parent that dies at once dies with it', async () => {
    const { node, exited, runtime } = createWorld()
    let ref: unknown
    const parent = node.spawn(async (self) => {
      ref = self.spawnRequest(still, { link: true, name: 'child' })
      self.exit('bye')
    })
    const reason = new Promise<ExitReason>((resolve) =>
      node.spawn(async (self: Process<Down>) => {
        await self.sleep(0)
        self.monitor('child')
        resolve((await self.receive()).reason)
      }),
    )
    expect(await exited(parent)).toBe('bye')
    expect(await runtime.runUntil(reason)).toBe('noproc')
    expect(ref).toBeDefined()
    expect(node.whereis('child')).toBeUndefined()
  })

  test('answers fit into a mailbox that is full', async () => {
    const { inProcess } = createWorld()
    await inProcess<Heard>(async (self) => {
      const full = self.spawnMonitor(
        async (child: Process<Heard>) => {
          for (let count = 0; count < 5; count++) child.spawnRequest(async () => {})
          child.exit(await all(child).then((heard) => heard.length))
        },
        { mailboxLimit: 2 },
      )
      expect(await self.receive()).toMatchObject({ ref: full.ref, reason: 5 })
    })
  })

  test('a dead process asks for nothing', async () => {
    const { node, exited, runtime } = createWorld()
    const pid = node.spawn(async (self) => {
      try {
        self.exit('done')
      } finally {
        self.spawnRequest(still)
        self.spawnRequestAt(node.name, 'm', 'waits', null)
      }
    })
    expect(await exited(pid)).toBe('done')
    await runtime.settle()
    expect(node.processCount()).toBe(0)
  })
})

describe('link, monitor, tag and alias in one spawn', () => {
  test('spawnMonitor links, too, if it is told to', async () => {
    const { inProcess } = createWorld()
    await inProcess<Heard | Down<'gone'>>(async (self) => {
      self.trapExits(true)
      const { pid, ref } = self.spawnMonitor(async (child) => child.exit('bye'), { link: true, tag: 'gone' })
      expect(await self.receive()).toEqual({ type: 'exit', from: pid, reason: 'bye' })
      expect(await self.receive()).toEqual({ type: 'gone', ref, process: pid, reason: 'bye' })
    })
  })

  test('the alias of the monitor takes an answer, and ends with it', async () => {
    const { inProcess } = createWorld()
    await inProcess<Heard>(async (self) => {
      const { pid, ref } = self.spawnMonitor(
        async (child: Process<never>) => {
          child.send(ref, 'answer')
          child.send(ref, 'once more')
        },
        { alias: 'replyDemonitor' },
      )
      await self.sleep(1)
      expect(await all(self)).toEqual(['answer'])
      expect(self.isAlive(pid)).toBe(false)
    })
  })

  test('a wrong option makes nothing', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Heard>(async (self) => {
      const before = node.processCount()
      expect(() => self.spawnMonitor(still, { tag: 1 as never })).toThrow(
        expect.objectContaining({ code: 'monitor.bad_option' }),
      )
      expect(node.processCount()).toBe(before)
    })
  })

  test('where no monitor can be set any more, nothing is made', async () => {
    const { inProcess, node } = createWorld({ monitorLimit: 1 })
    await inProcess<Heard>(async (self) => {
      self.spawnMonitor(still)
      const before = node.processCount()
      const refusal = expect.objectContaining({ code: 'monitor.too_many' })
      expect(() => self.spawnMonitor(still, { link: true })).toThrow(refusal)
      self.spawnRequest(still, { link: true, monitor: true })
      expect(await all(self)).toMatchObject([{ ok: false, error: { code: 'monitor.too_many' } }])
      expect(node.processCount()).toBe(before)
      expect(self.processInfo(self.pid)).toMatchObject({ links: [] })
    })
  })
})

describe('a spawn request on another node', () => {
  const options = { link: true, monitor: true } as const

  test('answers with a process that is linked and monitored', async () => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const { a, b } = createCluster(runtime)
      await a.inProcess<Heard>(async (self) => {
        self.trapExits(true)
        const ref = self.spawnRequestAt('b@sim', 'm', 'waits', null, options)
        const reply = (await self.receive()) as SpawnReply<string> & { ok: true }
        expect(reply).toMatchObject({ type: 'spawnReply', ref, ok: true })
        expect(b.node.processInfo(reply.pid)).toMatchObject({ parent: self.pid, initialCall: 'm@1:waits' })
        self.send(reply.pid, 'bye')
        const heard = [await self.receive(), await self.receive()]
        expect(heard).toContainEqual({ type: 'exit', from: reply.pid, reason: 'bye' })
        expect(heard).toContainEqual({ type: 'down', ref, process: reply.pid, reason: 'bye' })
      })
    })
  })

  test.each<[string, string, string]>([
    ['b@sim', 'nothing', 'module.unknown'],
    ['nowhere@sim', 'm', 'spawn.no_connection'],
    ['a@sim', 'nothing', 'module.unknown'],
  ])('on %s: a module %s is answered with %s', async (node, module, code) => {
    const { a } = createCluster()
    await a.inProcess<Heard>(async (self) => {
      const ref = self.spawnRequestAt(node, module, 'waits', null, options)
      expect(await self.receive()).toMatchObject({ type: 'spawnReply', ref, ok: false, error: { code } })
    })
  })

  test('a wrong option is an answer and goes nowhere', async () => {
    const { a, network } = createCluster()
    await a.inProcess<Heard>(async (self) => {
      self.spawnRequestAt('b@sim', 'm', 'waits', null, { name: 'x' } as never)
      expect(await self.receive()).toMatchObject({ ok: false, error: { code: 'spawn.bad_option' } })
      expect(network.trace).toEqual([])
      expect(() => self.spawnRequestAt('b@sim', 'm', 'waits', () => {})).toThrow(
        expect.objectContaining({ code: 'copy.unsendable' }),
      )
    })
  })

  test('one that is given up says nothing; its linked child gets abandoned, another lives', async () => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const { a, b } = createCluster(runtime)
      await a.inProcess<Heard>(async (self) => {
        const linked = self.spawnRequestAt('b@sim', 'm', 'waits', null, options)
        const alone = self.spawnRequestAt('b@sim', 'm', 'waits', null, { monitor: true })
        expect([self.abandonSpawn(linked), self.abandonSpawn(alone)]).toEqual([true, true])
        expect(self.abandonSpawn(linked)).toBe(false)
        await self.sleep(100)
        expect(await all(self)).toEqual([])
        const [left, ...more] = b.node.processes()
        expect(more).toEqual([])
        expect(b.node.processInfo(left!)).toMatchObject({ links: [], monitoredBy: [] })
        expect(self.processInfo(self.pid)).toMatchObject({ links: [], monitors: [] })
      })
    })
  })

  test('one that is given up when its answer is here says no', async () => {
    const { a } = createCluster()
    await a.inProcess<Heard>(async (self) => {
      const ref = self.spawnRequestAt('b@sim', 'm', 'waits', null)
      await self.sleep(100)
      expect(self.abandonSpawn(ref)).toBe(false)
      expect(await all(self)).toMatchObject([{ ref, ok: true }])
    })
  })

  test.each<[ExitReason, number]>([
    ['broken', 0],
    ['normal', 1],
  ])('a parent that dies of %s meanwhile: the linked child hears of it', async (reason, left) => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const { a, b, network } = createCluster(runtime)
      const parent = a.node.spawn(async (self) => {
        self.spawnRequestAt('b@sim', 'm', 'waits', null, options)
        self.exit(reason)
      })
      expect(await a.exited(parent)).toBe(reason)
      await b.inProcess((self) => self.sleep(100))
      expect(network.trace.filter((each) => each !== 'a@sim>b@sim demonitor')).toEqual([
        'a@sim>b@sim spawn',
        'b@sim>a@sim spawned',
        'a@sim>b@sim linkExit',
      ])
      expect(b.node.processes()).toHaveLength(left)
      for (const pid of b.node.processes())
        expect(b.node.processInfo(pid)).toMatchObject({ links: [], monitoredBy: [] })
    })
  })

  test('a connection that is lost is the answer, once', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { a, b, network } = createCluster(runtime)
      await a.inProcess<Heard>(async (self) => {
        self.trapExits(true)
        const ref = self.spawnRequestAt('b@sim', 'm', 'waits', null, options)
        await self.sleep(runtime.random() * 4)
        network.cut(a.node, b.node)
        await self.sleep(100)
        const [reply, ...rest] = await all(self)
        expect(reply).toMatchObject({ type: 'spawnReply', ref })
        if ((reply as SpawnReply).ok) expect(rest).toHaveLength(2)
        else expect([(reply as { error: AgnerError }).error.code, ...rest]).toEqual(['spawn.no_connection'])
        for (const each of rest) expect(each).toMatchObject({ reason: 'noconnection' })
      })
      await runtime.settle()
      for (const pid of b.node.processes())
        expect(b.node.processInfo(pid)).toMatchObject({ links: [], monitoredBy: [] })
    })
  })

  test('answers that come twice, or from whom nobody asked, change nothing', async () => {
    const { a, b, network } = createCluster()
    const { name, incarnation } = b.node
    const forged = b.node.spawn(still)
    await a.inProcess<Heard>(async (self) => {
      const port = network.port(a.node)
      const first = self.spawnRequestAt('b@sim', 'm', 'waits', null)
      expect(await self.receive()).toMatchObject({ ref: first, ok: true })
      port.deliver({ name, incarnation }, { op: 'spawned', to: self.pid, id: 1, pid: forged })
      port.deliver({ name, incarnation }, { op: 'spawnFailed', to: self.pid, id: 1, code: 'x', message: 'late' })
      const second = self.spawnRequestAt('c@sim', 'm', 'waits', null, options)
      self.abandonSpawn(second)
      port.deliver({ name, incarnation }, { op: 'spawned', to: self.pid, id: 2, pid: forged })
      await self.sleep(100)
      expect(await all(self)).toEqual([])
      expect(network.trace.filter((each) => each.startsWith('a@sim>'))).toEqual(['a@sim>b@sim spawn'])
      expect(b.node.isAlive(forged)).toBe(true)
    })
  })

  test('what cannot be carried says so', async () => {
    const { a, network } = createCluster()
    await a.inProcess<Heard>(async (self) => {
      const ref = self.spawnRequestAt('b@sim', 'm', 'waits', null)
      const spawn = { op: 'spawn', from: self.pid, node: 'b@sim', id: 1, module: 'm', version: null } as const
      const asked = { ...spawn, name: 'waits', argument: null, link: false, monitor: null }
      network.port(a.node).bounce(asked, { notCarried: new Error('too large') as never })
      const message = expect.stringContaining('too large') as unknown
      expect(await self.receive()).toMatchObject({ ref, ok: false, error: { code: 'spawn.not_carried', message } })
      await self.sleep(100)
      expect(await all(self)).toEqual([])
    })
  })

  test('an alias of the monitor is active once the process is made', async () => {
    const { a, b } = createCluster()
    await a.inProcess<Heard>(async (self) => {
      const ref = self.spawnRequestAt('b@sim', 'm', 'waits', null, { monitor: { alias: 'demonitor' } })
      const reply = (await self.receive()) as SpawnReply<string> & { ok: true }
      b.node.send(ref as never, 'through the alias' as never)
      expect(await self.receive()).toBe('through the alias')
      self.send(reply.pid, 'bye')
      expect(await self.receive()).toMatchObject({ type: 'down', ref })
      b.node.send(ref as never, 'too late' as never)
      await self.sleep(100)
      expect(await all(self)).toEqual([])
    })
  })
})

describe('spawnAt', () => {
  test('takes a tag for its monitor', async () => {
    const { a } = createCluster()
    await a.inProcess<Down<'gone'>>(async (self) => {
      const { pid, ref } = await self.spawnAt('b@sim', 'm', 'fails', null, { monitor: { tag: 'gone' } })
      expect(await self.receive()).toMatchObject({ type: 'gone', ref, process: pid })
    })
  })

  test('from outside any process: here and there', async () => {
    const { runtime, a, b } = createCluster()
    for (const [name, { node }] of Object.entries({ 'a@sim': a, 'b@sim': b })) {
      const pid = await runtime.runUntil(a.node.spawnAt(name, 'm', 'waits', null, { version: '1' }))
      expect(pid.node).toBe(name)
      expect(node.processInfo(pid)).toMatchObject({ initialCall: 'm@1:waits' })
      await expect(runtime.runUntil(a.node.spawnAt(name, 'm', 'nothing', null))).rejects.toMatchObject({
        code: 'module.no_function',
      })
    }
    const refused = runtime.runUntil(a.node.spawnAt('c@sim', 'm', 'waits', null))
    await expect(refused).rejects.toMatchObject({ code: 'spawn.no_connection' })
    await runtime.runUntil(a.node.stop())
    await expect(a.node.spawnAt('a@sim', 'm', 'waits', null)).rejects.toMatchObject({ code: 'node.stopped' })
  })
})

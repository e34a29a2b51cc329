import { createVirtualRuntime, eachSeed, type VirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  createNode,
  defineModule,
  reply,
  timedOut,
  type AgnerError,
  type Alias,
  type AnyPid,
  type Down,
  type Exit,
  type ExitReason,
  type Node,
  type Pid,
  type Process,
  type Request,
} from '../src/index.ts'
import { connect, type MemoryNetwork } from './memory-network.ts'
import { createWorld, type World } from './world.ts'

interface Cluster {
  readonly runtime: VirtualRuntime
  readonly a: World
  readonly b: World
  readonly network: MemoryNetwork
}

const modules = [
  defineModule('m', '1', {
    waits: async (self: Process<string>) => self.exit(await self.receive()),
    fails: () => Promise.reject(new Error('at once')),
    returns: async () => {},
    echo: {
      init: () => null,
      message: (_self: Process<Request<number, number>>, request: Request<number, number>) => (
        reply(request, request.payload),
        null
      ),
    },
  }),
]

function cluster(runtime: VirtualRuntime = createVirtualRuntime()): Cluster {
  const a = createWorld({ name: 'a@sim', runtime, modules })
  const b = createWorld({ name: 'b@sim', runtime, modules })
  return { runtime, a, b, network: connect(runtime, a.node, b.node) }
}

const waiter = async (self: Process<string>): Promise<void> => self.exit(await self.receive())
const seeds = { seeds: 60 }

describe('between two nodes', () => {
  test('messages arrive in order, by pid, name and alias, from processes and from outside', async () => {
    await eachSeed(seeds, async (runtime) => {
      const { a, b } = cluster(runtime)
      const got: unknown[] = []
      let alias: Alias<unknown> | null = null
      const there = b.node.spawn(
        async (self: Process<number | string>) => {
          alias = self.alias() as Alias<unknown>
          for (;;) got.push(await self.receive())
        },
        { name: 'there' },
      )
      await runtime.settle()
      await a.inProcess(async (self) => {
        const ways = [there, { name: 'there', node: 'b@sim' }, alias as unknown as Pid<number>]
        for (let n = 0; n < 20; n++) {
          self.send(ways[Math.floor(runtime.random() * 3)]!, n)
          if (runtime.random() < 0.3) await self.sleep(1)
        }
      })
      a.node.send(there, 'from outside')
      await runtime.advance(100)
      expect(got).toEqual([...Array.from({ length: 20 }, (_, n) => n), 'from outside'])
    })
  })

  test('a message is a copy, made when it was sent', async () => {
    const { a, b, runtime } = cluster()
    const got: unknown[] = []
    const there = b.node.spawn(async (self: Process<number[]>) => void got.push(await self.receive()))
    const message = [1]
    a.node.send(there, message)
    message.push(2)
    await runtime.advance(10)
    expect(got).toEqual([[1]])
    expect(() => a.node.send(there, (() => {}) as never)).toThrow(expect.objectContaining({ code: 'copy.unsendable' }))
  })

  test('links: an exit goes over, messages before it, with the reason', async () => {
    await eachSeed(seeds, async (runtime) => {
      const { a, b } = cluster(runtime)
      await a.inProcess<string | Exit>(async (self) => {
        self.trapExits(true)
        const there = b.node.spawn(async (me: Process<AnyPid>) => {
          const back = (await me.receive()) as Pid<string>
          me.send(back, 'before')
          throw Object.assign(new Error('boom'), { code: 'E' })
        })
        self.link(there)
        self.send(there, self.pid)
        expect(await self.receive()).toBe('before')
        expect(await self.receive()).toEqual({
          type: 'exit',
          from: there,
          reason: expect.objectContaining({ message: 'boom', code: 'E' }) as unknown,
        })
        expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
        self.link(there)
        expect(await self.receive()).toEqual({ type: 'exit', from: there, reason: 'noproc' })
      })
    })
  })

  test('links: the end of this side ends the other', async () => {
    const { a, b, runtime } = cluster()
    const there = b.node.spawn(waiter)
    const end = b.node.exited(there)
    const here = a.node.spawn(async (self) => {
      self.link(there)
      await self.sleep(50)
      self.exit('done here')
    })
    await runtime.advance(10)
    expect(a.node.processInfo(here)!.links).toEqual([there])
    expect(b.node.processInfo(there)!.links).toEqual([here])
    expect(await runtime.runUntil(end)).toBe('done here')
  })

  test('unlink: no exit after it, whatever is on its way; and both sides agree in the end', async () => {
    await eachSeed({ seeds: 150 }, async (runtime) => {
      const { a, b } = cluster(runtime)
      await a.inProcess<Exit>(async (self) => {
        self.trapExits(true)
        const there = b.node.spawn(waiter)
        self.link(there)
        await self.sleep(Math.floor(runtime.random() * 4))
        if (runtime.random() < 0.5) b.node.send(there, 'bye')
        await self.sleep(Math.floor(runtime.random() * 4))
        self.unlink(there)
        const inMailbox = await self.receive({ timeoutMs: 0 })
        if (inMailbox !== timedOut) expect(['bye', 'noproc']).toContain(inMailbox.reason)
        expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
        const other = b.node.spawn(waiter)
        for (let round = 0; round < 5; round++) {
          self.link(other)
          if (runtime.random() < 0.5) await self.sleep(Math.floor(runtime.random() * 3))
          self.unlink(other)
          if (runtime.random() < 0.5) await self.sleep(Math.floor(runtime.random() * 3))
        }
        const linked = runtime.random() < 0.5
        if (linked) self.link(other)
        await self.sleep(50)
        expect(a.node.processInfo(self.pid)!.links).toEqual(linked ? [other] : [])
        expect(b.node.processInfo(other)!.links).toEqual(linked ? [self.pid] : [])
      })
    })
  })

  test('both sides link and unlink as they like: in the end they agree', async () => {
    await eachSeed({ seeds: 150 }, async (runtime) => {
      const { a, b } = cluster(runtime)
      const pids: AnyPid[] = []
      for (const [which, world] of [a, b].entries()) {
        pids.push(
          world.node.spawn(async (self) => {
            await self.sleep(1)
            for (let round = 0; round < 12; round++) {
              if (runtime.random() < 0.5) self.link(pids[1 - which]!)
              else self.unlink(pids[1 - which]!)
              await self.sleep(Math.floor(runtime.random() * 4))
            }
            await self.sleep(1e6)
          }),
        )
      }
      await runtime.advance(500)
      expect(a.node.processInfo(pids[0]!)!.links.length).toBe(b.node.processInfo(pids[1]!)!.links.length)
    })
  })

  test('monitors: by pid and by name, each once; of the dead noproc; none after demonitor', async () => {
    await eachSeed(seeds, async (runtime) => {
      const { a, b, network } = cluster(runtime)
      await a.inProcess<Down>(async (self) => {
        const there = b.node.spawn(waiter, { name: 'there' })
        const address = { name: 'there', node: 'b@sim' }
        const byPid = self.monitor(there)
        const byName = self.monitor(address)
        const lifted = self.monitor(there)
        await self.sleep(Math.floor(runtime.random() * 5))
        expect(self.demonitor(lifted)).toBe(true)
        await self.sleep(10)
        b.node.send(there, 'bye')
        const downs = [await self.receive(), await self.receive()]
        expect(downs).toContainEqual({ type: 'down', ref: byPid, process: there, reason: 'bye' })
        expect(downs).toContainEqual({ type: 'down', ref: byName, process: address, reason: 'bye' })
        for (const target of [there, address]) {
          const ref = self.monitor(target)
          expect(await self.receive()).toEqual({ type: 'down', ref, process: target, reason: 'noproc' })
        }
        expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      })
      expect(await runtime.runUntil(a.node.exited({ name: 'there', node: 'b@sim' }))).toBe('noproc')
      expect(network.refused).toEqual([])
    })
  })

  test('exit/2 goes over, kill as killed, a trapped one with its sender', async () => {
    const { a, b, runtime } = cluster()
    const got: unknown[] = []
    const traps = b.node.spawn(
      async (self: Process<Exit>) => {
        for (;;) got.push(await self.receive())
      },
      { trapExits: true },
    )
    const sender = a.node.spawn(async (self) => self.sendExit(traps, 'asked'))
    await runtime.advance(10)
    expect(got).toEqual([{ type: 'exit', from: sender, reason: 'asked' }])
    const end = b.node.exited(traps)
    a.node.sendExit(traps, 'kill')
    expect(await runtime.runUntil(end)).toBe('killed')
  })

  test('requests: answers, failures, time-outs; a late answer is seen by nobody', async () => {
    await eachSeed(seeds, async (runtime) => {
      const { a, b, network } = cluster(runtime)
      const server = b.node.spawn(
        async (self: Process<Request<number, number>>) => {
          for (;;) {
            const request = await self.receive()
            if (request.payload < 0) throw new Error('negative')
            await self.sleep(request.payload)
            reply(request, request.payload)
            reply(request, -1)
          }
        },
        { name: 'server' },
      )
      await a.inProcess<unknown>(async (self) => {
        const address = { name: 'server', node: 'b@sim' }
        expect(await self.request(server, 5)).toBe(5)
        expect(await self.request(address, 7)).toBe(7)
        await expect(self.request(server, 100, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'call.timeout' })
        expect(await self.request(server, 1, { timeoutMs: 1000 })).toBe(1)
        await expect(self.request(server, -1)).rejects.toMatchObject({
          code: 'call.exited',
          details: { reason: expect.objectContaining({ message: 'negative' }) as unknown },
        })
        await expect(self.request(server, 1)).rejects.toMatchObject({ code: 'call.no_process' })
        await expect(self.request(address, 1)).rejects.toMatchObject({ code: 'call.no_process' })
        await expect(self.request({ name: 'x', node: 'c@sim' }, 1)).rejects.toMatchObject({
          code: 'call.no_connection',
        })
        expect(await self.receive({ timeoutMs: 500 })).toBe(timedOut)
      })
      expect(network.trace.filter((line) => line.endsWith('abandon'))).toHaveLength(1)
    })
  })

  test('a caller that dies gives its request up: the server may answer into the void', async () => {
    const { a, b, runtime, network } = cluster()
    const asked: Request<number, number>[] = []
    const server = b.node.spawn({
      init: () => null,
      message: (_self: Process<Request<number, number>>, request: Request<number, number>) => void asked.push(request),
    })
    const caller = a.node.spawn((self) => self.request(server, 1))
    await runtime.advance(10)
    expect(asked[0]!.isPending).toBe(true)
    a.node.sendExit(caller, 'kill')
    await runtime.advance(10)
    expect(asked[0]!.isPending).toBe(false)
    reply(asked[0]!, 5)
    await runtime.advance(10)
    expect(network.trace).toEqual(['a@sim>b@sim request', 'a@sim>b@sim abandon'])
  })

  test('spawnAt: with link and monitor set before it runs; refusals name what is missing', async () => {
    await eachSeed(seeds, async (runtime) => {
      const { a, b } = cluster(runtime)
      await a.inProcess<Down | Exit>(async (self) => {
        self.trapExits(true)
        const { pid, ref } = await self.spawnAt('b@sim', 'm', 'fails', null, { link: true, monitor: true })
        expect(pid.node).toBe('b@sim')
        const seen = [await self.receive(), await self.receive()]
        expect(seen).toContainEqual({
          type: 'exit',
          from: pid,
          reason: expect.objectContaining({ message: 'at once' }) as unknown,
        })
        expect(seen).toContainEqual({
          type: 'down',
          ref,
          process: pid,
          reason: expect.objectContaining({ message: 'at once' }) as unknown,
        })
        const echo = await self.spawnAt('b@sim', 'm', 'echo', null)
        expect(echo.ref).toBeNull()
        expect(b.node.processInfo(echo.pid)).toMatchObject({ parent: self.pid })
        expect(await self.request(echo.pid, 5)).toBe(5)
        await expect(self.spawnAt('b@sim', 'none', 'x', null)).rejects.toMatchObject({ code: 'module.unknown' })
        await expect(self.spawnAt('b@sim', 'm', 'x', null)).rejects.toMatchObject({ code: 'module.no_function' })
        await expect(self.spawnAt('b@sim', 'm', 'waits', null, { version: '2' })).rejects.toMatchObject({
          code: 'module.unknown',
        })
        await expect(self.spawnAt('c@sim', 'm', 'waits', null)).rejects.toMatchObject({ code: 'spawn.no_connection' })
        expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      })
    })
  })

  test.each<[ExitReason, ExitReason | 'lives']>([
    ['normal', 'lives'],
    [{ shutdown: 'told to' }, { shutdown: 'told to' }],
    ['broken', 'broken'],
  ])('a parent that ends with %j before its linked child is there: the child meets %j', async (reason, outcome) => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { a, b } = cluster(runtime)
      const reasons: ExitReason[] = []
      const child = async (self: Process<never>) => {
        void b.node.exited(self.pid).then((each) => reasons.push(each))
        await self.receive()
      }
      b.node.register(defineModule('child', '1', { child }))
      a.node.spawn(async (self) => {
        void self.spawnAt('b@sim', 'child', 'child', null, { link: true, monitor: true })
        self.exit(reason)
      })
      await runtime.advance(20)
      expect(reasons).toEqual(outcome === 'lives' ? [] : [outcome])
      for (const pid of b.node.processes())
        expect(b.node.processInfo(pid)).toMatchObject({
          links: [],
          monitoredBy: [expect.objectContaining({ node: 'b@sim' })],
        })
    })
  })
})

describe('a lost connection', () => {
  test('every link, monitor, request and spawn over it fails with noconnection, once, on both sides; nothing else does', async () => {
    await eachSeed(seeds, async (runtime) => {
      const { a, b, network } = cluster(runtime)
      const there = b.node.spawn(
        async (self: Process<Exit>) => {
          for (;;) seenThere.push(await self.receive())
        },
        { trapExits: true },
      )
      const seenThere: Exit[] = []
      const local = a.node.spawn(async (self) => self.sleep(1e6))
      await a.inProcess<Down | Exit>(async (self) => {
        self.trapExits(true)
        self.link(there)
        self.link(local)
        const refs = [self.monitor(there), self.monitor(there), self.monitor({ name: 'nobody yet', node: 'b@sim' })]
        self.monitor(local)
        const down = await self.receive((message) => message.type === 'down')
        expect(down).toMatchObject({ ref: refs[2], reason: 'noproc' })
        const asked = self
          .request(there, 1, { timeoutMs: Infinity })
          .catch((error: unknown) => (error as AgnerError).code)
        await self.sleep(10)
        const spawning = self
          .spawnAt('b@sim', 'm', 'waits', null, { link: true, monitor: true })
          .catch((error: unknown) => (error as AgnerError).code)
        network.cut(a.node, b.node)
        expect(await asked).toBe('call.no_connection')
        expect(await spawning).toBe('spawn.no_connection')
        const seen = [await self.receive(), await self.receive(), await self.receive()]
        expect(seen).toContainEqual({ type: 'exit', from: there, reason: 'noconnection' })
        for (const ref of refs.slice(0, 2))
          expect(seen).toContainEqual({ type: 'down', ref, process: there, reason: 'noconnection' })
        expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
        expect(self.isAlive(local)).toBe(true)
        network.heal(a.node, b.node)
        const before = network.trace.length
        expect(seenThere).toEqual([expect.anything(), { type: 'exit', from: self.pid, reason: 'noconnection' }])
        const again = self.monitor(there)
        await self.sleep(10)
        b.node.sendExit(there, 'kill')
        expect(await self.receive()).toEqual({ type: 'down', ref: again, process: there, reason: 'killed' })
        expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
        // What was lost is forgotten on the other side too: the one DOWN of a monitor of the new connection goes over.
        expect(network.trace.slice(before).filter((line) => line === 'b@sim>a@sim down')).toHaveLength(1)
      })
      expect(network.refused).toEqual([])
    })
  })

  test('nothing is seen twice, nor late, however often it is lost and found', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { a, b, network } = cluster(runtime)
      const pool = Array.from({ length: 4 }, () => b.node.spawn(async (self: Process<number>) => self.sleep(1e6)))
      const problems: string[] = []
      const watcher = a.node.spawn(async (self: Process<Down>) => {
        const open = new Map<unknown, AnyPid>()
        for (let round = 0; round < 40; round++) {
          const target = pool[Math.floor(runtime.random() * pool.length)]!
          if (runtime.random() < 0.6) open.set(self.monitor(target), target)
          else {
            const [ref] = [...open.keys()]
            if (ref !== undefined) {
              open.delete(ref)
              self.demonitor(ref as never, { flush: true })
            }
          }
          const message = await self.receive({ timeoutMs: Math.floor(runtime.random() * 4) })
          if (message !== timedOut) {
            if (open.get(message.ref) !== message.process)
              problems.push(`DOWN of a ref that is not open: ${String(message.ref)}`)
            open.delete(message.ref)
          }
        }
        // Everything that is still open must fire once the targets are gone.
        for (const pid of pool) self.sendExit(pid, 'kill')
        for (
          let message = await self.receive({ timeoutMs: 200 });
          message !== timedOut;
          message = await self.receive({ timeoutMs: 200 })
        ) {
          if (!open.delete(message.ref)) problems.push('one too many')
        }
        if (open.size > 0) problems.push(`${open.size} never fired`)
      })
      const end = a.node.exited(watcher)
      for (let step = 0; step < 30; step++) {
        await runtime.advance(1 + Math.floor(runtime.random() * 3))
        if (step % 10 === 9) network.cut(a.node, b.node)
        if (step % 10 === 9) network.heal(a.node, b.node)
      }
      expect(await runtime.runUntil(end)).toBe('normal')
      expect(problems).toEqual([])
      expect(network.refused).toEqual([])
    })
  })

  test('a request that is being answered when the line is cut fails, and its answer later is nothing', async () => {
    const { a, b, runtime, network } = cluster()
    const asked: Request<number, number>[] = []
    const server = b.node.spawn({
      init: () => null,
      message: (_self: Process<Request<number, number>>, request: Request<number, number>) => void asked.push(request),
    })
    const call = a.node
      .request(server, 1, { timeoutMs: Infinity })
      .catch((error: unknown) => (error as AgnerError).code)
    await runtime.advance(10)
    network.cut(a.node, b.node)
    expect(await runtime.runUntil(call)).toBe('call.no_connection')
    network.heal(a.node, b.node)
    expect(asked[0]!.isPending).toBe(false)
    reply(asked[0]!, 5)
    await runtime.advance(10)
    expect(network.trace).toEqual(['a@sim>b@sim request'])
  })

  test('a node that stops is lost to the others', async () => {
    const { a, b, runtime } = cluster()
    const there = b.node.spawn(waiter)
    const end = a.node.exited(there)
    await runtime.advance(10)
    await runtime.runUntil(b.node.stop())
    expect(await runtime.runUntil(end)).toBe('shutdown')
  })

  test('the dead are forgotten: a peer of long standing holds no process that is gone', async () => {
    const { a, b, runtime } = cluster()
    const there = b.node.spawn(async (self) => self.sleep(1e9))
    const gone: WeakRef<object>[] = []
    for (let n = 0; n < 50; n++) {
      const pid = a.node.spawn(async (self) => {
        self.link(there)
        self.monitor(there)
        self.unlink(there)
        await self.sleep(1)
      })
      gone.push(new WeakRef(pid.process!))
      await runtime.advance(20)
    }
    const { setFlagsFromString } = await import('node:v8')
    const { runInNewContext } = await import('node:vm')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    expect(gone.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(5)
    expect(b.node.processInfo(there)).toMatchObject({ links: [], monitoredBy: [] })
  })
})

describe('what a peer may not do', () => {
  /** A stranger that speaks as a peer named evil@sim. */
  function attacked(): Cluster & { readonly peer: { name: string; incarnation: number }; readonly evil: Node } {
    const made = cluster()
    const evil = createNode({ name: 'evil@sim', runtime: made.runtime })
    return { ...made, evil, peer: { name: evil.name, incarnation: evil.incarnation } }
  }

  test('speak for a process of another node, or of another life of its own', async () => {
    const { a, b, runtime, network, peer } = attacked()
    const got: unknown[] = []
    const victim = a.node.spawn(async (self: Process<string | Exit>) => {
      for (;;) got.push(await self.receive())
    })
    const friend = b.node.spawn(async (self) => self.sleep(1e6))
    const earlier = createNode({ name: 'evil@sim', runtime }).spawn(async (self) => self.sleep(1e6))
    await runtime.settle()
    const port = network.port(a.node)
    const ref = earlier.node === 'evil@sim' ? a.node.makeRef() : a.node.makeRef()
    for (const from of [friend, earlier, victim]) {
      const forged = [
        { op: 'send', from, to: victim, message: 'forged' },
        { op: 'exit', from, to: victim, reason: 'kill' },
        { op: 'link', from, to: victim },
        { op: 'unlink', from, to: victim, id: 1 },
        { op: 'unlinkAck', from, to: victim, id: 1 },
        { op: 'linkExit', from, to: victim, reason: 'kill' },
        { op: 'monitor', from, to: victim, ref },
        { op: 'demonitor', from, to: victim, ref },
        { op: 'down', from, to: victim, ref, reason: 'x' },
        { op: 'request', from, to: victim, id: 1, payload: 1 },
        { op: 'abandon', from, to: victim, id: 1 },
        {
          op: 'spawn',
          from,
          node: 'a@sim',
          id: 1,
          module: 'm',
          version: null,
          name: 'waits',
          argument: null,
          link: false,
          monitor: null,
        },
      ] as const
      for (const signal of forged) expect(port.deliver(peer, signal)).toBe(false)
    }
    expect(port.deliver(peer, { op: 'down', from: { name: 'n', node: 'b@sim' }, to: victim, ref, reason: 'x' })).toBe(
      false,
    )
    expect(port.deliver(peer, { op: 'spawned', to: victim, id: 1, pid: friend })).toBe(false)
    await runtime.advance(10)
    expect(got).toEqual([])
    expect([a.node.isAlive(victim), a.node.processCount()]).toEqual([true, 1])
    expect(a.node.processInfo(victim)).toMatchObject({ links: [], monitoredBy: [] })
  })

  test('set a monitor under a ref that is not its own', async () => {
    const { a, runtime, network, peer, evil } = attacked()
    const victim = a.node.spawn(async (self) => self.sleep(1e6))
    const from = evil.spawn(async (self) => self.sleep(1e6))
    expect(network.port(a.node).deliver(peer, { op: 'monitor', from, to: victim, ref: a.node.makeRef() })).toBe(false)
    const spawn = {
      op: 'spawn',
      from,
      node: 'a@sim',
      id: 1,
      module: 'm',
      version: null,
      name: 'waits',
      argument: null,
      link: false,
    } as const
    expect(network.port(a.node).deliver(peer, { ...spawn, monitor: a.node.makeRef() })).toBe(false)
    expect(network.port(a.node).deliver(peer, { ...spawn, monitor: evil.makeRef() })).toBe(true)
    await runtime.settle()
    expect(a.node.processInfo(victim)!.monitoredBy).toEqual([])
    expect(a.node.processCount()).toBe(2)
  })

  test("end a monitor, a request or a spawn that is another peer's", async () => {
    const { a, b, runtime, network, peer, evil } = attacked()
    const from = evil.spawn(async (self) => self.sleep(1e6))
    const there = b.node.spawn(async (self: Process<Request<number, number>>) => {
      const request = await self.receive()
      await self.sleep(50)
      reply(request, 5)
      await self.sleep(50)
    })
    await a.inProcess<Down>(async (self) => {
      const ref = self.monitor(there)
      const asked = self.request(there, 1)
      const spawning = self.spawnAt('b@sim', 'm', 'waits', null)
      await Promise.resolve()
      const port = network.port(a.node)
      port.deliver(peer, { op: 'down', from, to: self.pid, ref, reason: 'forged' })
      for (let id = 0; id < 10; id++) {
        port.deliver(peer, { op: 'reply', to: self.pid, id, payload: 'forged' })
        port.deliver(peer, { op: 'requestFailed', to: self.pid, id, reason: 'forged' })
        port.deliver(peer, { op: 'spawned', to: self.pid, id, pid: from })
        port.deliver(peer, { op: 'spawnFailed', to: self.pid, id, code: 'forged', message: 'forged' })
        port.deliver(peer, { op: 'unlinkAck', from, to: self.pid, id })
        port.deliver(peer, { op: 'linkExit', from, to: self.pid, reason: 'forged' })
        port.deliver(peer, { op: 'abandon', from, to: self.pid, id })
      }
      expect((await spawning).pid.node).toBe('b@sim')
      expect(await asked).toBe(5)
      expect(await self.receive()).toEqual({ type: 'down', ref, process: there, reason: 'normal' })
    })
    await runtime.settle()
  })

  test("reach processes, names or aliases that are not this node's, through it", async () => {
    const { a, b, runtime, network, peer, evil } = attacked()
    const from = evil.spawn(async (self) => self.sleep(1e6))
    const got: unknown[] = []
    let alias: Alias<string> | null = null
    const there = b.node.spawn(
      async (self: Process<string | Exit>) => {
        alias = self.alias()
        for (;;) got.push(await self.receive())
      },
      { trapExits: true, name: 'there' },
    )
    await runtime.settle()
    const port = network.port(a.node)
    for (const to of [there, alias!, { name: 'there', node: 'b@sim' }])
      port.deliver(peer, { op: 'send', from, to, message: 'through' })
    port.deliver(peer, { op: 'exit', from, to: there, reason: 'kill' })
    port.deliver(peer, { op: 'linkExit', from, to: there, reason: 'x' })
    await runtime.advance(10)
    expect(got).toEqual([])
    expect(b.node.isAlive(there)).toBe(true)
  })

  test('spawn what was not registered', async () => {
    const { a, runtime, network, peer, evil } = attacked()
    const from = evil.spawn(async (self) => self.sleep(1e6))
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      for (const module of ['m', '__proto__', 'constructor']) {
        network.port(a.node).deliver(peer, {
          op: 'spawn',
          from,
          node: 'a@sim',
          id: 1,
          module,
          version: null,
          name,
          argument: null,
          link: true,
          monitor: null,
        })
      }
    }
    await runtime.settle()
    expect(a.node.processCount()).toBe(0)
  })
})

describe('a signal that could not be carried', () => {
  test.each(['noproc', 'noconnection'] as const)('fails as its kind does, with %s', async (reason) => {
    const runtime = createVirtualRuntime()
    const a = createWorld({ name: 'a@sim', runtime })
    const stray = createNode({ name: 'b@sim', runtime }).spawn(async (self) => self.sleep(1e6))
    const { attachRouter } = await import('../src/kernel.ts')
    const port = attachRouter(a.node, {
      route: (_node, signal) => runtime.macrotask(() => port.bounce(signal, reason)),
    })
    await a.inProcess<Down | Exit>(async (self) => {
      self.trapExits(true)
      self.send(stray as never, 'x' as never)
      self.sendExit(stray, 'x')
      self.link(stray)
      expect(await self.receive()).toEqual({ type: 'exit', from: stray, reason })
      const ref = self.monitor(stray)
      expect(await self.receive()).toEqual({ type: 'down', ref, process: stray, reason })
      await expect(self.request(stray, 1)).rejects.toMatchObject({
        code: reason === 'noproc' ? 'call.no_process' : 'call.no_connection',
      })
      await expect(self.spawnAt('b@sim', 'm', 'f', null)).rejects.toMatchObject({ code: 'spawn.no_connection' })
      self.link(stray)
      self.unlink(stray)
      self.demonitor(self.monitor(stray))
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      expect(a.node.processInfo(self.pid)).toMatchObject({ links: [], monitors: [] })
    })
    expect(() => attachRouter(a.node, { route: () => {} })).toThrow(
      expect.objectContaining({ code: 'node.router_attached' }),
    )
  })

  test('pids of an earlier life of a node are dead, not lost', async () => {
    const { a, runtime } = cluster()
    const earlier = createNode({ name: 'b@sim', runtime }).spawn(async (self) => self.sleep(1e6))
    await a.inProcess<Down>(async (self) => {
      const ref = self.monitor(earlier)
      expect(await self.receive()).toEqual({ type: 'down', ref, process: earlier, reason: 'noproc' })
      await expect(self.request(earlier, 1)).rejects.toMatchObject({ code: 'call.no_process' })
    })
  })
})

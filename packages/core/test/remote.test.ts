import { createVirtualRuntime, eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  createNode,
  defineModule,
  reply,
  timedOut,
  type Alias,
  type AnyPid,
  type Down,
  type Exit,
  type ExitReason,
  type Pid,
  type Process,
  type Request,
} from '../src/index.ts'
import { attachRouter } from '../src/kernel.ts'
import { createCluster, waiter } from './cluster.ts'
import { createWorld } from './world.ts'

describe('between two nodes', () => {
  test('messages arrive in order, by pid, name and alias, from processes and from outside', async () => {
    await eachSeed({ seeds: 60 }, async (runtime) => {
      const { a, b } = createCluster(runtime)
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
    const { a, b, runtime } = createCluster()
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
    await eachSeed({ seeds: 60 }, async (runtime) => {
      const { a, b } = createCluster(runtime)
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
    const { a, b, runtime } = createCluster()
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
      const { a, b } = createCluster(runtime)
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
      const { a, b } = createCluster(runtime)
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
    await eachSeed({ seeds: 60 }, async (runtime) => {
      const { a, b, network } = createCluster(runtime)
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
    const { a, b, runtime } = createCluster()
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

  test('exit/2 to code outside any process ends nothing', async () => {
    const { a, b, runtime, network } = createCluster()
    const server = b.node.spawn({
      init: () => null,
      message: (self: Process<Request<null, string>>, request: Request<null, string>) => {
        self.sendExit(request.from, 'kill')
        reply(request, 'answered all the same')
        return null
      },
    })
    for (let round = 0; round < 2; round++)
      expect(await runtime.runUntil(a.node.request(server, null))).toBe('answered all the same')
    expect(network.trace).toContain('b@sim>a@sim exit')
    const end = a.node.exited(server)
    await runtime.advance(10)
    b.node.sendExit(server, 'kill')
    expect(await runtime.runUntil(end)).toBe('killed')
  })

  test('requests: answers, failures, time-outs; a late answer is seen by nobody', async () => {
    await eachSeed({ seeds: 60 }, async (runtime) => {
      const { a, b, network } = createCluster(runtime)
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
    const { a, b, runtime, network } = createCluster()
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
    await eachSeed({ seeds: 60 }, async (runtime) => {
      const { a, b } = createCluster(runtime)
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
      const { a, b } = createCluster(runtime)
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

describe('a signal that could not be carried', () => {
  test.each(['noproc', 'noconnection'] as const)('fails as its kind does, with %s', async (reason) => {
    const runtime = createVirtualRuntime()
    const a = createWorld({ name: 'a@sim', runtime })
    const stray = createNode({ name: 'b@sim', runtime }).spawn(async (self) => self.sleep(1e6))
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
    const { a, runtime } = createCluster()
    const earlier = createNode({ name: 'b@sim', runtime }).spawn(async (self) => self.sleep(1e6))
    await a.inProcess<Down>(async (self) => {
      const ref = self.monitor(earlier)
      expect(await self.receive()).toEqual({ type: 'down', ref, process: earlier, reason: 'noproc' })
      await expect(self.request(earlier, 1)).rejects.toMatchObject({ code: 'call.no_process' })
    })
  })
})

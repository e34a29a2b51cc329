import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  reply,
  timedOut,
  type AgnerError,
  type AnyPid,
  type Down,
  type Exit,
  type Process,
  type Request,
} from '../src/index.ts'
import { createCluster, waiter } from './cluster.ts'

describe('a lost connection', () => {
  test('every link, monitor, request and spawn over it fails with noconnection, once, on both sides; nothing else does', async () => {
    await eachSeed({ seeds: 60 }, async (runtime) => {
      const { a, b, network } = createCluster(runtime)
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
      const { a, b, network } = createCluster(runtime)
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
    const { a, b, runtime, network } = createCluster()
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
    const { a, b, runtime } = createCluster()
    const there = b.node.spawn(waiter)
    const end = a.node.exited(there)
    await runtime.advance(10)
    await runtime.runUntil(b.node.stop())
    expect(await runtime.runUntil(end)).toBe('shutdown')
  })

  test('the dead are forgotten: a peer of long standing holds no process that is gone', async () => {
    const { a, b, runtime } = createCluster()
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

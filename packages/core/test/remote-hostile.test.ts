import { describe, expect, test } from 'vitest'
import {
  createNode,
  reply,
  type Alias,
  type Down,
  type Exit,
  type Node,
  type Process,
  type Request,
} from '../src/index.ts'
import { createCluster, type Cluster } from './cluster.ts'

describe('what a peer may not do', () => {
  /** A stranger that speaks as a peer named evil@sim. */
  function attacked(): Cluster & { readonly peer: { name: string; incarnation: number }; readonly evil: Node } {
    const made = createCluster()
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

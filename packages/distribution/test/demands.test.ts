/**
 * What a peer may have open on a node is bounded; one more is refused, and costs nobody anything.
 */
import {
  createNode,
  defineModule,
  reply,
  timedOut,
  type Down,
  type Exit,
  type Pid,
  type Process,
  type Request,
} from '@agner/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startDistribution, type Distribution } from '../src/index.ts'
import { cookie, createCluster, type Cluster, type Member } from './cluster.ts'

const idle = async (self: Process<unknown>) => void (await self.receive())
const idler = defineModule('@acme/idler', '1', { run: idle })
const tooMany = { notCarried: expect.objectContaining({ code: 'peer.too_many' }) }

describe('a peer at its limit of 3', () => {
  let cluster: Cluster
  let a: Member
  let there: ReturnType<typeof createNode>
  let distribution: Distribution

  beforeEach(async () => {
    cluster = createCluster()
    a = await cluster.start('a@h')
    there = createNode({ name: 'b@h', runtime: cluster.runtime, peerLimit: 3, modules: [idler], report: () => {} })
    distribution = await cluster.runtime.runUntil(startDistribution(there, { cookie, network: cluster.network }))
    await cluster.runtime.runUntil(a.distribution.connect('b@h'))
  })

  afterEach(async () => {
    await cluster.stop()
    await cluster.runtime.runUntil(distribution.stop())
    await cluster.runtime.runUntil(there.stop())
  })

  it('has three monitors; one that ends makes room, and so does a demonitor', async () => {
    const target = there.spawn(idle)
    await cluster.inProcess<Down>(a, async (self) => {
      const refs = [1, 2, 3].map(() => self.monitor(target))
      const late = self.monitor(target)
      expect(await self.receive()).toEqual({ type: 'down', ref: late, process: target, reason: tooMany })
      self.demonitor(refs[0]!)
      const again = self.monitor(target)
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      expect(there.processInfo(target)?.monitoredBy).toHaveLength(3)
      self.sendExit(target, 'enough')
      const downs = [await self.receive(), await self.receive(), await self.receive()]
      expect(new Set(downs.map(({ ref }) => ref))).toEqual(new Set([refs[1], refs[2], again]))
      self.monitor(target)
      expect(await self.receive()).toMatchObject({ reason: 'noproc' })
    })
    expect(there.counters().refusedPeerDemands).toBe(1)
  })

  it('has three links', async () => {
    const targets = [1, 2, 3, 4].map(() => there.spawn(idle))
    await cluster.inProcess<Exit>(a, async (self) => {
      self.trapExits(true)
      for (const target of targets) self.link(target)
      expect(await self.receive()).toEqual({ type: 'exit', from: targets[3], reason: tooMany })
      self.unlink(targets[0]!)
      await self.sleep(10)
      self.link(targets[3]!)
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      expect(targets.map((target) => there.processInfo(target)?.links.length)).toEqual([0, 1, 1, 1])
      // Who is not linked lives on.
      expect(there.isAlive(targets[0]!)).toBe(true)
      for (const target of targets) self.sendExit(target, 'kill')
    })
  })

  it('has three requests that wait; the server never sees one more', async () => {
    const seen: Request<number, number>[] = []
    const server = there.spawn<Request<number, number>>(async (self) => {
      for (;;) seen.push(await self.receive())
    }) as Pid<Request<number, number>>
    await cluster.inProcess<never>(a, async (self) => {
      const asked = [1, 2, 3].map((n) => self.request(server, n))
      await expect(self.request(server, 4)).rejects.toMatchObject({ code: 'peer.too_many', details: { limit: 3 } })
      reply(seen[0]!, 7)
      expect(await asked[0]).toBe(7)
      const again = self.request(server, 5)
      await self.sleep(10)
      for (const request of seen.slice(1)) reply(request, request.payload)
      expect(await self.wait(Promise.all([...asked.slice(1), again]))).toEqual([2, 3, 5])
    })
    expect(seen.map(({ payload }) => payload)).toEqual([1, 2, 3, 5])
  })

  it('has three processes, over however many connections; monitors and links of spawns count', async () => {
    await cluster.inProcess<Down>(a, async (self) => {
      const spawn = (options: { readonly monitor?: boolean } = {}) =>
        self.spawnAt('b@h', '@acme/idler', 'run', null, options)
      const first = (await spawn()).pid
      await spawn()
      await spawn()
      await expect(spawn()).rejects.toMatchObject({ code: 'peer.too_many' })
      a.distribution.disconnect('b@h')
      await self.sleep(10)
      await expect(spawn()).rejects.toMatchObject({ code: 'peer.too_many' })
      self.sendExit(first, 'kill')
      await self.sleep(10)
      const target = there.spawn(idle)
      for (let i = 0; i < 3; i++) self.monitor(target)
      await expect(spawn({ monitor: true })).rejects.toMatchObject({ code: 'peer.too_many' })
      expect(there.processCount()).toBe(3)
    })
    expect(there.counters().refusedPeerDemands).toBe(3)
  })

  it('does not take from another peer', async () => {
    const c = await cluster.start('c@h')
    const target = there.spawn(idle)
    for (const member of [a, c])
      await cluster.inProcess<Down>(member, async (self) => {
        for (let i = 0; i < 3; i++) self.monitor(target)
        expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      })
    expect(there.counters().refusedPeerDemands).toBe(0)
  })
})

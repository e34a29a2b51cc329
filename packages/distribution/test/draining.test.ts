/** A node says that it leaves before it does: what its peers see, and who may come back. Virtual time. */
import type { Down, Process } from '@agner/core'
import { eachSeed } from '@agner/testing'
import { describe, expect, it } from 'vitest'
import type { DistributionOptions } from '../src/index.ts'
import { capability, opcode, ownCapabilities } from '../src/wire/opcodes.ts'
import { cookie, createCluster, type Cluster, type Member } from './cluster.ts'
import { meet } from './stranger.ts'

function watched(member: Member): string[] {
  const events: string[] = []
  member.distribution.onNodeChange((change) =>
    events.push(change.type === 'nodedown' ? `${change.node} ${change.reason}` : `${change.node} up`),
  )
  member.distribution.onNodeDraining((node) => events.push(`${node} drains`))
  return events
}

async function trio(options: Partial<DistributionOptions> = {}, cluster: Cluster = createCluster()) {
  const [a, b, c] = [
    await cluster.start('a@h', options),
    await cluster.start('b@h', options),
    await cluster.start('c@h', options),
  ]
  const until = <T>(promise: PromiseLike<T>): Promise<T> => cluster.runtime.runUntil(promise)
  await until(b.distribution.connect('a@h'))
  await until(c.distribution.connect('a@h'))
  return { cluster, a, b, c, until }
}

/** What a process that monitors `name` on `node` is told, once its connection is gone or cannot be. */
async function fateOf(cluster: Cluster, from: Member, node: string): Promise<{ reason: unknown; afterMs: number }> {
  const fate: { reason: unknown; afterMs: number }[] = []
  const before = cluster.runtime.nowMs()
  await cluster.inProcess(from, async (self: Process<Down>) => {
    self.monitor({ name: 'x', node })
    const { reason } = await self.receive()
    fate.push({ reason, afterMs: cluster.runtime.nowMs() - before })
  })
  return fate[0]!
}

describe('a node that drains', () => {
  it('tells its peers first, works on with them, and leaves when it is told to', async () => {
    const { cluster, a, b, until } = await trio()
    const events = watched(b)
    await until(a.distribution.drain({ timeoutMs: 60_000 }))
    await cluster.runtime.settle()
    expect(events).toEqual(['a@h drains'])
    expect([b.distribution.nodes('draining'), b.distribution.nodes(), a.distribution.listenAddress]).toEqual([
      ['a@h'],
      ['a@h'],
      null,
    ])
    const got: unknown[] = []
    const sink = a.node.spawn<string>(async (self) => void got.push(await self.receive()))
    b.node.send(sink, 'still here')
    await until(a.node.exited(sink))
    expect(got).toEqual(['still here'])
    await until(a.distribution.drain())
    await until(a.distribution.stop())
    await cluster.runtime.settle()
    expect(events).toEqual(['a@h drains', 'a@h drained'])
    expect(b.distribution.nodes('draining')).toEqual([])
    await cluster.stop()
    expect([cluster.network.streamCount, cluster.runtime.pendingTimers]).toEqual([0, 0])
  })

  it('leaves by itself when its time is over', async () => {
    const { cluster, a, b, c, until } = await trio()
    const events = [watched(b), watched(c)]
    await until(a.distribution.drain({ timeoutMs: 5000 }))
    await cluster.runtime.advance(4900)
    expect(b.distribution.nodes()).toEqual(['a@h'])
    await cluster.runtime.advance(200)
    expect(events).toEqual([
      ['a@h drains', 'a@h drained'],
      ['a@h drains', 'a@h drained'],
    ])
    await expect(until(a.distribution.drain())).rejects.toMatchObject({ code: 'distribution.stopped' })
    await cluster.stop()
  })

  it('lets nobody in, and is not found; its name stays its own until it leaves', async () => {
    const { cluster, a, b, until } = await trio()
    const at = a.distribution.listenAddress!
    await until(a.distribution.drain({ timeoutMs: 60_000 }))
    const d = await cluster.start('d@h', { hosts: { 'x@h': `127.0.0.1:${at.port}` } })
    const before = cluster.runtime.nowMs()
    expect(await until(d.distribution.connect('a@h'))).toBe(false)
    // Also not by its address.
    expect(await until(d.distribution.connect('x@h'))).toBe(false)
    expect(cluster.runtime.nowMs() - before).toBeLessThan(3000)
    await expect(cluster.start('a@h')).rejects.toMatchObject({ code: 'distribution.name_taken' })
    // It may still have something to say to somebody new, who learns that it leaves.
    const events = watched(d)
    expect(await until(a.distribution.connect('d@h'))).toBe(true)
    await cluster.runtime.settle()
    expect(events).toEqual(['a@h up', 'a@h drains'])
    expect(b.distribution.nodes()).toEqual(['a@h'])
    await cluster.stop()
  })

  it('refuses who was about to come in', async () => {
    const { cluster, a, until } = await trio()
    const stranger = meet(cluster.network, a.distribution.listenAddress!, { wanted: 'a@h' })
    await cluster.runtime.settle()
    await until(a.distribution.drain())
    await cluster.runtime.settle()
    expect(stranger.isClosed).toBe(true)
    expect(a.distribution.stats().pendingHandshakes).toBe(0)
    await cluster.stop()
  })

  it('is not come back to once it has left: what is sent fails at once, until its time would have been over', async () => {
    const { cluster, a, b, until } = await trio()
    await until(a.distribution.drain({ timeoutMs: 20_000 }))
    await until(a.distribution.stop())
    await cluster.runtime.settle()
    const before = b.distribution.stats().connectFailures
    expect(await fateOf(cluster, b, 'a@h')).toEqual({ reason: 'noconnection', afterMs: 0 })
    expect(b.distribution.stats().connectFailures).toBe(before)
    await cluster.runtime.advance(20_000)
    expect((await fateOf(cluster, b, 'a@h')).reason).toBe('noconnection')
    expect(b.distribution.stats().connectFailures).toBe(before + 1)
    await cluster.stop()
  })

  it('is welcome again in a new life, as soon as it connects, or somebody connects to it on purpose', async () => {
    for (const whose of ['its', 'theirs'] as const) {
      const { cluster, a, b, until } = await trio()
      await until(a.distribution.drain({ timeoutMs: 60_000 }))
      await until(a.distribution.stop())
      await until(a.node.stop())
      const again = await cluster.start('a@h')
      expect((await fateOf(cluster, b, 'a@h')).reason).toBe('noconnection')
      const connected = whose === 'its' ? again.distribution.connect('b@h') : b.distribution.connect('a@h')
      expect(await until(connected)).toBe(true)
      await cluster.runtime.settle()
      expect([b.distribution.nodes(), b.distribution.nodes('draining')]).toEqual([['a@h'], []])
      expect((await fateOf(cluster, b, 'a@h')).reason).toBe('noproc')
      again.distribution.disconnect('b@h')
      await cluster.runtime.settle()
      expect((await fateOf(cluster, b, 'a@h')).reason).toBe('noproc')
      await cluster.stop()
    }
  })

  it('that dies in the middle of it is lost as any other, and is not come back to either', async () => {
    const { cluster, a, b, until } = await trio()
    const events = watched(b)
    await until(a.distribution.drain({ timeoutMs: 60_000 }))
    await cluster.runtime.settle()
    cluster.network.cut()
    await cluster.runtime.settle()
    expect(events).toEqual(['a@h drains', 'a@h connection_closed'])
    expect(await fateOf(cluster, b, 'a@h')).toEqual({ reason: 'noconnection', afterMs: 0 })
    await cluster.stop()
  })

  it('is not told by joinFound to connect to whom it leaves, nor joined again by others', async () => {
    const cluster = createCluster()
    const hosts = { 'a@h': '127.0.0.1:1', 'b@h': '127.0.0.1:2' }
    const options = (port: number) => ({ hosts, joinFound: true, portMapper: false as const, listen: { port } })
    const a = await cluster.start('a@h', options(1))
    const b = await cluster.start('b@h', options(2))
    await cluster.runtime.advance(7000)
    expect(b.distribution.nodes()).toEqual(['a@h'])
    await cluster.runtime.runUntil(a.distribution.drain({ timeoutMs: 40_000 }))
    await cluster.runtime.settle()
    b.distribution.disconnect('a@h')
    const failures = b.distribution.stats().connectFailures
    await cluster.runtime.advance(30_000)
    expect([a.distribution.nodes(), b.distribution.nodes()]).toEqual([[], []])
    expect(b.distribution.stats().connectFailures).toBe(failures)
    await cluster.stop()
  })

  it('is seen by all, whenever it is and whatever the weather', async () => {
    await eachSeed({ seeds: 40 }, async (runtime, seed) => {
      const { cluster, a, b, c, until } = await trio({}, createCluster(seed, runtime))
      const events = [watched(b), watched(c)]
      await until(Promise.all([a.distribution.drain(), b.distribution.connect('c@h')]))
      await until(a.distribution.stop())
      await runtime.settle()
      for (const each of events)
        expect(each.filter((event) => event.startsWith('a@h'))).toEqual(['a@h drains', 'a@h drained'])
      await cluster.stop()
      expect([cluster.network.streamCount, runtime.pendingTimers]).toEqual([0, 0])
    })
  })
})

describe('the frame that says so', () => {
  it('is offered, and believed within bounds', async () => {
    expect(ownCapabilities & capability.draining).toBe(32)
    const { cluster, b } = await trio()
    const stranger = meet(cluster.network, b.distribution.listenAddress!, { cookie, wanted: 'b@h', name: 's@far' })
    await cluster.runtime.settle()
    const events = watched(b)
    // 2^53 - 1 milliseconds.
    stranger.say([opcode.draining, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])
    await cluster.runtime.settle()
    expect(events).toEqual(['s@far drains'])
    stranger.stream.destroy()
    await cluster.runtime.settle()
    expect(events.at(-1)).toBe('s@far connection_closed')
    await cluster.stop()
  })

  it('is not sent to a peer that does not know it, nor taken from one', async () => {
    const { cluster, b, until } = await trio()
    const older = (name: string) =>
      meet(cluster.network, b.distribution.listenAddress!, { cookie, wanted: 'b@h', name, capabilities: 1 })
    const [silent, loud] = [older('silent@far'), older('loud@far')]
    await cluster.runtime.settle()
    loud.say([opcode.draining, 0, 1])
    await cluster.runtime.settle()
    expect([loud.isClosed, silent.isClosed]).toEqual([true, false])
    await until(b.distribution.drain())
    await cluster.runtime.settle()
    await until(b.distribution.stop())
    await cluster.runtime.settle()
    expect(silent.received.map(([op]) => op)).toEqual([opcode.bye])
    await cluster.stop()
  })

  it.each([
    ['cut short', [opcode.draining, 0]],
    ['with more behind it', [opcode.draining, 0, 1, 1]],
  ])('costs the connection when it is %s', async (_, frame) => {
    const { cluster, b } = await trio()
    const stranger = meet(cluster.network, b.distribution.listenAddress!, { cookie, wanted: 'b@h', name: 's@far' })
    await cluster.runtime.settle()
    stranger.say(frame)
    await cluster.runtime.settle()
    expect([stranger.isClosed, b.distribution.nodes('draining')]).toEqual([true, []])
    expect(b.distribution.nodes()).toEqual(['a@h'])
    await cluster.stop()
  })
})

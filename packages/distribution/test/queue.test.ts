/** What waits while a connection is being made: bounded as what waits for one that stands, and handed over to it. */
import { timedOut, type Down, type Pid, type Process } from '@agner/core'
import type { RemoteSignal } from '@agner/core/kernel'
import { simulateCluster } from '@agner/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signalBytes } from '../src/connection/output/signal-size.ts'
import { PayloadCodec } from '../src/wire/payload.ts'
import type { Discovery, DistributionOptions, Limits } from '../src/index.ts'
import { createCluster, type Cluster, type Member } from './cluster.ts'
import { older } from './older.ts'
import { a as own, b as other } from './wire.ts'

const KiB = 1024
const limits = { busyBytes: 64 * KiB, outputBytes: 512 * KiB, messageBytes: 512 * KiB }
const bytesOf = (size: number): Uint8Array => new Uint8Array(size)

let cluster: Cluster
let changes: string[]

beforeEach(() => {
  cluster = createCluster()
  changes = []
})

afterEach(() => cluster.stop())

/** A node that finds others only after a second. */
async function startSlow(set: Partial<Limits> = limits): Promise<Member> {
  const { runtime } = cluster
  const lookup = async () => {
    await new Promise<void>((resolve) => void runtime.setTimer(1000, resolve))
    return null
  }
  const member = await cluster.start('a@h', { limits: set, discovery: { lookup } as Discovery })
  member.distribution.onNodeChange((change) => changes.push(change.type === 'nodedown' ? change.reason : change.type))
  return member
}

async function startSink(options: Partial<DistributionOptions> = {}) {
  const { node, distribution } = await cluster.start('b@h', options)
  const seen: unknown[] = []
  const pid = node.spawn<unknown>(
    async (self) => {
      for (;;) seen.push(await self.receive())
    },
    { name: 'sink' },
  )
  return { node, distribution, pid, seen }
}

function spawnSenders(from: Member, to: Pid<unknown>, many: number, size: number) {
  const told = { refused: 0, sent: 0, wentOn: 0 }
  for (let i = 0; i < many; i++)
    from.node.spawn(async (self) => {
      try {
        self.send(to, bytesOf(size))
        told.sent++
      } catch (error) {
        expect(error).toMatchObject({ code: 'send.peer_full' })
        told.refused++
      }
      await self.yield()
      told.wentOn++
    })
  return told
}

describe('while a connection is made', () => {
  it.each([16 * KiB, 100 * KiB])(
    'who sends messages of %i bytes waits by their bytes, and goes on with the connection; nothing is lost',
    async (size) => {
      const a = await startSlow()
      const { pid, seen } = await startSink()
      let sent = 0
      a.node.spawn(async (self) => {
        for (; sent < 100; sent++) {
          self.send(pid, bytesOf(size))
          await self.sleep(1)
        }
      })
      await cluster.runtime.advance(900)
      // The one that is over it is sent, and its step does not end.
      expect(sent).toBe(Math.ceil(limits.busyBytes / size) - 1)
      expect(a.distribution.stats()).toMatchObject({ heldSenders: 1, refusedSends: 0 })
      const { waitingBytes } = a.distribution.stats()
      expect(waitingBytes).toBeGreaterThan(limits.busyBytes)
      expect(waitingBytes).toBeLessThan(limits.busyBytes + size + 1000)
      await cluster.runtime.advance(2000)
      expect([sent, seen.length]).toEqual([100, 100])
      expect(changes).toEqual(['nodeup'])
      expect(a.distribution.stats().waitingBytes).toBe(0)
    },
  )

  it('what may be refused is, above outputBytes, and does not close the connection that comes', async () => {
    const a = await startSlow()
    const { pid, seen } = await startSink()
    const told = spawnSenders(a, pid, 100, 32 * KiB)
    await cluster.runtime.advance(500)
    expect(told.sent).toBe(limits.outputBytes / (32 * KiB))
    expect(told.refused).toBe(100 - told.sent)
    const { refusedSends, heldSenders, waitingBytes } = a.distribution.stats()
    expect(refusedSends).toBe(told.refused)
    expect(heldSenders).toBe(told.sent - 1)
    expect(waitingBytes).toBeLessThan(limits.outputBytes + 33 * KiB)
    expect(told.wentOn).toBe(100 - heldSenders)
    await cluster.runtime.advance(1000)
    expect([seen.length, told.wentOn]).toEqual([told.sent, 100])
    expect(changes).toEqual(['nodeup'])
  })

  it('a large message is in the way of its own sender alone', async () => {
    const a = await startSlow()
    const { pid, seen } = await startSink()
    let phase = ''
    a.node.spawn(async (self) => {
      self.send(pid, bytesOf(500 * KiB))
      self.send(pid, bytesOf(500 * KiB))
      expect(() => self.send(pid, 'refused')).toThrow(expect.objectContaining({ code: 'send.peer_full' }) as Error)
      phase += 'sent '
      await self.yield()
      phase += 'went on'
    })
    await cluster.inProcess(a, async (self) => {
      expect(self.trySend(pid, 'small')).toBe('ok')
      await self.yield()
    })
    expect(phase).toBe('sent ')
    await cluster.runtime.advance(2000)
    expect(phase).toBe('sent went on')
    expect(seen).toHaveLength(3)
    expect(changes).toEqual(['nodeup'])
  })

  it('large messages of many do not close the connection that comes, to a node that takes no fragments either', async () => {
    const a = await startSlow({ ...limits, frameBytes: 512 * KiB })
    const { pid, seen, node } = await startSink(older(cluster.network).options)
    const told = spawnSenders(a, pid, 30, 100 * KiB)
    const watched = node.spawn<unknown>(async (self) => void (await self.receive()))
    // What the kernel says comes on top of that.
    a.distribution.onNodeChange(() => a.node.sendExit(watched, 'as told'))
    await cluster.runtime.advance(3000)
    expect([told.wentOn, seen.length]).toEqual([30, 30])
    expect(changes).toEqual(['nodeup'])
    expect(node.isAlive(watched)).toBe(false)
  })

  it('what was handed over counts until it has gone out: then the bounds are those of any connection', async () => {
    const a = await startSlow({ ...limits, frameBytes: 512 * KiB })
    const { pid, seen, node } = await startSink(older(cluster.network).options)
    const far = node.spawn<unknown>(async (self) => void (await self.receive()))
    const much = () => {
      for (let i = 0; i < 100; i++) a.node.sendExit(far, { shutdown: 'x'.repeat(32 * KiB) })
    }
    spawnSenders(a, pid, 30, 100 * KiB)
    // On top of all that waits, which is more than the bound, comes a little.
    a.distribution.onNodeChange(({ type }) => type === 'nodeup' && a.node.sendExit(far, 'as told'))
    await cluster.runtime.advance(3000)
    expect(seen).toHaveLength(30)
    much()
    await cluster.runtime.advance(1000)
    expect(changes).toEqual(['nodeup', 'output_overflow'])
  })

  it('too much of what is never refused makes the attempt fail', async () => {
    const a = await startSlow()
    const { pid } = await startSink()
    const connecting = a.distribution.tryConnect('b@h')
    for (let i = 0; i < 100; i++) a.node.sendExit(pid, { shutdown: 'x'.repeat(32 * KiB) })
    const result = await cluster.runtime.runUntil(connecting)
    expect(result).toMatchObject({
      why: 'too_many_signals',
      text: `over ${3 * 512 * KiB} bytes wait for it, of what may not be refused`,
    })
    expect(a.distribution.stats()).toMatchObject({ waitingBytes: 0, connectFailures: 1, refusedSends: 0 })
  })

  it('those that wait go on when it cannot be made', async () => {
    const a = await startSlow()
    const x = { name: 'x', node: 'nobody@h' }
    const told = { is: '' }
    await cluster.inProcess<Down>(a, async (self) => {
      const ref = self.monitor(x)
      self.send(x, bytesOf(70 * KiB) as never)
      told.is = 'held'
      await self.yield()
      told.is = 'went on'
      expect(await self.receive()).toMatchObject({ ref, reason: 'noconnection' })
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
    expect(told.is).toBe('went on')
    expect(a.distribution.stats()).toMatchObject({ heldSenders: 1, waitingBytes: 0 })
  })

  it('those that wait go on when another life of the node comes up in its place', async () => {
    const a = await startSlow()
    const first = await startSink()
    await cluster.runtime.runUntil(first.distribution.stop())
    const second = await startSink()
    const told = spawnSenders(a, first.pid, 3, 40 * KiB)
    let got: unknown = null
    a.node.spawn<Down>(async (self) => {
      self.monitor(first.pid)
      got = await self.receive()
    })
    await cluster.runtime.advance(500)
    expect(told.wentOn).toBe(1)
    await cluster.runtime.advance(1000)
    expect(told.wentOn).toBe(3)
    expect(got).toMatchObject({ type: 'down', reason: 'noproc' })
    expect(second.seen).toEqual([])
    expect(changes).toEqual(['nodeup'])
  })

  it('a send that is refused for the number of those that wait is counted, and who waits for it', async () => {
    const a = await startSlow({ queuedSignals: 10 })
    const x = { name: 'x', node: 'b@h' }
    let refused = 0
    const ended = a.node.exited(
      a.node.spawn(async (self) => {
        for (let i = 0; i < 30; i++)
          try {
            self.send(x, i as never)
          } catch {
            refused++
          }
        await self.yield()
      }),
    )
    await cluster.runtime.runUntil(ended)
    expect(refused).toBe(20)
    expect(a.distribution.stats()).toMatchObject({ refusedSends: 20, heldSenders: 1 })
  })
})

describe('when it comes up', () => {
  it('who waits goes on waiting for the connection, until half of it is left', async () => {
    const simulated = await simulateCluster({
      nodes: ['a', 'b'],
      trace: false,
      network: { latencyMs: [1, 1], highWaterBytes: 32 * KiB },
      distribution: { limits: { busyBytes: 128 * KiB } },
    })
    const [a, b] = [simulated.node('a'), simulated.node('b')]
    let arrived = 0
    const pid = b.node.spawn<unknown>(async (self) => {
      for (;;) {
        await self.receive()
        arrived++
      }
    })
    const waiting: number[] = []
    for (let i = 0; i < 20; i++)
      a.node.spawn(async (self: Process<never>) => {
        self.send(pid, bytesOf(40 * KiB))
        await self.yield()
        waiting.push(a.distribution.stats().waitingBytes)
      })
    await simulated.run(2000)
    expect(arrived).toBe(20)
    expect(a.distribution.stats().heldSenders).toBe(17)
    // The first three were not held.
    expect(waiting).toHaveLength(20)
    for (const bytes of waiting.slice(3)) expect(bytes).toBeLessThan(64 * KiB)
    await simulated.stop()
  })
})

describe('the estimate of a signal', () => {
  const codec = new PayloadCodec({ self: own, peer: other })
  const send = (message: unknown): RemoteSignal => ({ op: 'send', from: null, to: { name: 'x', node: 'b@h' }, message })

  it.each([
    ['bytes', new Uint8Array(1_000_000)],
    ['a text', 'x'.repeat(100_000)],
    ['a text of three bytes a character', '語'.repeat(100_000)],
    ['objects', Array.from({ length: 1000 }, (_, id) => ({ id, name: `number ${id}`, tags: ['one', 'two'] }))],
    ['all kinds', [new Map([['a', new Set([1n, 2n ** 80n])]]), new Date(0), new Error('no', { cause: 1 }), null, true]],
  ])('is about what it takes: %s', (_, value) => {
    const estimate = signalBytes(send(value), 8 * KiB * KiB)
    const { length } = codec.encode(value)
    expect(estimate).toBeGreaterThanOrEqual(length)
    expect(estimate).toBeLessThan(3 * length + 200)
    if (typeof value === 'string' || value instanceof Uint8Array) expect(estimate).toBeLessThan(length + 200)
  })

  it('goes no further than the limit of an object, nor deeper than can be sent', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep, deep]
    expect(signalBytes(send(deep), 10_000)).toBeLessThan(20_000)
  })
})

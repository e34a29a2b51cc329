/** Large messages between others, and what waits for a peer that takes less than it is sent. */
import { timedOut, reply, type Down, type Exit, type Process, type Request } from '@agner/core'
import { eachSeed, simulateCluster, type SimulatedCluster, type SimulatedNode } from '@agner/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { Limits } from '../src/index.ts'
import { createCluster } from './cluster.ts'

const MiB = 1024 * 1024
const bytesOf = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill)

let cluster: SimulatedCluster
let a: SimulatedNode
let b: SimulatedNode

/** A link of 16 MB a second, or so, and a millisecond. */
async function start(limits: Partial<Limits> = {}, connect = true): Promise<void> {
  cluster = await simulateCluster({
    nodes: ['a', 'b'],
    trace: false,
    network: { latencyMs: [1, 1], highWaterBytes: 64 * 1024 },
    distribution: { limits },
  })
  a = cluster.node('a')
  b = cluster.node('b')
  if (connect) await cluster.until(a.distribution.connect('b@cluster'))
}

afterEach(() => cluster.stop())

/** Runs `body` as a process of `member` to its end; what it throws fails the test. */
async function inProcess<M>(member: SimulatedNode, body: (self: Process<M>) => Promise<unknown>): Promise<void> {
  const reason = await cluster.until(member.node.exited(member.node.spawn(body)))
  if (reason !== 'normal') throw reason
}

const notices = (member: SimulatedNode): string =>
  member.reports.all.map((report) => ('text' in report ? report.text : '')).join()

/** What arrives at b, in a word each. */
function sink(member: SimulatedNode = b) {
  const seen: string[] = []
  const pid = member.node.spawn<unknown>(async (self) => {
    self.trapExits(true)
    for (;;) {
      const got = await self.receive()
      seen.push(got instanceof Uint8Array ? `${got.length} × ${got[got.length >> 1]}` : wordFor(got))
    }
  })
  return { pid, seen }
}

const wordFor = (got: unknown): string =>
  typeof got === 'object' && got !== null && 'type' in got ? String(got.type) : String(got)

describe('a large message', () => {
  it('lets the small ones of others pass, and what its own sender sends waits behind it', async () => {
    await start()
    const { pid, seen } = sink()
    const big = a.node.spawn(async (self) => {
      self.send(pid, bytesOf(5 * MiB, 7))
      self.send(pid, 'after it')
      self.sendExit(pid, 'exit after it')
      self.link(pid)
      self.exit('link after it')
    })
    const small = a.node.spawn(async (self) => {
      for (let i = 0; i < 3; i++) {
        self.send(pid, `small ${i}`)
        await self.sleep(1)
      }
    })
    await cluster.until(Promise.all([a.node.exited(big), a.node.exited(small)]))
    await cluster.run(1000)
    expect(seen.slice(0, 2)).toEqual(['small 0', 'small 1'])
    expect(seen.filter((each) => !each.startsWith('small'))).toEqual([`${5 * MiB} × 7`, 'after it', 'exit', 'exit'])
    expect(a.distribution.stats().fragmentsOut).toBeGreaterThan(79)
  })

  it('of a server goes before its later answers, and before its own end', async () => {
    await start()
    const server = b.node.spawn(async (self: Process<Request<number, unknown>>) => {
      for (;;) {
        const asked = await self.receive()
        if (asked.payload < 0) self.exit('done')
        else reply(asked, bytesOf(asked.payload, 1))
      }
    })
    await inProcess<Down>(a, async (self) => {
      const order: string[] = []
      self.monitor(server)
      const asked = [3 * MiB, 1, -1].map((size) =>
        self.request(server, size, { timeoutMs: Infinity }).then(
          (answer) => order.push(String((answer as Uint8Array).length)),
          () => order.push('failed'),
        ),
      )
      await self.receive()
      order.push('down')
      await self.wait(Promise.all(asked))
      expect(order.slice(0, 2)).toEqual([String(3 * MiB), '1'])
      expect(order.slice(2).sort()).toEqual(['down', 'failed'])
    })
  })

  it('arrives as it was, with all sorts of values around its bytes', async () => {
    await start()
    const value = {
      id: 1n,
      list: [bytesOf(70_000, 1), { deep: bytesOf(200_000, 2) }],
      text: 'ü'.repeat(50_000),
      small: bytesOf(3, 3),
    }
    let got: typeof value | null = null
    const pid = b.node.spawn<typeof value>(async (self) => {
      got = await self.receive()
    })
    a.node.send(pid, value)
    await cluster.run(100)
    expect(got).toEqual(value)
    // Large bytes share the buffer that the message came in; small ones share nothing.
    expect(got!.small.buffer.byteLength).toBe(3)
    got!.list.fill(null as never)
  })

  it('over the limit is not sent', async () => {
    await start({ messageBytes: 1_000_000 })
    const { pid, seen } = sink()
    a.node.send(pid, bytesOf(999_000, 1))
    a.node.send(pid, bytesOf(1_000_000, 2))
    await cluster.run(1000)
    expect(seen).toEqual(['999000 × 1'])
    expect(notices(a)).toMatch(/over the limit of 1000000 bytes per message/)
  })

  it('that holds too much besides bytes is refused with advice, before it has held the thread for long', async () => {
    await start()
    await inProcess(a, async (self) => {
      const server = b.node.spawn<Request<unknown, unknown>>(async (there) => {
        for (;;) reply(await there.receive(), 'ok')
      })
      const rows = Array.from({ length: 400_000 }, (_, i) => ({ i, text: `row number ${i} of many` }))
      const refused = { code: 'call.not_carried', cause: { code: 'distribution.object_too_large' } }
      await expect(self.request(server, rows)).rejects.toMatchObject(refused)
      await expect(self.request(server, 'x'.repeat(9 * MiB))).rejects.toMatchObject(refused)
      expect(await self.request(server, bytesOf(9 * MiB, 1), { timeoutMs: Infinity })).toBe('ok')
    })
    expect(notices(a)).toMatch(/Send it as bytes/)
  })

  it('is gone with its connection, and the next one knows nothing of it', async () => {
    await start()
    const { pid, seen } = sink()
    a.node.spawn(async (self) => {
      self.send(pid, bytesOf(20 * MiB, 1))
      self.send(pid, 'never')
      await self.receive()
    })
    await cluster.run(20)
    cluster.drop('a', 'b')
    await cluster.run(100)
    expect(seen).toEqual([])
    a.node.send(pid, bytesOf(MiB, 2))
    await cluster.run(1000)
    expect(seen).toEqual([`${MiB} × 2`])
  })

  it('does not turn signals around, over connections cut anywhere', async () => {
    await start()
    await eachSeed({ seeds: 12 }, async (runtime, seed) => {
      const many = createCluster(seed, runtime)
      const [one, two] = [await many.start('one@h'), await many.start('two@h')]
      const seen: number[][] = [[], [], []]
      const there = two.node.spawn<unknown>(async (self) => {
        self.trapExits(true)
        for (;;) {
          const got = (await self.receive()) as Exit | { who: number; seq: number }
          if ('who' in got) seen[got.who]!.push(got.seq)
          else {
            const [who, seq] = got.reason as unknown as [number, number]
            seen[who]!.push(seq)
          }
        }
      })
      const ends = [0, 1, 2].map((who) =>
        one.node.exited(
          one.node.spawn(async (self) => {
            for (let seq = 0; seq < 12; seq++) {
              if (runtime.random() < 0.3) self.send(there, { who, seq, fill: bytesOf(65_000 + seq * 30_000, seq) })
              else if (runtime.random() < 0.4) self.sendExit(there, [who, seq] as never)
              else self.send(there, { who, seq })
              if (runtime.random() < 0.5) await self.sleep(1)
            }
          }),
        ),
      )
      await runtime.runUntil(Promise.all(ends))
      await runtime.advance(1000)
      for (const list of seen) expect(list).toEqual(Array.from({ length: 12 }, (_, i) => i))
      await many.stop()
    })
  })
})

describe('back-pressure', () => {
  it('makes who sends without end wait, so that memory stays bounded, and loses nothing', async () => {
    await start({ busyBytes: 100_000 })
    const { pid, seen } = sink()
    let most = 0
    await inProcess(a, async (self) => {
      for (let i = 0; i < 1000; i++) {
        self.send(pid, `${i} ${'x'.repeat(1000)}`)
        most = Math.max(most, a.distribution.stats().waitingBytes)
        await self.yield()
      }
    })
    await cluster.run(1000)
    expect(seen.map((text) => Number(text.split(' ')[0]))).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect(a.distribution.stats().heldSenders).toBeGreaterThan(0)
    expect(most).toBeLessThan(200_000)
  })

  it('refuses what is sent without ever awaiting, and says what to do', async () => {
    await start({ outputBytes: 100_000 })
    const { pid, seen } = sink()
    await inProcess(a, async (self) => {
      let sent = 0
      expect(() => {
        for (; ; sent++) self.send(pid, `${sent} ${'x'.repeat(1000)}`)
      }).toThrow(/await self.yield\(\)/)
      expect(self.trySend(pid, 'more')).toBe('nosuspend')
      // What is not a send is never refused.
      self.link(pid)
      await self.sleep(100)
      self.send(pid, 'at last')
    })
    await cluster.run(100)
    expect(a.distribution.stats().refusedSends).toBe(1)
    expect(seen.at(-2)).toBe('at last')
    expect(seen.at(-1)).toBe('exit')
    expect(a.distribution.nodes()).toContain('b@cluster')
  })

  it('a large message holds its sender, and nobody else', async () => {
    await start()
    const { pid, seen } = sink()
    const marks: string[] = []
    a.node.spawn(async (self) => {
      self.send(pid, bytesOf(30 * MiB, 1))
      expect(self.trySend(pid, 'no')).toBe('nosuspend')
      await self.sleep(0)
      marks.push(`went on after ${seen.length}`)
      self.send(pid, 'next')
    })
    const other = a.node.spawn(async (self) => {
      expect(self.trySend(pid, 'small')).toBe('ok')
      await self.sleep(0)
      marks.push('other')
    })
    await cluster.until(a.node.exited(other))
    await cluster.run(5000)
    expect(marks[0]).toBe('other')
    expect(seen).toEqual(['small', `${30 * MiB} × 1`, 'next'])
  })

  it('ends with the connection: who was held goes on', async () => {
    await start()
    const { pid } = sink()
    let after: unknown
    const held = a.node.spawn(async (self: Process<Down>) => {
      self.monitor(pid)
      self.send(pid, bytesOf(30 * MiB, 1))
      after = await self.receive({ timeoutMs: 100_000 })
    })
    await cluster.run(1)
    expect(a.node.processInfo(held)!.status).toBe('suspended')
    cluster.drop('a', 'b')
    await cluster.run(10)
    expect(after).not.toBe(timedOut)
    expect(after).toMatchObject({ type: 'down', reason: 'noconnection' })
  })

  it('trySend with connect: false makes no connection', async () => {
    await start({}, false)
    const x = { name: 'x', node: 'b@cluster' }
    await inProcess(a, async (self) => {
      expect(self.trySend(x, 1 as never, { connect: false })).toBe('noconnect')
      await self.sleep(100)
      expect(a.distribution.nodes()).toEqual([])
      expect(self.trySend(x, 1 as never)).toBe('ok')
      await self.sleep(100)
      expect(self.trySend(x, 1 as never, { connect: false })).toBe('ok')
    })
    expect(b.distribution.nodes()).toEqual(['a@cluster'])
  })
})

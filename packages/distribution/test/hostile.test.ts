import type { Down, Pid } from '@agner/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { opcode } from '../src/wire/opcodes.ts'
import { cookie, createCluster, type Cluster, type Member } from './cluster.ts'
import { meet, type Stranger } from './stranger.ts'

let cluster: Cluster
let a: Member
let b: Member
let address: { host: string; port: number }

beforeEach(async () => {
  cluster = createCluster()
  a = await cluster.start('a@h')
  b = await cluster.start('b@h')
  address = a.distribution.listenAddress as { host: string; port: number }
  await cluster.runtime.runUntil(a.distribution.connect('b@h'))
})

/** Whatever was done to it, `a` still talks to `b`. */
afterEach(async () => {
  expect(await cluster.arrives(a, b)).toBe(true)
  expect(a.distribution.nodes()).toEqual(['b@h'])
  expect(a.distribution.stats().pendingHandshakes).toBe(0)
  await cluster.stop()
  expect(cluster.network.streamCount).toBe(0)
  expect(cluster.runtime.pendingTimers).toBe(0)
})

const stranger = (options: Partial<Parameters<typeof meet>[2]> = {}): Stranger =>
  meet(cluster.network, address, { wanted: 'a@h', ...options })
const known = async (options: Partial<Parameters<typeof meet>[2]> = {}): Promise<Stranger> => {
  const met = stranger({ cookie, ...options })
  await cluster.runtime.settle()
  expect(met.isUp).toBe(true)
  return met
}

describe('before the handshake is over', () => {
  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['TLS', Uint8Array.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
    ['zeros', new Uint8Array(5000)],
    ['ones', new Uint8Array(5000).fill(0xff)],
  ])('%s ends that stream at once, and harms nothing', async (_, bytes) => {
    const scanner = stranger()
    await cluster.runtime.settle()
    scanner.sayRaw(bytes)
    await cluster.runtime.settle()
    expect(scanner.isClosed).toBe(true)
    expect(a.notices().join()).toMatch(/does not speak this protocol/)
  })

  it('half a handshake left open is closed in time', async () => {
    const half = stranger()
    await cluster.runtime.settle()
    half.sayRaw(Uint8Array.from([0, 0, 0, 100, 1, 2, 3]))
    await cluster.runtime.advance(6900)
    expect(half.isClosed).toBe(false)
    expect(a.distribution.stats().pendingHandshakes).toBe(1)
    await cluster.runtime.advance(200)
    expect(half.isClosed).toBe(true)
  })

  it('a trickle of bytes buys no time', async () => {
    const slow = stranger()
    await cluster.runtime.settle()
    slow.sayRaw(Uint8Array.from([0, 0, 0, 200]))
    for (let i = 0; i < 12; i++) {
      slow.sayRaw(Uint8Array.from([1]))
      await cluster.runtime.advance(600)
    }
    expect(slow.isClosed).toBe(true)
  })

  it('only so many may knock at once; the others are told, and those who came before are not harmed', async () => {
    const crowd = Array.from({ length: 100 }, () => stranger())
    await cluster.runtime.settle()
    expect(a.distribution.stats().pendingHandshakes).toBe(64)
    expect(crowd.filter((each) => each.isClosed).length).toBe(36)
    await cluster.runtime.advance(8000)
    expect(crowd.every((each) => each.isClosed)).toBe(true)
    await known()
    await cluster.runtime.settle()
    a.distribution.disconnect('stranger@far')
  })

  it('random bytes end that stream', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 4, maxLength: 100 }), async (bytes) => {
        const scanner = stranger()
        await cluster.runtime.settle()
        scanner.sayRaw(bytes)
        await cluster.runtime.advance(7100)
        expect(scanner.isClosed).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('signals that come instead of a proof are not delivered', async () => {
    const eager = stranger()
    await cluster.runtime.settle()
    eager.say([opcode.send, 0, 0, 7, 1, 0x78, 0xf6])
    await cluster.runtime.settle()
    expect(eager.isClosed).toBe(true)
    expect(a.distribution.stats().framesIn).toBe(0)
  })
})

describe('a peer that knows the cookie', () => {
  it.each([
    ['an unknown opcode', [0x7f, 0], /opcode 127/, 'bad_frame'],
    ['a malformed payload', [opcode.send, 0, 0, 7, 1, 0x78, 0xd8, 27, 0x80], /tag 27/, 'bad_frame'],
    [
      'a link in the name of another node',
      [opcode.link, 0, 3, 3, 0x62, 0x40, 0x68, 0, 0, 0, 1, 1, 2, 1],
      /in the name of/,
      'forged_origin',
    ],
    [
      'a link in the name of its own earlier life',
      [opcode.link, 0, 3, 12, ...Buffer.from('stranger@far'), 0, 0, 0, 1, 1, 2, 1],
      /in the name of/,
      'forged_origin',
    ],
    ['a link in the name of the receiver', [opcode.link, 0, 2, 1, 2, 1], /in the name of/, 'forged_origin'],
    [
      'a down that a name of the receiver is said to have sent',
      [opcode.down, 0, 7, 1, 0x78, 2, 1, 5, 1, 0xf6],
      /in the name of/,
      'forged_origin',
    ],
    ['a spawned process that lives elsewhere', [opcode.spawned, 0, 2, 1, 1, 2, 1], /in the name of/, 'forged_origin'],
    ['a fragment of no frame', [opcode.nextFragment, 0, 1, 1], /belongs to no frame/, 'bad_frame'],
    ['an empty fragment', [opcode.firstFragment, 0, 1, 9], /is empty/, 'bad_frame'],
    [
      'a frame in fragments that is too long',
      [opcode.firstFragment, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1],
      /over the limit of 134217728/,
      'frame_too_large',
    ],
    [
      'a forged origin in a fragment',
      [opcode.firstFragment, 0, 1, 6, opcode.link, 0, 2, 1, 2, 1],
      /in the name of/,
      'forged_origin',
    ],
    ['a fragment in a fragment', [opcode.firstFragment, 0, 1, 4, 4, 0, 1, 1], /opcode 4/, 'bad_frame'],
    ['a farewell in a fragment', [opcode.firstFragment, 0, 1, 4, 1, 0, 1, 0], /came in fragments/, 'bad_frame'],
    ['a tick interval of nothing', [opcode.pace, 0, 0], /interval of nothing/, 'bad_frame'],
    ['a credit for what was never sent', [opcode.credit, 0, 1], /1 bytes in fragments/, 'bad_frame'],
  ])('and sends %s loses that one connection, with a reason on both sides', async (_, frame, message, reason) => {
    const changes: string[] = []
    a.distribution.onNodeChange((change) =>
      changes.push(change.type === 'nodedown' ? `${change.node} ${change.reason}` : change.node),
    )
    const bad = await known()
    bad.say(frame)
    bad.say([opcode.send, 0, 0, 7, 1, 0x78, 0xf6])
    await cluster.runtime.settle()
    expect(bad.isClosed).toBe(true)
    expect(changes).toEqual(['stranger@far', `stranger@far ${reason}`])
    expect(a.notices().join()).toMatch(message)
    expect(bad.received.at(-1)?.[0]).toBe(opcode.fault)
    expect(a.distribution.stats().faults).toBe(1)
  })

  it('and announces a frame over the limit loses it before the frame is there', async () => {
    const bad = await known()
    bad.sayRaw(Uint8Array.from([0x7f, 0, 0, 0]))
    await cluster.runtime.settle()
    expect(bad.isClosed).toBe(true)
    expect(a.notices().join()).toMatch(/over the limit of 16777216/)
  })

  it('ends nobody by what it makes up: answers to what was never asked, downs, acks, unlinks', async () => {
    const bad = await known()
    for (const op of [opcode.unlink, opcode.unlinkAck]) bad.say([op, 0, 1, 1, 2, 1, 1])
    bad.say([opcode.down, 0, 1, 1, 2, 1, 5, 1, 0x61, 0x78])
    bad.say([opcode.demonitor, 0, 1, 1, 2, 1, 4, 1])
    bad.say([opcode.reply, 0, 2, 1, 9, 0xf6])
    bad.say([opcode.requestFailed, 0, 2, 1, 9, 0x61, 0x78])
    bad.say([opcode.abandon, 0, 1, 1, 2, 1, 9])
    bad.say([opcode.spawned, 0, 2, 1, 9, 1, 1])
    bad.say([opcode.spawnFailed, 0, 2, 1, 9, 1, 0x78, 1, 0x78])
    await cluster.runtime.settle()
    expect(bad.isClosed).toBe(false)
    a.distribution.disconnect('stranger@far')
    await cluster.runtime.settle()
  })

  it('and sends mutated frames without end may only lose its connection', async () => {
    const sink = a.node.spawn<unknown>(
      async (self) => {
        self.trapExits(true)
        for (;;) await self.receive()
      },
      { name: 'x' },
    )
    const frames = [
      [opcode.send, 0, 1, 1, 2, sink.id, 0xa1, 0x61, 0x61, 0x82, 1, 2],
      [opcode.send, 0, 0, 7, 1, 0x78, 0xf6],
      [opcode.link, 0, 1, 1, 2, sink.id],
      [opcode.monitor, 0, 1, 1, 7, 1, 0x78, 4, 1],
      [opcode.exit, 0, 1, 1, 2, sink.id, 0x66, ...Buffer.from('normal')],
      [opcode.request, 0, 1, 1, 2, sink.id, 5, 0x61, 0x78],
      [opcode.spawn, 0, 1, 1, 1, 3, 1, 0x6d, 1, 0x66, 4, 1, 0xf6],
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...frames),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        async (frame, changes) => {
          const met = await known({ incarnation: 99 })
          const bytes = Uint8Array.from(frame)
          for (const [place, byte] of changes) bytes[place % bytes.length] = byte
          met.say(bytes)
          await cluster.runtime.settle()
          a.distribution.disconnect('stranger@far')
          await cluster.runtime.settle()
        },
      ),
      { numRuns: 300 },
    )
  })

  it('and goes away in the middle of a frame takes nothing with it', async () => {
    const there = await known()
    await cluster.inProcess<Down>(a, async (self) => {
      self.monitor({ name: 'x', node: 'stranger@far' })
      there.sayRaw(Uint8Array.from([0, 0, 1, 0, opcode.send, 0]))
      await self.sleep(1)
      there.stream.destroy()
      expect(await self.receive()).toMatchObject({ reason: 'noconnection' })
    })
    expect(a.notices()).toEqual([])
  })

  it('cannot spawn what is not registered', async () => {
    const met = await known()
    const before = a.node.processCount()
    met.say([opcode.spawn, 0, 1, 1, 1, 0, 2, 0x66, 0x73, 4, ...Buffer.from('exec'), 0xf6])
    await cluster.runtime.settle()
    expect(met.received.at(-1)?.[0]).toBe(opcode.spawnFailed)
    expect(a.node.processCount()).toBe(before)
    const nobody = a.node.spawn(async () => {}) as Pid<unknown>
    expect(nobody.node).toBe('a@h')
    a.distribution.disconnect('stranger@far')
    await cluster.runtime.settle()
  })
})

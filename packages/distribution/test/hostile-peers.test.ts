/**
 * Peers that know the cookie and keep to the grammar, and are a burden all the same: one that never reads, one that only ticks, ones that begin
 * without end and finish nothing. Each costs a bounded amount, and nothing of others.
 */
import { readFileSync } from 'node:fs'
import { defineModule, type Process } from '@agner/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Handshake } from '../src/handshake/handshake.ts'
import { FrameReader } from '../src/wire/frame-reader.ts'
import type { Stream } from '../src/network/network.ts'
import { opcode } from '../src/wire/opcodes.ts'
import { cookie, createCluster, type Cluster, type Member } from './cluster.ts'
import { meet, type Stranger } from './stranger.ts'
import { framed } from './wire.ts'

const limits = { busyBytes: 4096, outputBytes: 16_384, messageBytes: 65_536, openMessages: 2, connections: 3 }
const Known = defineModule('known', '1', {
  run: async (self: Process<unknown>, _argument: unknown) => void (await self.receive()),
})

let cluster: Cluster
let a: Member
let b: Member

beforeEach(async () => {
  cluster = createCluster()
  a = await cluster.start('a@h', { limits, modules: [Known] })
  b = await cluster.start('b@h')
  await cluster.runtime.runUntil(b.distribution.connect('a@h'))
})

/** Whatever was done to it, `a` still talks to `b`, and nothing is left. */
afterEach(async () => {
  expect(await cluster.arrives(a, b)).toBe(true)
  await cluster.stop()
  expect(cluster.network.streamCount).toBe(0)
  expect(cluster.runtime.pendingTimers).toBe(0)
})

const met = async (name = 'stranger@far'): Promise<Stranger> => {
  const stranger = meet(cluster.network, a.distribution.listenAddress!, { wanted: 'a@h', cookie, name })
  await cluster.runtime.settle()
  return stranger
}

/** Takes the bytes of the handshake, and none after it: they wait where they were written. */
function stuff(stream: Stream): void {
  const far = stream as unknown as { other: { write(parts: readonly Uint8Array[]): boolean; bufferedBytes: number } }
  far.other.write = (parts) => {
    for (const { length } of parts) far.other.bufferedBytes += length
    return false
  }
}

describe('a peer that', () => {
  it('never reads asks for answers without end: they pile up to a bound, then the connection is closed', async () => {
    const bad = await met()
    stuff(bad.stream)
    const echo = a.node.spawn<unknown>(
      async (self) => {
        for (;;) await self.receive()
      },
      { name: 'x' },
    )
    expect(a.node.isAlive(echo)).toBe(true)
    // Each is answered with a failure of some bytes: nobody is called so.
    const ask = [opcode.request, 0, 1, 1, 7, 6, ...Buffer.from('nobody'), 1, 0xf6]
    let asked = 0
    for (; !bad.isClosed && asked < 100_000; asked += 500) {
      bad.sayRaw(new Uint8Array(Buffer.concat(Array.from({ length: 500 }, () => framed(Uint8Array.from(ask))))))
      await cluster.runtime.settle()
    }
    expect(bad.isClosed).toBe(true)
    expect(a.notices().join()).toMatch(/over \d+ bytes wait for it/)
    expect(a.distribution.nodes()).toEqual(['b@h'])
  })

  it('only ticks is alive, and says nothing that costs anything', async () => {
    const bad = await met()
    const { framesIn } = a.distribution.stats()
    for (let i = 0; i < 100; i++) {
      bad.sayRaw(Uint8Array.of(0, 0, 0, 0))
      await cluster.runtime.advance(10_000)
    }
    expect(bad.isClosed).toBe(false)
    expect(a.distribution.stats().framesIn - framesIn).toBeLessThan(200)
    a.distribution.disconnect('stranger@far')
  })

  it('begins messages in fragments without end has so many open, and no more', async () => {
    const bad = await met()
    for (let stream = 0; stream < 3; stream++) bad.say([opcode.firstFragment, 0, stream, 100, 1])
    await cluster.runtime.settle()
    // A peer that has not agreed to fragments has none at all.
    expect(bad.isClosed).toBe(true)
    expect(a.notices().join()).toMatch(/come in fragments at once|opcode 3 is not understood/)
  })

  it('comes under ever new names takes the places that there are for peers, and no more', async () => {
    const crowd: Stranger[] = []
    for (let i = 0; i < 6; i++) crowd.push(await met(`s${i}@far`))
    expect(crowd.map(({ isUp }) => isUp)).toEqual([true, true, false, false, false, false])
    expect(a.distribution.stats().connections).toBe(3)
    for (const name of a.distribution.nodes()) if (name !== 'b@h') a.distribution.disconnect(name)
  })

  it.each([
    ['fs', 'readFileSync'],
    ['node:child_process', 'execSync'],
    ['known', 'constructor'],
    ['known', '__proto__'],
    ['known', 'toString'],
    ['__proto__', 'run'],
    ['constructor', 'run'],
    ['', ''],
  ])('spawns %s.%s, which nobody has registered, gets a refusal', async (module, name) => {
    const bad = await met()
    const before = a.node.processCount()
    const text = (value: string): number[] => [value.length, ...Buffer.from(value)]
    bad.say([opcode.spawn, 0, 1, 1, 1, 0, ...text(module), ...text(name), 0xf6])
    await cluster.runtime.settle()
    expect(bad.received.at(-1)?.[0]).toBe(opcode.spawnFailed)
    expect(a.node.processCount()).toBe(before)
    a.distribution.disconnect('stranger@far')
  })
})

describe('somebody who has overheard a handshake', () => {
  /** Frames that the initiator of a real handshake says. */
  function overheard(): Uint8Array[] {
    const said: Uint8Array[] = []
    const options = { cookie, tickMs: 15_000, frameBytes: 1 << 24 }
    const first = new Handshake({
      ...options,
      role: 'initiator',
      self: { name: 'c@h', incarnation: 9 },
      nonce: new Uint8Array(32).fill(1),
      wanted: 'a@h',
    })
    const second = new Handshake({
      ...options,
      role: 'acceptor',
      self: { name: 'a@h', incarnation: 8 },
      nonce: new Uint8Array(32).fill(2),
    })
    let bytes: Uint8Array | undefined = sent(first.start())
    while (bytes !== undefined) {
      said.push(bytes)
      const answer = sent(second.receive(bytes))
      bytes = answer === undefined ? undefined : sent(first.receive(answer))
    }
    return said
  }
  const sent = (actions: ReturnType<Handshake['start']>): Uint8Array | undefined =>
    actions.map((action) => (action.type === 'send' ? action.bytes : undefined)).find((bytes) => bytes !== undefined)

  it('and plays it back is refused: the proof belongs to another nonce', async () => {
    const [hello, proof] = overheard()
    const bad = meet(cluster.network, a.distribution.listenAddress!, { wanted: 'a@h' })
    await cluster.runtime.settle()
    bad.say(hello!)
    await cluster.runtime.settle()
    bad.say(proof!)
    await cluster.runtime.settle()
    expect(bad.isClosed).toBe(true)
    expect(a.notices().join()).toMatch(/does not have the cookie/)
    expect(a.distribution.nodes()).toEqual(['b@h'])
  })

  it('cannot make a node prove for him: what it says as initiator is worth nothing to its acceptor side', async () => {
    // He is dialled as mallory@far, and says to `a` what `a` says to him, on another connection.
    const c = await cluster.start('c@h', { hosts: { 'mallory@far': 'far:1' } })
    const address = c.distribution.listenAddress!
    const reflected: { back: Stream | null; there: Stream | null } = { back: null, there: null }
    let answers = 0
    await cluster.network.listen({ host: 'far', port: 1 }, (stream) => {
      reflected.back = stream
      reflected.there = cluster.network.connect(address, {
        data: (bytes) => void stream.write([bytes.slice()]),
        closed: () => stream.close(),
      })
      const frames = new FrameReader(4096, (bytes, start, end) => {
        answers++
        reflected.there?.write([framed(bytes.slice(start, end))])
      })
      return { data: (bytes) => frames.push(new Uint8Array(bytes)), closed: () => reflected.there?.close() }
    })
    expect(await cluster.runtime.runUntil(c.distribution.connect('mallory@far'))).toBe(false)
    await cluster.runtime.settle()
    expect(answers).toBeGreaterThan(0)
    expect(c.distribution.nodes()).toEqual([])
    expect(c.distribution.stats()).toMatchObject({ connections: 0, pendingHandshakes: 0 })
  })
})

it('secrets are compared in constant time wherever they are compared', () => {
  // What is compared otherwise cannot be seen from outside: so this reads the sources.
  for (const file of ['handshake/proof.ts', 'liveness/lane-messages.ts'])
    expect(readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8')).toMatch(/timingSafeEqual\(a, b\)/)
  const handshake = readFileSync(new URL('../src/handshake/handshake.ts', import.meta.url), 'utf8')
  expect(handshake).toMatch(/isSameProof\(proof, /)
})

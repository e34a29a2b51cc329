/** What comes along with messages between nodes: trace contexts, and stamps of a hybrid logical clock. */
import {
  createNode,
  defineModule,
  Pid,
  reply,
  type AnyPid,
  type ClockStamp,
  type Process,
  type Request,
  type Runtime,
  type TraceContext,
} from '@agner/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HybridClock } from '../src/context/hybrid-clock.ts'
import { readFields, writeFields, type Fields } from '../src/context/header-fields.ts'
import { noFields } from '../src/handshake/hello-fields.ts'
import { offerKey } from '../src/handshake/offer.ts'
import { compareStamps, erpc, startDistribution, type DistributionOptions } from '../src/index.ts'
import { internPid } from '@agner/core/kernel'
import { ByteReader } from '../src/wire/byte-reader.ts'
import { FrameWriter } from '../src/wire/frame-writer.ts'
import { WireError } from '../src/wire/wire-error.ts'
import { cookie, createCluster, type Cluster, type Member } from './cluster.ts'
import { joined } from './wire.ts'

const trace: TraceContext = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  flags: 1,
}
const there = 'b@127.0.0.1'

interface Seen {
  readonly trace: TraceContext | null
  readonly clock: ClockStamp | null
}

const see = (self: Process<never>): Seen => ({ trace: self.traceContext, clock: self.messageClock })
const seer = defineModule('seer', '1', {
  run: async (self: Process<Request<unknown, Seen> | { readonly to: AnyPid }>, argument: unknown) => {
    if (argument instanceof Pid) self.send(argument as Pid<unknown>, see(self as never))
    for (;;) {
      const asked = await self.receive()
      if ('payload' in asked) reply(asked, see(self as never))
      else self.send(asked.to as Pid<unknown>, see(self as never))
    }
  },
})
const led = defineModule('led', '1', {
  tells: async (self: Process<never>, to: unknown) => self.send(to as Pid<unknown>, self.groupLeader),
  spawnsBack: async (self: Process<never>, to: unknown) => {
    await self.spawnAt((to as AnyPid).node, 'led', 'tells', to)
  },
})
const looks = erpc.functions<{ look(): Seen }>('looks')
const Looks = erpc.defineFunctions(looks, '1', { look: (_, self) => see(self as never) })

/** A machine whose wall clock is ahead. */
const inTime = (runtime: Runtime, aheadMs: number): Runtime =>
  new Proxy(runtime, {
    get(target, key) {
      if (key === 'wallClockMs') return () => target.wallClockMs() + aheadMs
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })

let cluster: Cluster
let a: Member
let b: Member

async function start(ofA: Partial<DistributionOptions> = {}, ofB: Partial<DistributionOptions> = ofA): Promise<void> {
  a = await cluster.start('a@127.0.0.1', { ...ofA, modules: [led] })
  b = await cluster.start(there, { ...ofB, modules: [seer, Looks, led] })
}

const seerThere = (): AnyPid => b.node.spawn(seer.functions.run as never, { name: 'seer' })

beforeEach(() => {
  cluster = createCluster()
})

afterEach(async () => {
  await cluster.stop()
  expect(cluster.runtime.pendingTimers).toBe(0)
})

describe('a trace context', () => {
  it('goes to other nodes with messages by pid, name and alias, requests, spawns and calls, and comes back', async () => {
    await start()
    const pid = seerThere()
    await cluster.inProcess<Seen>(a, async (self) => {
      self.traceContext = trace
      const targets = [pid, { name: 'seer', node: there }]
      for (const to of targets) {
        self.traceContext = trace
        self.send(to as never, { to: self.pid } as never)
        self.traceContext = null
        expect(await self.receive()).toEqual({ trace, clock: null })
        expect(self.traceContext).toEqual(trace)
      }
      expect(await self.request(pid, 1)).toEqual({ trace, clock: null })
      await self.spawnAt(there, 'seer', 'run', self.pid)
      expect(await self.receive()).toEqual({ trace, clock: null })
      expect(await erpc.call(self, there, looks, 'look')).toEqual({ trace, clock: null })
      self.traceContext = null
      expect(await self.request(pid, 1)).toEqual({ trace: null, clock: null })
      self.send(pid as never, { to: self.pid } as never)
      expect(await self.receive()).toEqual({ trace: null, clock: null })
      const alias = self.alias()
      b.node.spawn(async (other) => {
        other.traceContext = trace
        other.send(alias as never, { trace: null, clock: null } as never)
      })
      await self.receive()
      expect(self.traceContext).toEqual(trace)
    })
  })

  it('is not sent to a node that would not skip it', async () => {
    await start({}, { [offerKey]: { capabilities: 0, fields: noFields } } as Partial<DistributionOptions>)
    const pid = seerThere()
    await cluster.inProcess(a, async (self) => {
      self.traceContext = trace
      expect(await self.request(pid, 1)).toEqual({ trace: null, clock: null })
    })
  })
})

describe('the group leader of who spawns on another node', () => {
  const shows = (where: () => string, name: string, expected: (own: AnyPid) => AnyPid | null, leader?: AnyPid) =>
    cluster.inProcess<AnyPid | null>(a, async (self) => {
      self.setGroupLeader(self.pid, leader ?? self.pid)
      await self.spawnAt(where(), 'led', name, self.pid)
      expect(await self.receive()).toBe(expected(self.pid))
    })

  it('is that of the new process, of what that spawns, and back again', async () => {
    await start()
    await shows(
      () => there,
      'tells',
      (own) => own,
    )
    await shows(
      () => there,
      'spawnsBack',
      (own) => own,
    )
    const elsewhere = internPid('c@127.0.0.1', 7, 2 ** 40)
    for (const leader of [seerThere(), elsewhere])
      await shows(
        () => there,
        'spawnsBack',
        () => leader,
        leader,
      )
  })

  it('is nobody outside any group, and comes along with a trace', async () => {
    await start({ clock: true })
    await cluster.inProcess<unknown>(a, async (self) => {
      await self.spawnAt(there, 'led', 'tells', self.pid)
      expect(await self.receive()).toBeNull()
      self.traceContext = trace
      self.setGroupLeader(self.pid, self.pid)
      await self.spawnAt(there, 'led', 'tells', self.pid)
      expect(await self.receive()).toBe(self.pid)
      expect(self.traceContext).toEqual(trace)
    })
  })

  it('is not sent to a node that would not skip it', async () => {
    await start({}, { [offerKey]: { capabilities: 0, fields: noFields } } as Partial<DistributionOptions>)
    await shows(
      () => there,
      'tells',
      () => null,
    )
  })
})

describe('the clock', () => {
  it('is off unless it is wanted, and then hears of no stamps', async () => {
    await start({ clock: true }, {})
    expect(b.distribution.clock).toBe(null)
    const pid = seerThere()
    await cluster.inProcess(a, async (self) => {
      expect(await self.request(pid, 1)).toEqual({ trace: null, clock: null })
    })
  })

  it('stamps every signal: what happened before has the smaller stamp', async () => {
    await start({ clock: true })
    const pid = seerThere()
    await cluster.inProcess<Seen>(a, async (self) => {
      let last = a.distribution.clock!.now()
      const isLater = (stamp: ClockStamp | null): void => {
        expect(compareStamps(stamp!, last)).toBeGreaterThan(0)
        last = stamp!
      }
      for (let round = 0; round < 20; round++) {
        isLater(((await self.request(pid, 1)) as Seen).clock)
        isLater(b.distribution.clock!.now())
        self.send(pid as never, { to: self.pid } as never)
        isLater((await self.receive()).clock)
        isLater(self.messageClock)
        isLater(a.distribution.clock!.now())
        if (round % 5 === 0) await self.sleep(round)
      }
      await self.spawnAt(there, 'seer', 'run', self.pid)
      isLater((await self.receive()).clock)
    })
    expect(a.distribution.stats().clocksAhead + b.distribution.stats().clocksAhead).toBe(0)
  })

  it('is not dragged along by a peer that is far ahead, and says so once', async () => {
    const { runtime, network } = cluster
    await start({ clock: { maxDriftMs: 1000 } })
    const hourMs = 3_600_000
    const early = createNode({
      name: 'early@127.0.0.1',
      runtime: inTime(runtime, hourMs),
    })
    const distribution = await runtime.runUntil(startDistribution(early, { cookie, network, clock: true }))
    const pid = seerThere()
    const asks = early.spawn(async (self) => {
      for (let index = 0; index < 3; index++) await self.request(pid, 1)
    })
    expect(await runtime.runUntil(early.exited(asks))).toBe('normal')
    const aheadMs = b.distribution.clock!.now().ms - b.node.systemTimeMs()
    expect(aheadMs).toBeGreaterThan(900)
    expect(aheadMs).toBeLessThan(1010)
    expect(b.distribution.stats().clocksAhead).toBeGreaterThan(2)
    expect(b.notices().filter((text) => text.includes('is 3599'))).toHaveLength(1)
    await runtime.runUntil(distribution.stop())
    await runtime.runUntil(early.stop())
  })

  it('is moved by a stamp that is further ahead than it allows as far as it allows, and no further', () => {
    const clock = new HybridClock(() => 1_000_000, 60_000)
    expect(clock.now()).toEqual({ ms: 1_000_000, counter: 0 })
    expect(clock.heard({ ms: 1_000_000 + 60_000 + 1, counter: 7 })).toBe(1)
    expect(clock.now()).toEqual({ ms: 1_060_000, counter: 2 })
    expect(clock.heard({ ms: 99_000_000, counter: 7 })).toBe(97_940_000)
    expect(clock.now()).toEqual({ ms: 1_060_000, counter: 4 })
    // One that it allows moves it to where that is.
    const other = new HybridClock(() => 1_000_000, 60_000)
    expect(other.heard({ ms: 1_060_000, counter: 7 })).toBe(0)
    expect(other.now()).toEqual({ ms: 1_060_000, counter: 9 })
  })

  it.each([[1], ['yes'], [{ maxDriftMs: 0 }], [{ maxDriftMs: 'x' }]])('refuses %j', async (clock) => {
    await expect(cluster.start('c@h', { clock } as never)).rejects.toMatchObject({ code: 'distribution.bad_option' })
  })

  it('never goes back, whatever time does and whatever it hears', () => {
    const stamp = fc.record({ ms: fc.nat(5000), counter: fc.nat(0xffff) })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5000), fc.option(stamp))), (steps) => {
        let wallMs = 0
        const clock = new HybridClock(() => wallMs, 500)
        let last = clock.now()
        for (const [ms, heard] of steps) {
          wallMs = ms
          const beyondMs = heard === null ? 0 : clock.heard(heard)
          const next = clock.now()
          expect(compareStamps(next, last)).toBeGreaterThan(0)
          if (heard !== null && beyondMs === 0) expect(compareStamps(next, heard)).toBeGreaterThan(0)
          if (beyondMs > 0) expect(heard!.ms - beyondMs).toBe(wallMs + 500)
          expect(next.counter).toBeLessThanOrEqual(0xffff)
          last = next
        }
      }),
    )
  })

  it('goes on in the next millisecond when its counter is full', () => {
    const clock = new HybridClock(() => 10, 1000)
    clock.heard({ ms: 10, counter: 0xfffe })
    expect([clock.now(), clock.now()]).toEqual([
      { ms: 11, counter: 0 },
      { ms: 11, counter: 1 },
    ])
  })
})

describe('header fields', () => {
  const parties = { self: { name: there, incarnation: 2 }, peer: { name: 'a@127.0.0.1', incarnation: 1 } }
  const swapped = { self: parties.peer, peer: parties.self }
  const written = (fields: Partial<Fields>): Uint8Array => {
    const writer = new FrameWriter()
    writer.begin(0, 1)
    writeFields(writer, { trace: null, clock: null, leader: null, ...fields }, swapped)
    writer.end()
    return joined(writer.take()).slice(6)
  }
  const read = (bytes: Uint8Array) => {
    const reader = new ByteReader(new Uint8Array(0))
    reader.reset(bytes, 0, bytes.length)
    return readFields(reader, parties)
  }
  const clock: ClockStamp = { ms: 1_700_000_000_123, counter: 513 }

  it('are what PROTOCOL.md says, byte by byte', () => {
    expect(Buffer.from(written({ trace, clock })).toString('hex')).toBe(
      '0027' + '010019' + trace.traceId + trace.spanId + '01' + '020008' + '018bcfe5687b' + '0201',
    )
  })

  it('say the group leader as an address', () => {
    const hex = (leader: AnyPid): string => Buffer.from(written({ leader })).toString('hex')
    expect(hex(internPid('a@127.0.0.1', 1, 300))).toBe('0006' + '030003' + '01' + 'ac02')
    expect(hex(internPid(there, 2, 1))).toBe('0005' + '030002' + '02' + '01')
    expect(hex(internPid('c@h', 5, 1))).toBe('000d' + '03000a' + '03' + '03634068' + '00000005' + '01')
  })

  it.each<Partial<Fields>>([
    { trace, clock },
    { trace },
    { clock: { ms: 2 ** 48 - 1, counter: 0xffff } },
    { leader: internPid('a@127.0.0.1', 1, 2 ** 53 - 1) },
    { leader: internPid(there, 2, 127), trace, clock },
    { leader: internPid(`ü${'n'.repeat(118)}@h`, 2 ** 32 - 1, 128), clock },
  ])('come back as they were: %j', (fields) => {
    expect(read(written(fields))).toEqual({ trace: null, clock: null, leader: null, ...fields })
  })

  it.each([
    ['of no type that is known', '0004' + '07' + '0001' + 'ff', null],
    ['with ids of zero', `001c010019${'00'.repeat(25)}`, null],
  ])('%s are passed over', (_, hex, expected) => {
    expect(read(Uint8Array.from(Buffer.from(hex, 'hex')))).toBe(expected)
  })

  it.each([
    ['a trace context that is too short', '0004' + '01' + '0001' + 'ff'],
    ['a stamp that is too long', `000c${'02'}0009${'00'.repeat(9)}`],
    ['a group leader that is nobody', '0004' + '03' + '0001' + '00'],
    ['a group leader that is a ref', '0005' + '03' + '0002' + '0401'],
    ['a group leader that is a name', '0006' + '03' + '0003' + '070161'],
    ['a group leader that ends early', '0004' + '03' + '0001' + '01'],
    ['a group leader that ends late', '0006' + '03' + '0003' + '010101'],
    ['no group leader at all', '0003' + '03' + '0000'],
    ['a field that is longer than the block', '0003' + '07' + '0001' + 'ff'],
    ['a block that is longer than the frame', '00ff' + '07' + '0001' + 'ff'],
  ])('of %s are a fault', (_, hex) => {
    expect(() => read(Uint8Array.from(Buffer.from(hex, 'hex')))).toThrow(WireError)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { internPid } from '@agner/core/kernel'
import { createVirtualRuntime } from '@agner/testing'
import { Assemblies } from '../src/connection/input/assemblies.ts'
import { boundsBefore } from '../src/connection/output/bounds.ts'
import { Congestion } from '../src/connection/output/congestion.ts'
import { Lanes, type Sender } from '../src/connection/output/lanes.ts'
import { Output } from '../src/connection/output/output.ts'
import { defaultLimits } from '../src/limits.ts'
import type { Stream } from '../src/network/network.ts'
import { newCounters } from '../src/stats.ts'
import { FrameReader } from '../src/wire/frame-reader.ts'
import { FrameWriter } from '../src/wire/frame-writer.ts'
import { WireError } from '../src/wire/wire-error.ts'
import { a, inParts, joined } from './wire.ts'

const senders: readonly Sender[] = [null, ...[1, 2, 3].map((id) => internPid(a.name, a.incarnation, id))]
const fragmentBytes = 1000

/** A frame whose bytes say who sent it, which it is of his, and then go on as a pattern. */
function frame(who: number, seq: number, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(size, 4))
  for (let i = 4; i < bytes.length; i++) bytes[i] = (who * 7 + seq * 3 + i) & 0xff
  // No opcode of a fragment.
  bytes.set([0x40, who, seq >> 8, seq & 0xff])
  return bytes
}

/** Both ends of a connection, without one. */
class Ends {
  readonly writer = new FrameWriter()
  readonly lanes: Lanes
  readonly assemblies: Assemblies
  readonly got: Uint8Array[] = []
  readonly #reader = new FrameReader(1 << 20, (bytes, start, end) => {
    const whole = Assemblies.isFragment(bytes, start) ? this.assemblies.add(bytes, start, end) : bytes.slice(start, end)
    if (whole !== null) this.got.push(whole)
  })

  constructor(openMessages = 16) {
    this.lanes = new Lanes(fragmentBytes, openMessages)
    this.assemblies = new Assemblies({ messageBytes: 1 << 24, openMessages })
  }

  send(who: number, content: Uint8Array): void {
    this.writer.begin(content[0] as number, content[1] as number)
    this.writer.bytes(content.subarray(2))
    const bytes = this.writer.frameBytes + 4
    const sender = senders[who] as Sender
    if (bytes <= fragmentBytes && !this.lanes.has(sender)) this.writer.end()
    else this.lanes.add(sender, this.writer.detach(), bytes)
  }

  flow(cuts: readonly number[] = []): void {
    inParts(joined(this.writer.take()), cuts, (part) => this.#reader.push(part))
  }
}

describe('lanes', () => {
  it('bring everything, whole and in the order of each sender, however turns, fragments and cuts fall', () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          who: fc.nat(3),
          size: fc.oneof(fc.nat(200), fc.integer({ min: 990, max: 1010 }), fc.integer({ min: 1000, max: 90_000 })),
        }),
      },
      { weight: 4, arbitrary: fc.record({ turns: fc.nat(8) }) },
    )
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (steps, cuts, open) => {
          const ends = new Ends(open)
          const sent: Uint8Array[][] = [[], [], [], []]
          for (const each of steps) {
            if ('turns' in each) {
              for (let i = 0; i < each.turns; i++) ends.lanes.next(ends.writer)
              ends.flow(cuts)
            } else {
              const list = sent[each.who] as Uint8Array[]
              const content = frame(each.who, list.length, each.size)
              list.push(content)
              ends.send(each.who, content)
            }
          }
          while (ends.lanes.next(ends.writer) !== undefined);
          ends.flow(cuts)
          expect([ends.lanes.isEmpty, ends.lanes.bytes, ends.assemblies.size]).toEqual([true, 0, 0])
          for (const [who, list] of sent.entries()) {
            const arrived = ends.got.filter((each) => each[1] === who)
            expect(arrived.length).toBe(list.length)
            for (const [i, content] of list.entries()) expect(Buffer.compare(arrived[i] as Uint8Array, content)).toBe(0)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('let others pass a large message, take turns, and keep what its sender sends behind it', () => {
    const ends = new Ends()
    ends.send(1, frame(1, 0, 5000))
    ends.send(2, frame(2, 0, 2500))
    ends.send(1, frame(1, 1, 10))
    ends.send(3, frame(3, 0, 10))
    const turns: Sender[] = []
    for (let next = ends.lanes.next(ends.writer); next !== undefined; next = ends.lanes.next(ends.writer)) {
      turns.push(next)
      ends.flow()
    }
    const [, one, two] = senders
    expect(turns).toEqual([one, two, one, two, one, two, one, one, one])
    expect(ends.got.map((each) => [each[1], each[3]])).toEqual([
      [3, 0],
      [2, 0],
      [1, 0],
      [1, 1],
    ])
  })

  it('begin no more messages than the receiver takes', () => {
    const ends = new Ends(2)
    for (const who of [0, 1, 2, 3]) for (const seq of [0, 1]) ends.send(who, frame(who, seq, 3000))
    let most = 0
    while (ends.lanes.next(ends.writer) !== undefined) {
      // The receiver faults a third.
      ends.flow()
      most = Math.max(most, ends.assemblies.size)
    }
    expect(most).toBe(2)
    expect(ends.got).toHaveLength(8)
  })
})

describe('fragments', () => {
  const first = (stream: number, length: number, bytes: readonly number[]): Uint8Array =>
    Uint8Array.from([3, 0, stream, length, ...bytes])
  const next = (stream: number, bytes: readonly number[]): Uint8Array => Uint8Array.from([4, 0, stream, ...bytes])
  const take = (...frames: Uint8Array[]) => {
    const assemblies = new Assemblies({ messageBytes: 100, openMessages: 2 })
    let whole: Uint8Array | null = null
    for (const each of frames) whole = assemblies.add(each, 0, each.length)
    return whole
  }

  it('make a frame, and may be one alone', () => {
    expect(take(first(1, 3, [7, 8]), next(1, [9]))).toEqual(Uint8Array.from([7, 8, 9]))
    expect(take(first(1, 2, [7, 8]))).toEqual(Uint8Array.from([7, 8]))
    expect(take(first(1, 2, [7]), first(2, 2, [5]), next(1, [8]), first(1, 1, [4]))).toEqual(Uint8Array.from([4]))
  })

  it.each([
    ['of no frame', [next(1, [1])], /no frame/],
    ['after the last', [first(1, 1, [1]), next(1, [1])], /no frame/],
    ['that begin twice', [first(1, 5, [1]), first(1, 5, [1])], /twice/],
    ['of more bytes than announced', [first(1, 2, [1]), next(1, [1, 2])], /2 announced/],
    ['of more bytes than announced, at once', [first(1, 1, [1, 2])], /1 announced/],
    ['that are empty', [first(1, 2, [])], /empty/],
    ['that are empty later', [first(1, 2, [1]), next(1, [])], /empty/],
    ['of a frame over the limit', [first(1, 101, [1])], /over the limit of 100/],
    ['of too many frames at once', [first(1, 2, [1]), first(2, 2, [1]), first(3, 2, [1])], /more than 2/],
    ['with flags', [Uint8Array.from([3, 1, 1, 2, 1])], /flags/],
    ['that end early', [Uint8Array.from([3, 0, 1])], /early/],
  ] as const)('%s are refused', (_, frames, message) => {
    expect(() => take(...frames)).toThrow(WireError)
    expect(() => take(...frames)).toThrow(message)
  })

  it('announced and not sent cost next to nothing', () => {
    const length = [0x80, 0x80, 0x80, 0x40]
    const assemblies = new Assemblies({ messageBytes: 2 ** 31 - 1, openMessages: 1000 })
    const before = process.memoryUsage().arrayBuffers
    for (let stream = 0; stream < 100; stream++) {
      const bytes = Uint8Array.from([3, 0, stream, ...length, 1])
      expect(assemblies.add(bytes, 0, bytes.length)).toBeNull()
    }
    expect(assemblies.size).toBe(100)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })
})

describe('congestion', () => {
  it('holds who sends while much waits in his way, and lets go at half, in order', () => {
    const lanes = new Lanes(fragmentBytes, 16)
    const [, one, two] = senders as readonly [null, NonNullable<Sender>, NonNullable<Sender>, Sender]
    const congestion = new Congestion(10_000, lanes)
    expect(congestion.isBusy(one, 10_000)).toBe(false)
    expect(congestion.isBusy(one, 10_001)).toBe(true)
    lanes.add(one, [new Uint8Array(20_000)], 20_000)
    expect([congestion.isBusy(one, 0), congestion.isBusy(two, 0), congestion.isBusy(null, 0)]).toEqual([
      true,
      false,
      false,
    ])
    congestion.hold(two)
    congestion.hold(one)
    expect(congestion.release(5000, false)).toEqual([])
    expect(congestion.release(4999, false)).toEqual([two])
    const writer = new FrameWriter()
    while (lanes.next(writer) !== undefined);
    congestion.hold(two)
    expect(congestion.release(4999, false)).toEqual([one, two])
    expect(congestion.isAnyHeld).toBe(false)
  })
})

describe('a peer that reads again', () => {
  it('lets all go that wait for it, however many they are', async () => {
    const runtime = createVirtualRuntime()
    const writer = new FrameWriter()
    let isFull = true
    const stream: Stream = {
      remote: 'b',
      get bufferedBytes() {
        return isFull ? 100 : 0
      },
      write: () => !isFull,
      close() {},
      destroy() {},
    }
    let ready: readonly unknown[] = []
    const bounds = boundsBefore(defaultLimits)
    const output = new Output(writer, {
      runtime,
      stream,
      counters: newCounters(),
      bounds: { ...bounds, busyBytes: 10, hasCredits: false, openMessages: 1 },
      spoke() {},
      ready: (senders) => (ready = senders),
    })
    writer.begin(0x40, 0)
    writer.bytes(new Uint8Array(100))
    output.push(null)
    const many = Array.from({ length: 200_000 }, (_, id) => internPid(a.name, a.incarnation, id + 1))
    for (const sender of many) output.hold(sender)
    output.flush()
    await runtime.settle()
    expect(ready.length).toBe(0)
    isFull = false
    output.drained()
    await runtime.settle()
    expect(ready.length).toBe(200_000)
    expect(ready.every((sender, i) => sender === many[i])).toBe(true)
  })
})

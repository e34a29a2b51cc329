/**
 * What is written when.
 *
 *     frame ──small──► writer ──end of the turn──► stream
 *           └─large, or behind one of its sender's──► lanes ──as the stream takes them──► stream
 *
 * Frames of one turn go out in one write. Large ones are fed a few fragments at a time, so that little of them lies in the way of
 * the next small one, and none of it holds the thread for long. Nothing here calls its owner back before `push` has returned.
 */
import type { AnyPid, Runtime } from '@agner/core'
import type { Stream } from '../../network/network.ts'
import type { Counters } from '../../stats.ts'
import type { FrameWriter } from '../../wire/frame-writer.ts'
import type { Bounds } from './bounds.ts'
import { Congestion } from './congestion.ts'
import { Lanes, type Sender } from './lanes.ts'
import { Turn } from './turn.ts'
import { Window } from './window.ts'

/** Frames of one turn are written before its end when there are this many bytes of them. */
const flushBytes = 64 * 1024
/** Of large messages so much is written before others have the thread. */
const feedBytes = 256 * 1024

export interface OutputOptions {
  readonly runtime: Runtime
  readonly stream: Stream
  readonly counters: Counters
  readonly bounds: Bounds
  /** Something was written. */
  spoke(): void
  /** These may send again. Called on a later turn. */
  ready(senders: readonly AnyPid[]): void
}

export class Output {
  readonly #options: OutputOptions
  readonly #writer: FrameWriter
  readonly #lanes: Lanes
  readonly #congestion: Congestion
  readonly #turn: Turn
  /** Null when the peer does not say what it has taken. */
  readonly #window: Window | null
  /** The stream has not said that it is full. */
  #hasRoom = true
  /** What the stream had not written when it was last looked at: it becomes less without our doing, and never more. */
  #buffered = 0
  #fedBytes = 0
  #isFeeding = false
  #released: AnyPid[] = []
  #isOver = false

  constructor(writer: FrameWriter, options: OutputOptions) {
    this.#options = options
    this.#writer = writer
    const { bounds, runtime } = options
    this.#lanes = new Lanes(bounds.fragmentBytes, bounds.openMessages)
    this.#congestion = new Congestion(bounds.busyBytes, this.#lanes)
    this.#window = bounds.hasCredits ? new Window() : null
    this.#turn = new Turn(
      runtime,
      () => writer.pendingBytes,
      () => this.flush(),
    )
  }

  /** Bytes in everybody's way: at most so many, and exactly so many when that matters. */
  get #unwritten(): number {
    const { pendingBytes } = this.#writer
    if (pendingBytes + this.#buffered > this.#options.bounds.busyBytes) this.#look()
    return pendingBytes + this.#buffered
  }

  #look(): void {
    this.#buffered = this.#options.stream.bufferedBytes
  }

  /** Bytes that wait, all in all. */
  get waitingBytes(): number {
    this.#look()
    return this.#writer.pendingBytes + this.#buffered + this.#lanes.bytes
  }

  /** The most that waits in the way of one sender. */
  inTheWayOf(sender: Sender): number {
    return Math.max(this.#unwritten, this.#lanes.isEmpty ? 0 : this.#lanes.bytesOf(sender))
  }

  isBusyFor(sender: Sender): boolean {
    return this.#congestion.isBusy(sender, this.#unwritten)
  }

  /** Large messages of others fill what there is room for. */
  isFullFor(bytes: number): boolean {
    const { fragmentBytes, largeBytes } = this.#options.bounds
    return bytes > fragmentBytes && this.#lanes.bytes > largeBytes
  }

  /** The sender waits until {@link OutputOptions.ready} names it. */
  hold(sender: AnyPid): void {
    this.#congestion.hold(sender)
  }

  /** These were held for what has just been pushed: they wait until enough of it is gone, as it may be already. */
  holdOn(senders: Iterable<AnyPid>): void {
    for (const sender of senders) this.#congestion.hold(sender)
    this.#relieve()
  }

  /** The frame that was begun in the writer is whole. */
  push(sender: Sender): void {
    const { counters, bounds } = this.#options
    const writer = this.#writer
    counters.framesOut++
    const bytes = writer.frameBytes + 4
    if (bytes <= bounds.fragmentBytes && (this.#lanes.isEmpty || !this.#lanes.has(sender))) {
      writer.end()
      if (writer.pendingBytes > flushBytes) this.flush()
      else this.#turn.begin()
      return
    }
    this.#lanes.add(sender, writer.detach(), bytes)
    this.#feedLater()
  }

  /** The frame that was begun in the writer goes before all that waits in lanes. */
  pass(): void {
    this.#options.counters.framesOut++
    this.#writer.end()
    this.#turn.begin()
  }

  /** The peer has taken so much in fragments. @returns false when that cannot be. */
  credited(total: number): boolean {
    if (this.#window?.credited(total, this.#options.runtime.nowMs()) !== true) return false
    this.#feed()
    this.#relieve()
    return true
  }

  flush(): void {
    if (this.#isOver || this.#writer.pendingBytes === 0) return
    this.#options.spoke()
    this.#write()
    this.#relieve()
  }

  /** Writes all at once: the end is near. */
  finish(): void {
    while (this.#lanes.next(this.#writer) !== undefined);
    this.flush()
  }

  /** Nothing is written any more. */
  end(): void {
    this.#isOver = true
  }

  /** A sign of life, which is no word. */
  tick(): void {
    this.#writer.tick()
    this.#write()
  }

  drained(): void {
    this.#hasRoom = true
    this.#feed()
    this.#relieve()
  }

  #write(): void {
    const { counters, stream } = this.#options
    counters.bytesOut += this.#writer.pendingBytes
    counters.writes++
    this.#hasRoom = stream.write(this.#writer.take())
    this.#look()
  }

  #feedLater(): void {
    if (this.#isFeeding) return
    this.#isFeeding = true
    this.#options.runtime.macrotask(this.#feedOn)
  }

  readonly #feedOn = (): void => {
    this.#isFeeding = false
    this.#fedBytes = 0
    this.#feed()
    this.#relieve()
  }

  get #mayFeed(): boolean {
    return this.#hasRoom && !this.#isOver && !this.#lanes.isEmpty && (this.#window === null || this.#window.isOpen)
  }

  /** As much as the stream takes, and the thread may be held for. */
  #feed(): void {
    const lanes = this.#lanes
    const window = this.#window
    while (this.#mayFeed && this.#fedBytes < feedBytes) {
      const { fragmented } = lanes
      if (lanes.next(this.#writer) === undefined) return
      if (lanes.fragmented > fragmented) window?.sent(lanes.fragmented, this.#options.runtime.nowMs())
      this.#fedBytes += this.#writer.pendingBytes
      this.#options.counters.fragmentsOut++
      this.#options.spoke()
      this.#write()
    }
    // A stream that takes everything at once says so at once: others have the thread in between.
    if (this.#fedBytes >= feedBytes && this.#mayFeed) this.#feedLater()
  }

  #relieve(): void {
    if (!this.#congestion.isAnyHeld) return
    this.#look()
    const isWritten = this.#hasRoom && this.#writer.pendingBytes === 0
    const released = this.#congestion.release(this.#unwritten, isWritten)
    if (released.length === 0) return
    const isTold = this.#released.length > 0
    // One by one: they may be more than a call takes arguments.
    for (const sender of released) this.#released.push(sender)
    if (isTold) return
    this.#options.runtime.microtask(() => {
      const senders = this.#released
      this.#released = []
      if (!this.#isOver) this.#options.ready(senders)
    })
  }
}

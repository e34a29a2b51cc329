/**
 * Who has a large message under way, and whose turn it is: pure.
 *
 * Signals of one process must arrive in the order of sending, and a large message takes its time. So from then on everything that
 * this process sends waits behind it, in a lane of its own, until the lane is empty again; others pass by. Lanes take turns, each
 * with a fragment or as much in small frames. What nobody sent in particular has a lane like a process.
 *
 *     A ▓▓▓▓▓▓ ·  ·        ▓ fragment of a large message   · small frame
 *     B ▓▓▓ ▓▓▓▓           out: A▓ B▓ A▓ B▓ …   and the frames of all others in between, at once
 */
import type { AnyPid } from '@agner/core'
import type { FrameWriter } from '../../wire/frame-writer.ts'
import { LargeFrame } from './large-frame.ts'

export type Sender = AnyPid | null

interface Waiting {
  readonly parts: readonly Uint8Array[]
  readonly bytes: number
  readonly large: LargeFrame | null
}

class Lane {
  readonly sender: Sender
  readonly #frames: Waiting[] = []
  #first = 0
  bytes = 0

  constructor(sender: Sender) {
    this.sender = sender
  }

  get first(): Waiting | undefined {
    return this.#frames[this.#first]
  }

  push(frame: Waiting): void {
    this.#frames.push(frame)
    this.bytes += frame.bytes
  }

  shift(): void {
    // Not Array.prototype.shift, which moves all that follow.
    if (++this.#first < 1024) return
    this.#frames.splice(0, this.#first)
    this.#first = 0
  }
}

export class Lanes {
  readonly #fragmentBytes: number
  readonly #mostOpen: number
  readonly #lanes = new Map<Sender, Lane>()
  /** Those that take turns. */
  #turns: Lane[] = []
  /** Those whose next message must wait until the receiver takes another. */
  #later: Lane[] = []
  #open = 0
  #streams = 0
  /** Bytes that were ever written in fragments, without the heads of those. */
  fragmented = 0
  /** Bytes of all that waits here. */
  bytes = 0

  /** @param mostOpen large messages that the receiver takes at once. */
  constructor(fragmentBytes: number, mostOpen: number) {
    this.#fragmentBytes = fragmentBytes
    this.#mostOpen = mostOpen
  }

  get isEmpty(): boolean {
    return this.#lanes.size === 0
  }

  has(sender: Sender): boolean {
    return this.#lanes.has(sender)
  }

  /** How much of a sender's waits here. */
  bytesOf(sender: Sender): number {
    return this.#lanes.get(sender)?.bytes ?? 0
  }

  /** A frame that was detached waits its turn. */
  add(sender: Sender, parts: readonly Uint8Array[], bytes: number): void {
    let lane = this.#lanes.get(sender)
    if (lane === undefined) {
      lane = new Lane(sender)
      this.#lanes.set(sender, lane)
      this.#turns.push(lane)
    }
    lane.push({ parts, bytes, large: bytes > this.#fragmentBytes ? new LargeFrame(parts, bytes) : null })
    this.bytes += bytes
  }

  /** Writes what the next turn is for. @returns whose turn it was; undefined when there is nothing to write. */
  next(writer: FrameWriter): Sender | undefined {
    for (;;) {
      const lane = this.#turns.shift()
      if (lane === undefined) return undefined
      if (!this.#turn(lane, writer)) continue
      if (lane.first !== undefined) this.#turns.push(lane)
      else this.#lanes.delete(lane.sender)
      return lane.sender
    }
  }

  /** False: its next message is large and must wait. */
  #turn(lane: Lane, writer: FrameWriter): boolean {
    let left = this.#fragmentBytes
    for (let frame = lane.first; frame !== undefined && left > 0; frame = lane.first) {
      const { large, bytes, parts } = frame
      if (large !== null) {
        // A fragment has a turn to itself: frames before it have theirs.
        if (left < this.#fragmentBytes) return true
        return this.#fragment(lane, large, writer)
      }
      writer.frame(parts, bytes)
      this.#took(lane, bytes)
      lane.shift()
      left -= bytes
    }
    return true
  }

  #fragment(lane: Lane, large: LargeFrame, writer: FrameWriter): boolean {
    if (large.stream < 0) {
      if (this.#open >= this.#mostOpen) {
        this.#later.push(lane)
        return false
      }
      this.#open++
      large.stream = this.#streams++
      // Its length field goes nowhere.
      this.#took(lane, 4)
    }
    const written = large.write(writer, this.#fragmentBytes)
    this.fragmented += written
    this.#took(lane, written)
    if (!large.isDone) return true
    lane.shift()
    this.#open--
    const waiting = this.#later.shift()
    if (waiting !== undefined) this.#turns.push(waiting)
    return true
  }

  #took(lane: Lane, bytes: number): void {
    lane.bytes -= bytes
    this.bytes -= bytes
  }
}

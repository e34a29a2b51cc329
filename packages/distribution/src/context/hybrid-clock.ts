/**
 * A hybrid logical clock (Kulkarni et al., 2014): physical time where that is enough, and a counter where it is not.
 *
 *     now ──► greater than all that it gave and heard before        what happened before has the smaller stamp, across nodes
 *     heard ──► not behind the sender                               within a bound: a peer whose clock is far ahead drags nobody along
 */
import type { ClockStamp } from '@agner/core'

const counterLimit = 0xffff

/** The earlier of two stamps comes first: negative, 0, or positive, as for `sort`. */
export function compareStamps(a: ClockStamp, b: ClockStamp): number {
  return a.ms === b.ms ? a.counter - b.counter : a.ms - b.ms
}

export interface DistributionClock {
  /** The present: greater than every stamp that this node gave, or has heard from peers that are not too far ahead. */
  now(): ClockStamp
}

export class HybridClock implements DistributionClock {
  readonly #wallMs: () => number
  readonly #maxDriftMs: number
  #ms = 0
  #counter = 0

  /** @param maxDriftMs how far ahead of this node's own time it lets itself be moved. */
  constructor(wallMs: () => number, maxDriftMs: number) {
    this.#wallMs = wallMs
    this.#maxDriftMs = maxDriftMs
  }

  /** The present: greater than any stamp before. */
  now(): ClockStamp {
    this.#advance(Math.floor(this.#wallMs()), 0)
    return { ms: this.#ms, counter: this.#counter }
  }

  /**
   * A stamp came from a peer.
   *
   * @returns by how much it is further ahead than is allowed, in milliseconds; that much of it does not count. Usually 0.
   */
  heard({ ms, counter }: ClockStamp): number {
    const wallMs = Math.floor(this.#wallMs())
    const limitMs = wallMs + this.#maxDriftMs
    const beyondMs = Math.max(0, ms - limitMs)
    if (beyondMs > 0) this.#meet(limitMs, 0)
    else this.#meet(ms, counter)
    this.#advance(wallMs, 0)
    return beyondMs
  }

  #meet(ms: number, counter: number): void {
    if (ms < this.#ms || (ms === this.#ms && counter <= this.#counter)) return
    this.#ms = ms
    this.#counter = counter
  }

  /** To the next stamp that is not before this one. */
  #advance(ms: number, counter: number): void {
    if (ms > this.#ms) {
      this.#ms = ms
      this.#counter = counter
    } else if (this.#counter < counterLimit) this.#counter++
    else {
      this.#ms++
      this.#counter = 0
    }
  }
}

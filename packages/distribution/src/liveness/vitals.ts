/**
 * Whether one peer is alive, suspect or down, by two paths: what its connection brings, and what its post tells.
 *
 *     connection   post                                       then the peer is
 *     speaks       –                                          alive
 *     silent       tells that the peer's thread is held       suspect, down after the busy limit (`busy_timeout`)
 *     silent       silent, or tells that nothing is held      down after the silence limit (`net_tick_timeout`)
 *
 * A post that says that the thread is free is no excuse: then it is the connection that is broken.
 */
import type { Beat, Pulse } from '../connection/pulse.ts'
import type { Board } from './board.ts'

/** `none`: one of the two nodes has no posts. `waiting`: it is not there yet, or could not be made. */
export type LaneState = 'none' | 'waiting' | 'up'

export class Vitals {
  readonly #pulse: Pulse
  readonly #board: Board | null
  readonly #told: (health: 'alive' | 'suspect') => void
  #heldTicks = 0
  #isSuspect = false

  /** @param told is called when the peer becomes suspect, and when it is heard again. */
  constructor(pulse: Pulse, board: Board | null, told: (health: 'alive' | 'suspect') => void) {
    this.#pulse = pulse
    this.#board = board
    this.#told = told
  }

  get isSuspect(): boolean {
    return this.#isSuspect
  }

  /** Intervals without a byte of the connection. */
  get silence(): number {
    return this.#pulse.silence
  }

  get lane(): LaneState {
    if (this.#board === null) return 'none'
    return this.#board.isUp ? 'up' : 'waiting'
  }

  /** For how long the peer's thread had given no sign of life, as its post said last. Null: not known. */
  get lagMs(): number | null {
    return this.#board?.isUp === true && this.#board.ticks !== 0 ? this.#board.lagMs : null
  }

  /** The pace has changed: so many intervals of silence from now on. */
  retime(silenceLimit: number, busyLimit: number): void {
    this.#pulse.retime(silenceLimit, busyLimit)
  }

  heard(): void {
    this.#pulse.heard()
    if (!this.#isSuspect) return
    this.#isSuspect = false
    this.#told('alive')
  }

  spoke(): void {
    this.#pulse.spoke()
  }

  /** One interval has passed. */
  beat(): Beat {
    const heldTicks = this.#board?.heldTicks ?? 0
    const beat = this.#pulse.beat(heldTicks !== this.#heldTicks)
    this.#heldTicks = heldTicks
    if (beat !== 'down' && beat !== 'busy' && this.#pulse.isSuspect && !this.#isSuspect) {
      this.#isSuspect = true
      this.#told('suspect')
    }
    return beat
  }
}

/**
 * Signs of life of one connection, counted in intervals; pure.
 *
 *     heard() bytes came · spoke() bytes went · beat() one interval has passed: what to do now
 *
 * A side that said nothing for an interval ticks; ticks do not count as speaking. A peer that was silent for as many intervals as the limit says is down.
 * Any byte is a sign of life, whatever it belongs to.
 *
 * An interval is excused when something else says that the peer lives and cannot speak: its thread is held. Excused
 * silence makes it suspect in place of down, until there is too much of it.
 *
 * Intervals are counted, not time: those that a node slept through itself are one.
 */

/** Intervals without a sign of life after which a peer is down, as net_tickintensity has it. */
const silentIntervals = 4
/** A peer may tick more slowly than we do, within reason. */
export const slowestMs: number = 10 * 60_000

/** What to do at the end of an interval. `busy`: the peer lives, and was held for too long. */
export type Beat = 'none' | 'tick' | 'down' | 'busy'

export class Pulse {
  #silenceLimit: number
  #busyLimit: number
  #heard = true
  #spoke = true
  /** Intervals since the last sign of life. */
  silence = 0
  /** Those since it, or since the last that was excused. */
  #unexcused = 0

  /** @param busyLimit intervals of silence, excused or not, after which the peer is given up. */
  constructor(silenceLimit: number, busyLimit: number = Infinity) {
    this.#silenceLimit = silenceLimit
    this.#busyLimit = busyLimit
  }

  /** Other limits from now on. Silence is counted anew: what has passed was counted in other intervals. */
  retime(silenceLimit: number, busyLimit: number): void {
    this.#silenceLimit = silenceLimit
    this.#busyLimit = busyLimit
    this.silence = this.#unexcused = 0
  }

  /** Silent for so long that only excuses keep it. */
  get isSuspect(): boolean {
    return this.silence >= this.#silenceLimit
  }

  heard(): void {
    this.#heard = true
  }

  spoke(): void {
    this.#spoke = true
  }

  beat(isExcused = false): Beat {
    const { silence } = this
    this.silence = this.#heard ? 0 : silence + 1
    this.#unexcused = this.#heard || isExcused ? 0 : this.#unexcused + 1
    if (this.#unexcused >= this.#silenceLimit) return 'down'
    if (this.silence >= this.#busyLimit) return 'busy'
    const beat = this.#spoke ? 'none' : 'tick'
    this.#heard = this.#spoke = false
    return beat
  }
}

/** How many intervals of `beatMs` a peer may be silent. */
export function silenceLimit(tickMs: number, peerTickMs: number, beatMs: number = tickMs): number {
  return Math.ceil((silentIntervals * slowerTickMs(tickMs, peerTickMs)) / beatMs)
}

/** The slower of two nodes sets the pace. */
export function slowerTickMs(tickMs: number, peerTickMs: number): number {
  return Math.max(tickMs, Math.min(peerTickMs, slowestMs))
}

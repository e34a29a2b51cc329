/**
 * Signs of life of one connection, counted in intervals; pure.
 *
 *     heard() bytes came · spoke() bytes went · beat() one interval has passed: what to do now
 *
 * A side that said nothing for an interval ticks; ticks do not count as speaking. A peer that was silent for as many intervals as the limit says is down.
 * Any byte is a sign of life, whatever it belongs to.
 */

/** Intervals without a sign of life after which a peer is down, as net_tickintensity has it. */
const silentIntervals = 4
/** A peer may tick more slowly than we do, within reason. */
const slowestMs = 10 * 60_000

/** What to do at the end of an interval. */
export type Beat = 'none' | 'tick' | 'down'

export class Pulse {
  readonly #silenceLimit: number
  #heard = true
  #spoke = true
  /** Intervals since the last sign of life. */
  silence = 0

  constructor(silenceLimit: number) {
    this.#silenceLimit = silenceLimit
  }

  heard(): void {
    this.#heard = true
  }

  spoke(): void {
    this.#spoke = true
  }

  beat(): Beat {
    const { silence } = this
    this.silence = this.#heard ? 0 : silence + 1
    if (this.silence >= this.#silenceLimit) return 'down'
    const beat = this.#spoke ? 'none' : 'tick'
    this.#heard = this.#spoke = false
    return beat
  }
}

/** How many of our intervals a peer may be silent. */
export function silenceLimit(tickMs: number, peerTickMs: number): number {
  const slowerMs = Math.max(tickMs, Math.min(peerTickMs, slowestMs))
  return Math.ceil((silentIntervals * slowerMs) / tickMs)
}

/**
 * One direction of a connection: what was written arrives in order, each piece at its own time, and never twice.
 *
 * It is TCP as programs see it. Bytes that meet a cut wait, since TCP sends them again, and go on when it has healed; a reset is sent
 * once, and lost if it meets a cut. Whoever writes to an end that is gone is answered by a reset, if that gets through.
 */
import type { RuntimeTimer } from '@agner/core'
import { longestDelayMs } from '../checks.ts'
import type { End } from './end.ts'
import { FrameFinder } from './frames.ts'
import type { World } from './world.ts'

interface Piece {
  /** `open` asks for the connection, `opened` says that it stands, `end` that nothing follows. */
  readonly kind: 'open' | 'opened' | 'data' | 'end' | 'reset'
  readonly bytes: Uint8Array
  atMs: number
}

const nothing = new Uint8Array(0)
/** Bytes that may have arrived without a way back for their acknowledgement. */
const windowBytes = 64 * 1024

export class Lane {
  readonly #world: World
  readonly #from: End
  /** The node that it leads to. */
  readonly target: string
  /** The end there; null until the connection was asked for. */
  to: End | null = null
  #pieces: Piece[] = []
  #timer: RuntimeTimer | null = null
  #latestMs = 0
  /** Arrived, and the other side could not say so. */
  #unacknowledged = 0
  #finder: FrameFinder | null = null
  /** Waits for the way to be free. */
  #isBlocked = false

  constructor(world: World, from: End, target: string) {
    this.#world = world
    this.#from = from
    this.target = target
  }

  get source(): string {
    return this.#from.host.name
  }

  send(kind: Piece['kind'], bytes: Uint8Array = nothing): void {
    this.#latestMs = Math.max(this.#latestMs, this.#world.runtime.nowMs() + this.#world.delayMs())
    this.#pieces.push({ kind, bytes, atMs: this.#latestMs })
    this.#arm()
  }

  /** Forgets what is on its way. */
  clear(): void {
    this.#pieces = []
    this.#timer?.clear()
    this.#timer = null
    this.#isBlocked = false
    this.#world.release(this)
  }

  /** Nothing arrives for so long, and then all of it. */
  stall(ms: number): void {
    this.#latestMs = Math.max(this.#latestMs, this.#world.runtime.nowMs() + ms)
    for (const piece of this.#pieces) piece.atMs = Math.max(piece.atMs, this.#latestMs)
    this.#timer?.clear()
    this.#timer = null
    this.#arm()
  }

  /** The way is free again. */
  resume(afterMs: number): void {
    this.#isBlocked = false
    if (this.#unacknowledged > 0) {
      if (!this.#world.passes(this.target, this.source)) this.#world.hold(this)
      else {
        this.#from.taken(this.#unacknowledged)
        this.#unacknowledged = 0
      }
    }
    if (this.#pieces.length > 0) this.stall(afterMs)
  }

  #arm(): void {
    const first = this.#pieces[0]
    if (first === undefined || this.#timer !== null || this.#isBlocked) return
    const { runtime } = this.#world
    const leftMs = Math.max(0, first.atMs - runtime.nowMs())
    this.#timer = runtime.setTimer(Math.min(leftMs, longestDelayMs), () => {
      this.#timer = null
      if (leftMs > longestDelayMs) this.#arm()
      else this.#arrive(first)
    })
  }

  #arrive(piece: Piece): void {
    const world = this.#world
    const from = this.#from
    const isFree = world.passes(this.source, this.target)
    if (piece.kind === 'reset') {
      this.clear()
      if (isFree) this.to?.broken()
      return
    }
    if (!isFree || this.#unacknowledged > windowBytes) {
      // Between two ends that are gone there is nothing left to tell.
      if (from.isGone && this.to?.isGone === true) this.clear()
      else {
        this.#isBlocked = true
        world.hold(this)
      }
      return
    }
    this.#pieces.shift()
    if (piece.kind === 'open') this.#open()
    else if (this.to === null || this.to.isGone) this.#nobodyThere(piece)
    else this.#hand(piece, this.to)
    this.#arm()
  }

  #open(): void {
    const from = this.#from
    const far = this.#world.accept(from)
    if (far !== null) {
      this.to = far
      far.out.send('opened')
      return
    }
    this.clear()
    if (this.#world.passes(this.target, this.source)) return this.#world.later(() => from.refused())
    // The refusal is lost, so the dialler hears nothing, and asks again when the way is free. One that has left already gets through a
    // cut: to lose that, too, would change the courses of seeds that only know whole cuts.
    this.#pieces.push({ kind: 'open', bytes: nothing, atMs: this.#world.runtime.nowMs() })
    this.#isBlocked = true
    this.#world.hold(this)
  }

  #hand(piece: Piece, to: End): void {
    if (piece.kind === 'opened') return to.opened()
    if (piece.kind === 'end') return to.ended()
    const { length } = piece.bytes
    if (this.#world.passes(this.target, this.source)) this.#from.taken(length)
    else {
      this.#unacknowledged += length
      this.#world.hold(this)
    }
    this.#see(piece.bytes, to)
    to.arrived(piece.bytes)
  }

  #nobodyThere(piece: Piece): void {
    this.clear()
    if (piece.kind === 'end') return
    const { to } = this
    if (to === null) return
    to.out.clear()
    to.out.send('reset')
  }

  #see(bytes: Uint8Array, to: End): void {
    const world = this.#world
    const { tracing } = world
    if (tracing === null || this.#from.host.isPost === true) return
    const from = this.source
    const { target } = this
    this.#finder ??= new FrameFinder({
      frame: (frame, size, checksum) =>
        tracing({
          atMs: world.runtime.nowMs(),
          type: 'frame',
          from,
          to: target,
          connection: to.connection,
          frame,
          bytes: size,
          checksum,
        }),
      line: (text) => tracing({ atMs: world.runtime.nowMs(), type: 'line', from, to: target, text }),
    })
    this.#finder.push(bytes)
  }
}

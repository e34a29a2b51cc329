/**
 * What waits for a connection that is being made, in order: as much as may wait for one that stands, and no more.
 *
 *     small ──────────────────────────────────► in everybody's way   ─┐ over busyBytes: its sender is held;
 *     large, or behind a large one of its sender's ──► in its sender's ─┘ over outputBytes: refused, if it may be
 *
 * Nothing goes out here, so who is held stays so until there is a connection, or none can be made.
 */
import type { AnyPid } from '@agner/core'
import type { RemoteSignal, Routed } from '@agner/core/kernel'
import type { Limits } from '../../limits.ts'
import type { Counters } from '../../stats.ts'
import { boundsBefore, mayRefuse, type BoundsBefore } from './bounds.ts'
import type { Sender } from './lanes.ts'
import { signalBytes } from './signal-size.ts'

interface QueuedSignal {
  readonly signal: RemoteSignal
  readonly sender: Sender
}

export class Queue {
  readonly #limit: number
  readonly #bounds: BoundsBefore
  readonly #counters: Counters
  readonly #overflowed: (text: string) => void
  readonly signals: QueuedSignal[] = []
  /** Who has to wait until it is over. */
  readonly held: Set<AnyPid> = new Set()
  /** Bytes in everybody's way. */
  #common = 0
  /** Bytes in the way of one sender, of those that sent a large message. */
  readonly #own = new Map<Sender, number>()
  #large = 0
  #isOver = false

  /** @param overflowed too much waits of what may not be refused. Called inside `push`, once. */
  constructor(limits: Limits, counters: Counters, overflowed: (text: string) => void) {
    this.#limit = limits.queuedSignals
    this.#bounds = boundsBefore(limits)
    this.#counters = counters
    this.#overflowed = overflowed
  }

  /** About how many bytes wait. */
  get bytes(): number {
    return this.#common + this.#large
  }

  /** @see Router.route */
  push(signal: RemoteSignal, sender: AnyPid | null, isFree: boolean): Routed {
    // What waits here fails together in a moment, and this with it.
    if (this.#isOver) return 'taken'
    const { fragmentBytes, messageBytes, objectBytes, outputBytes, largeBytes, overflowBytes } = this.#bounds
    const inTheWay = Math.max(this.#common, this.#own.get(sender) ?? 0)
    const isRefusable = isFree && mayRefuse(signal)
    if (isRefusable && (this.signals.length >= this.#limit || inTheWay > outputBytes)) return this.#refuse()
    if (inTheWay > overflowBytes) return this.#overflow(`${overflowBytes} bytes`)
    // One that is too large to be sent says so once there is a connection.
    const bytes = Math.min(signalBytes(signal, objectBytes), messageBytes)
    const isLarge = bytes > fragmentBytes
    if (isRefusable && isLarge && this.#large > largeBytes) return this.#refuse()
    if (isLarge || this.#own.has(sender)) {
      this.#own.set(sender, (this.#own.get(sender) ?? 0) + bytes)
      this.#large += bytes
    } else this.#common += bytes
    if (this.signals.push({ signal, sender }) > 2 * this.#limit) return this.#overflow(`${2 * this.#limit} signals`)
    if (!isFree || sender === null || !this.isBusyFor(sender)) return 'taken'
    if (!this.held.has(sender)) this.#counters.heldSenders++
    this.held.add(sender)
    return 'busy'
  }

  /** Whether who sends more has to wait. */
  isBusyFor(sender: Sender): boolean {
    const { busyBytes } = this.#bounds
    if (this.#common > busyBytes || this.signals.length > this.#limit / 2) return true
    return (this.#own.get(sender) ?? 0) > busyBytes
  }

  #refuse(): 'full' {
    this.#counters.refusedSends++
    return 'full'
  }

  #overflow(what: string): 'taken' {
    this.#isOver = true
    this.#overflowed(`over ${what} wait for it, of what may not be refused`)
    return 'taken'
  }
}

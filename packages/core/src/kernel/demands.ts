/**
 * What another node has open on this one is bounded: monitors and links of its processes, requests of theirs that wait for an
 * answer, and processes that they spawned; so many of each (`peerLimit`). One more is refused with `peer.too_many`, nothing
 * happens to the process that it was meant for, and what is open stays.
 */
import { coreError, type AgnerError } from '../errors.ts'
import type { ExitError, NotCarried } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessRecord } from './process-record.ts'
import { LinkSignal } from './signal.ts'

export type Demand = 'monitors' | 'links' | 'requests' | 'processes'

/** The refusal of one demand more, counted. */
export function tooMany(kernel: Kernel, peer: string, what: Demand): AgnerError {
  kernel.limitsMet.refusedPeerDemands++
  return coreError('peer.too_many', { peer, what, limit: kernel.peerLimit, node: kernel.identity.name })
}

/** The same for whoever gets an exit reason. */
export function asReason({ name, message, code }: AgnerError): NotCarried {
  const error: ExitError = Object.assign(new Error(message), { name, code })
  return Object.freeze({ notCarried: Object.freeze(error) })
}

/** A link from another node, which counts while it waits to be handled. */
export class LinkDemand extends LinkSignal {
  readonly #waiting: Set<LinkDemand>

  constructor(from: AnyPid, waiting: Set<LinkDemand>) {
    super(from)
    this.#waiting = waiting
    waiting.add(this)
  }

  override handle(receiver: ProcessRecord): boolean {
    this.#waiting.delete(this)
    return super.handle(receiver)
  }

  override orphaned(receiver: ProcessRecord): void {
    this.#waiting.delete(this)
    super.orphaned(receiver)
  }
}

/**
 * Counts what begins, and not what ends: when the limit is met, what is left is counted. The limit is never exceeded. Who is
 * refused may be up to a sixteenth below it, so that a peer at its limit does not make this node count for each demand.
 */
export class Tally {
  readonly #limit: number
  readonly #left: () => number
  #begun: number
  /** To be refused without a count. */
  #refusals = 0

  /** @param left counts how many there are now. */
  constructor(limit: number, left: () => number) {
    this.#limit = limit
    this.#left = left
    this.#begun = left()
  }

  /** False: the limit is met. */
  take(): boolean {
    if (this.#begun >= this.#limit) {
      if (this.#refusals > 0) {
        this.#refusals--
        return false
      }
      this.#begun = this.#left()
      const sixteenth = Math.floor(this.#limit / 16)
      if (this.#limit - this.#begun < sixteenth) this.#begun = this.#limit
      if (this.#begun >= this.#limit) {
        this.#refusals = sixteenth
        return false
      }
    }
    this.#begun++
    return true
  }
}

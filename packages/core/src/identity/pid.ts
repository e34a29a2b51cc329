/**
 * Pids: values that name a process, here or on another node, in this or an earlier incarnation of it.
 *
 * There is one object per process and realm, so `===` compares pids and they are Map keys, also after the wire (see
 * `realm.ts`). A pid of a dead process stays valid for ever and never names another one (Erlang: pids of one incarnation are
 * not reused).
 */
import { showAsText } from './show-as-text.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'

/** How many processes a node can have at once: an id is `generation * slotSpan + slot`. */
export const slotSpan: number = 2 ** 24

/** Which life of which node: restarting a node gives it a new incarnation, and pids of the old one reach nobody. */
export interface NodeIdentity {
  readonly name: string
  /** 32 bits, not zero. */
  readonly incarnation: number
}

/**
 * Names one process. `M` is what may be sent to it; a `Pid<never>`, as an untyped spawn gives it, may be linked, monitored and
 * compared, but not sent to.
 */
export class Pid<in M = never> {
  /** Exists in the types only: it makes `M` count. */
  declare readonly '~accepts'?: (message: M) => void
  /** @internal */
  readonly identity: NodeIdentity
  readonly id: number
  // Private, so that what walks over the fields of a message, to compare or to print it, does not walk over the whole node.
  #process: ProcessRecord | null

  /** @internal Pids come from spawn, or off the wire. */
  constructor(identity: NodeIdentity, id: number, process: ProcessRecord | null) {
    this.identity = identity
    this.id = id
    this.#process = process
  }

  /** @internal The live process, while it lives and its node is in this realm. */
  get process(): ProcessRecord | null {
    return this.#process
  }

  /** @internal */
  set process(process: ProcessRecord | null) {
    this.#process = process
  }

  /** The name of the node that the process lives on. */
  get node(): string {
    return this.identity.name
  }

  /** The incarnation of that node. */
  get incarnation(): number {
    return this.identity.incarnation
  }

  toString(): string {
    // An id is a slot and how often it was used before; most slots were not.
    const slot = this.id % slotSpan
    const earlier = (this.id - slot) / slotSpan
    return `<${this.identity.name}.${slot}${earlier === 0 ? '' : `.${earlier}`}>`
  }

  /** For logs and web pages: the text. A name, not a way back to the process. */
  toJSON(): string {
    return this.toString()
  }
}

showAsText(Pid.prototype)

/** Any pid, whatever may be sent to it. */
export type AnyPid = Pid<never>

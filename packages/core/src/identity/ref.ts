/**
 * Refs: values that are made once and equal nothing else. Monitors, timers and aliases are named by one.
 */
import type { AnyPid, NodeIdentity } from './pid.ts'
import { showAsText } from './show-as-text.ts'

/** A unique value. `===` compares refs, and they survive the wire. */
export class Ref {
  /** @internal */
  readonly identity: NodeIdentity
  readonly id: number
  /** @internal What the ref stands for on the node that made it: a monitor, a timer, an alias. */
  holds: object | null = null
  /** @internal Where the mailbox of its maker ended when it was made, for receive({ since }). */
  mark = 0
  /** @internal Whose mailbox that is: in another one the place means nothing. Null if there was none yet. */
  maker: AnyPid | null = null

  /** @internal */
  constructor(identity: NodeIdentity, id: number) {
    this.identity = identity
    this.id = id
  }

  get node(): string {
    return this.identity.name
  }

  get incarnation(): number {
    return this.identity.incarnation
  }

  toString(): string {
    return `#Ref<${this.identity.name}.${this.id}>`
  }

  /** For logs and web pages: the text. A name, not a way back to the process. */
  toJSON(): string {
    return this.toString()
  }
}

showAsText(Ref.prototype)

/** Where in the mailbox of a process that begins which may have come since a ref was made. Only its maker has any of it to skip. */
export function beginOf(ref: Ref | undefined, pid: AnyPid): number {
  return ref?.maker === pid ? ref.mark : 0
}

/** A ref that may be sent to, as long as it is active (erlang:alias/1). */
export interface Alias<in M = never> extends Ref {
  /** Exists in the types only: it tells an alias from other refs, and makes `M` count. */
  readonly '~accepts': (message: M) => void
}

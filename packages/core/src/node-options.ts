/**
 * What a node is made with, and its limits.
 */
import type { Module } from './modules.ts'
import type { Reporter } from './report.ts'
import type { Runtime } from './runtime/runtime.ts'

export interface NodeOptions {
  /** `name@host`. Needed only to take part in a cluster; default `nonode@nohost`. */
  readonly name?: string
  /** What other nodes may spawn here, and what `become` finds. */
  readonly modules?: readonly Module[]
  readonly runtime?: Runtime
  /** Takes crash reports and notices; default: a line on stderr for what is at least a warning. */
  readonly report?: Reporter
  /** Default 1,000,000; beyond it spawn throws `node.too_many_processes`. At most 16,777,215. */
  readonly processLimit?: number
  /** Names that can be registered at once; default 1,000,000. Beyond it `register` throws `name.too_many`. */
  readonly nameLimit?: number
  /** Monitors that one process can have at once; default 2,000,000. Beyond it `monitor` throws `monitor.too_many`. */
  readonly monitorLimit?: number
  /**
   * What another node may have open here: so many monitors, as many links, waiting requests, and processes that it spawned; default 1,000,000 of each. One
   * more is refused with `peer.too_many`.
   */
  readonly peerLimit?: number
  /** Timers that can be set at once; default 2,000,000. Beyond it `sendAfter`, `startTimer` and `sleep` fail with `timer.too_many`. */
  readonly timerLimit?: number
  /** Default for every process: 2,000,000 waiting messages. A process with more is ended with `{ mailboxOverflow }`. */
  readonly mailboxLimit?: number
  /**
   * A timer that fires so late makes a report: the thread was blocked. Default 1,000 ms; Infinity for none. It sees blocks that a timer of this node falls into;
   * `monitorSystem` sees all.
   */
  readonly blockedWarningMs?: number
}

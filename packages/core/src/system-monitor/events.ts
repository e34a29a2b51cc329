/**
 * What a system monitor tells (erlang:system_monitor/2): plain data, for a process or a function.
 */
import type { AnyPid } from '../identity/pid.ts'
import type { ProcessInfo } from '../process-info.ts'

/** A process had the thread for too long (`long_schedule`). It may have ended with that. */
export interface LongTurn extends Pick<ProcessInfo, 'pid' | 'name' | 'label' | 'initialCall'> {
  readonly type: 'longTurn'
  readonly durationMs: number
  /** `node.monotonicTimeMs()`, at the end of the turn. */
  readonly atMs: number
}

/** A mailbox became long, or is no longer (`long_message_queue`); the second is also told when its process ended. */
export interface LongMailbox {
  readonly type: 'longMailbox'
  readonly pid: AnyPid
  readonly name: string | null
  readonly isLong: boolean
  readonly mailboxLength: number
  readonly atMs: number
}

/** The event loop came to a timer too late: something blocked the thread, a process or other code of this program, or the program was not run. */
export interface LoopLag {
  readonly type: 'loopLag'
  readonly lagMs: number
  readonly atMs: number
}

/** A process waits, since too much of what is sent to another node waits already (`busy_dist_port`). */
export interface BusyPeer {
  readonly type: 'busyPeer'
  readonly pid: AnyPid
  readonly name: string | null
  /** The node that takes less than it is sent. */
  readonly node: string
  readonly atMs: number
}

export type SystemEvent = LongTurn | LongMailbox | LoopLag | BusyPeer

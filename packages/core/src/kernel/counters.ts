/**
 * What a node counts, so that its operator sees a limit coming, and when it was met. The limits are in `docs/limits.md`.
 */
import type { Kernel } from './kernel.ts'

/** How often something was refused, or ended, because a limit was met; counted where it happens. */
export interface LimitsMet {
  refusedSpawns: number
  refusedNames: number
  refusedMonitors: number
  refusedTimers: number
  /** Monitors, links, requests and spawns of other nodes, beyond `peerLimit`. */
  refusedPeerDemands: number
  mailboxOverflows: number
}

/** Numbers of a node: some as they are now, those of {@link LimitsMet} since the node was made. */
export interface NodeCounters extends Readonly<LimitsMet> {
  /** Processes that exist now, those included that are closing what they own. */
  readonly processes: number
  /** Names that are registered now. */
  readonly names: number
  /** Timers that are set now; sleeps, and the deadlines of receives and calls, are timers too. */
  readonly timers: number
  /** Turns, and what was handled at them, by all processes since the node was made (erlang:statistics/1 of `reductions`). */
  readonly reductions: number
  /** Milliseconds since the node was made. */
  readonly uptimeMs: number
}

export function noLimitsMet(): LimitsMet {
  return {
    refusedSpawns: 0,
    refusedNames: 0,
    refusedMonitors: 0,
    refusedTimers: 0,
    refusedPeerDemands: 0,
    mailboxOverflows: 0,
  }
}

export function readCounters(kernel: Kernel, processes: number): NodeCounters {
  const { names, timers, scheduler, limitsMet, runtime, startedMs } = kernel
  const uptimeMs = runtime.nowMs() - startedMs
  return { processes, names: names.size, timers: timers.size, reductions: scheduler.reductions, uptimeMs, ...limitsMet }
}

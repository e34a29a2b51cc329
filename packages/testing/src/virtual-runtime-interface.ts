/**
 * What a test has of a runtime in virtual time.
 */
import type { Runtime } from '@agner/core'

export interface VirtualRuntimeOptions {
  /** Makes the schedule random, and repeatable. An integer from 0 to 2^32 - 1. Default: none, first in first out. */
  readonly seed?: number
  /** What the wall clock shows at first, in milliseconds since 1970; default 1 January 2025 UTC. Monotonic time begins at 0. */
  readonly startMs?: number
  /** Turns that `settle`, `runUntil`, or one millisecond of `advance` may take before they give up; default 1,000,000. */
  readonly turnLimit?: number
}

export interface RunUntilOptions {
  /** For worlds that are never at rest: the virtual time after which the promise is given up as one that nobody will settle. Default Infinity. */
  readonly hangAfterMs?: number
}

/** A {@link Runtime} under the control of a test. Give it to `createNode({ runtime })`, to several nodes if they share a world. */
export interface VirtualRuntime extends Runtime {
  readonly seed: number | null
  /** Macrotasks and timers that have run so far: the length of the run, for comparing two. */
  readonly turns: number
  /**
   * What this run was, in 16 hex digits: every choice made and every task run so far, with its time. Two runs took the same course if
   * and only if theirs are equal (but for chance, 1 in 2^64): for asking whether a test is exact, or how many courses its seeds took.
   */
  readonly fingerprint: string
  /** Timers that are set and have not fired. */
  readonly pendingTimers: number
  /**
   * Runs all that can run without time going on: microtasks, macrotasks, timers that are due.
   *
   * @throws `testing.turn_limit`; whatever a task threw.
   */
  settle(): Promise<void>
  /**
   * Lets `ms` pass: every timer up to then fires at its instant, in order, and everything settles in between and after.
   *
   * @throws `testing.turn_limit`, `testing.bad_time`; whatever a task threw.
   */
  advance(ms: number): Promise<void>
  /**
   * Goes from timer to timer until `promise` settles, and resolves or rejects as it does.
   *
   * @throws `testing.hang` when nothing is left to run, or `hangAfterMs` are over; `testing.turn_limit`; whatever a task threw.
   */
  runUntil<T>(promise: PromiseLike<T>, options?: RunUntilOptions): Promise<T>
  /**
   * For code under test: has taken `ms` to get here, with the thread in its hands. The clocks go on and no timer fires; those that were due meanwhile fire late.
   *
   * @throws `testing.bad_time`
   */
  holdThread(ms: number): void
  /** Moves the wall clock, and nothing else, as an operator or NTP would. @throws `testing.bad_option` */
  jumpWallClock(byMs: number): void
}

/**
 * The runtime: all that a node takes from the world.
 *
 * Clock, timers, randomness, and the two ways to run something later come through this one interface and from nowhere
 * else, so that a test can own them: under `@agner/testing` the same code runs in virtual time with a seeded schedule.
 * The only real implementation is `real.ts`; a lint rule keeps the ambient ones out of every other file.
 */

/** A timer that was set with {@link Runtime.setTimer}. */
export interface RuntimeTimer {
  /** Never fires after this. Clearing twice is harmless. */
  clear(): void
  /** Keeps the program alive while the timer is pending (the default). */
  ref(): void
  /** Lets the program end although the timer is pending. */
  unref(): void
}

export interface Runtime {
  /** Monotonic time in milliseconds, with fractions. Never goes backwards; its zero means nothing. */
  nowMs(): number
  /** Wall-clock time in milliseconds since 1970, as `Date.now()` gives it. May jump. */
  wallClockMs(): number
  /** A number in [0, 1), not for secrets. */
  random(): number
  /** Bytes fit for secrets and for incarnations. */
  randomBytes(length: number): Uint8Array
  /** Runs `task` before control goes back to the event loop. */
  microtask(task: () => void): void
  /** Runs `task` when no microtask is left, and before control goes back to the event loop. */
  afterMicrotasks(task: () => void): void
  /** Runs `task` after the event loop had a turn, so that input and output can breathe. */
  macrotask(task: () => void): void
  /** Runs `task` once, not before `delayMs` have passed. `delayMs` is at most 2^31 - 1; longer waits are chained by the caller. */
  setTimer(delayMs: number, task: () => void): RuntimeTimer
  /**
   * Chooses which of `count` runnable processes goes next, as an index. Absent: the one that has waited longest.
   * A seeded test runtime gives it, to explore interleavings that one run of the real one would not show.
   */
  pick?(count: number): number
  /**
   * Which simulated world its nodes live in: those of different worlds never meet, even if they have the same names and incarnations.
   * Absent: that of the program.
   */
  readonly world?: object
}

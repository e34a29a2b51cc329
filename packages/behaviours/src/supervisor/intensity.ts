/**
 * Restart intensity: how often a supervisor restarts before it gives up.
 *
 * A sliding window over the whole supervisor, not per child: the restart that makes more than `intensity` of them
 * within `periodMs` is the one too many. A restart exactly `periodMs` ago still counts. OTP's clock has the grain of a
 * second here; this one has that of the node's.
 */

/** When the restarts in the window were, oldest first, in monotonic milliseconds. */
export type Restarts = readonly number[]

export interface Intensity {
  readonly intensity: number
  readonly periodMs: number
}

export interface Counted {
  readonly restarts: Restarts
  readonly exceeded: boolean
}

/** Counts a restart at `nowMs`. */
export function countRestart(before: Restarts, nowMs: number, { intensity, periodMs }: Intensity): Counted {
  const restarts = [...before.filter((atMs) => atMs + periodMs >= nowMs), nowMs]
  return { restarts, exceeded: restarts.length > intensity }
}

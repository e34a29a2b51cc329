/**
 * What a strategy decides: which children to stop, and which to start, when one has ended and is to be restarted; and
 * how all of them end.
 *
 * A strategy is a pure function of the children in start order. Temporary children that are stopped on the way are not
 * started again: their place is given up.
 */
import type { Restart } from '../child-spec.ts'

/** What a strategy needs to know of a child. */
export interface PlannedChild {
  readonly id: string
  readonly restart: Restart
}

export interface RestartPlan {
  /** In the order of stopping: the newest first. */
  readonly stop: readonly string[]
  /** In the order of starting. */
  readonly start: readonly string[]
}

/** @param children every child, in start order; a function, since not every strategy looks at them. */
export type Strategy = (children: () => readonly PlannedChild[], ended: string) => RestartPlan

/** Stops `group` but for the one that has ended, and starts what of it comes back. */
export function restartGroup(group: readonly PlannedChild[], ended: string): RestartPlan {
  return {
    stop: group
      .filter(({ id }) => id !== ended)
      .map(({ id }) => id)
      .reverse(),
    start: group.filter(({ id, restart }) => id === ended || restart !== 'temporary').map(({ id }) => id),
  }
}

/**
 * Whether the node should handle what it has before it reads more from others.
 */
import type { Scheduler } from './scheduler.ts'

/**
 * So much work for each signal that came, and a node that is still behind is so because of what it does by itself: that must not keep it from
 * hearing others.
 */
const workPerSignal = 16

export class Backlog {
  readonly #scheduler: Pick<Scheduler, 'reductions' | 'isBehind'>
  /** How much the node is to do before more is read, as long as it is behind. */
  #owed = 0
  #doneBefore = 0

  constructor(scheduler: Pick<Scheduler, 'reductions' | 'isBehind'>) {
    this.#scheduler = scheduler
  }

  /** A signal came from another node. */
  came(): void {
    this.#owed += workPerSignal
  }

  isBehind(): boolean {
    const done = this.#scheduler.reductions
    this.#owed = this.#scheduler.isBehind ? Math.max(0, this.#owed - (done - this.#doneBefore)) : 0
    this.#doneBefore = done
    return this.#owed > 0
  }
}

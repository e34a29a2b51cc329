/**
 * One node, as the launcher knows it: which OS process it is, whether that is ready, how often it ended without having been so, and who
 * waits for its next life.
 *
 *     started ──► ready ──► ended ──► started …      nothing is counted
 *     started ──► ended ──► started ──► ended …      five times in a row: it will not be ready the next time either, and whoever waits is told
 */
import type { ChildProcess } from 'node:child_process'
import type { NodePlan } from '../topology.ts'

/** A node that ends so often without having been ready will not be ready the next time. */
const failedStartsLimit = 5

type Outcome = (failure: Error | null) => void

export class KeptNode {
  readonly plan: NodePlan
  child: ChildProcess | null = null
  /** Of the life that it has now, not of an earlier one. */
  isReady = false
  #failedStarts = 0
  /** With the OS process that has to be gone first: one that is asked to stop while it starts may still say that it is ready. */
  readonly #waiting = new Map<Outcome, ChildProcess | null>()

  constructor(plan: NodePlan) {
    this.plan = plan
  }

  /** What an OS process says may come after its end. */
  isOf(child: ChildProcess): boolean {
    return this.child === child
  }

  started(child: ChildProcess): void {
    this.child = child
  }

  ready(): void {
    this.isReady = true
    this.#failedStarts = 0
    for (const [outcome, before] of this.#waiting) if (before !== this.child) outcome(null)
  }

  /** An error once it has ended too often without having been ready. */
  ended(how: string): Error | null {
    this.child = null
    if (!this.isReady) this.#failedStarts++
    this.isReady = false
    if (this.#failedStarts < failedStartsLimit) return null
    const failure = new Error(
      `${this.plan.name} cannot be started: it ended ${this.#failedStarts} times (${how}); see its lines above`,
    )
    for (const outcome of this.#waiting.keys()) outcome(failure)
    return failure
  }

  /**
   * Resolves when another OS process than the one that it has now is ready, or nobody waits any more.
   *
   * @throws Error that says why, when that does not come about in time.
   */
  nextLife(withinMs: number): Promise<void> {
    // What went wrong before is not held against it.
    this.#failedStarts = 0
    return new Promise((resolve, reject) => {
      const outcome: Outcome = (failure) => {
        clearTimeout(timer)
        this.#waiting.delete(outcome)
        if (failure === null) resolve()
        else reject(failure)
      }
      const late = `${this.plan.name} was asked to start again and is not ready, for ${withinMs / 1000} s`
      const timer = setTimeout(() => outcome(new Error(late)), withinMs)
      this.#waiting.set(outcome, this.child)
    })
  }

  /** Nobody needs to wait any longer. */
  release(): void {
    for (const outcome of this.#waiting.keys()) outcome(null)
  }
}

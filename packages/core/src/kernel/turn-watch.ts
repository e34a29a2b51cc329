/**
 * Times what processes do with the thread, for those who want to know. Only while somebody does: the clock is read twice a turn.
 *
 *     scheduler ── turn ──► TurnWatch ── record.turn ──► …            a callback handler, or the first stretch of an async body
 *                              └── it resumed an async body ──► microtasks, until none is left ──► its stretch is over
 *
 * So that each stretch is known to be of one process, the scheduler steps back after each resume meanwhile, until there is nothing left that could go on at once, and
 * hands nothing over without a turn. What an async body does after awaiting a promise that is settled from outside is nobody's.
 */
import type { Runtime } from '../runtime/runtime.ts'
import type { Belongings, ProcessRecord } from './process-record.ts'
import type { Scheduler } from './scheduler.ts'

/** A process had the thread, and gave it back. */
export interface Turn {
  readonly record: ProcessRecord
  readonly durationMs: number
  /** What it was called before: it may have ended with this turn. */
  readonly name: string | null
  readonly code: object | null
  readonly belongings: Belongings | null
}

export class TurnWatch {
  readonly #scheduler: Scheduler
  readonly #runtime: Runtime
  readonly #listeners = new Set<(turn: Turn) => void>()

  constructor(scheduler: Scheduler, runtime: Runtime) {
    this.#scheduler = scheduler
    this.#runtime = runtime
  }

  /** @returns what ends it. */
  listen(listener: (turn: Turn) => void): () => void {
    this.#listeners.add(listener)
    this.#scheduler.watch(this)
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#scheduler.watch(null)
    }
  }

  /** Has the process take its turn. */
  turn(record: ProcessRecord): boolean {
    const end = this.#begin(record)
    const resumed = record.turn(this.#scheduler)
    end()
    return resumed
  }

  /** A body was resumed: times what it does until it waits, and then has the scheduler go on. */
  afterResume(record: ProcessRecord, goOn: () => void): void {
    const end = this.#begin(record)
    this.#runtime.afterMicrotasks(() => {
      end()
      goOn()
    })
  }

  #begin(record: ProcessRecord): () => void {
    const { name, code, belongings } = record
    const startMs = this.#runtime.nowMs()
    return () => {
      const turn = { record, durationMs: this.#runtime.nowMs() - startMs, name, code, belongings }
      for (const listener of this.#listeners) listener(turn)
    }
  }
}

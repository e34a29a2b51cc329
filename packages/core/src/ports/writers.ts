/**
 * Those who wait until a port can take more. All of them go on when it has drained, in the order in which they came.
 */
import type { ProcessRecord } from '../kernel/process-record.ts'
import { Pending } from './pending.ts'

/** Writes that may go on at once before the writer waits for a turn: a sink that is never full must not hold the thread. */
const writesPerTurn = 64

export class Writers {
  #waiting: Pending<void>[] = []
  #written = 0

  /** How many wait. */
  get count(): number {
    return this.#waiting.length
  }

  /** What a write gives that was taken at once. */
  goOn(writer: ProcessRecord): Promise<void> {
    if (++this.#written % writesPerTurn !== 0) return Promise.resolve()
    const pending = new Pending<void>(writer)
    pending.resolve()
    return pending.promise
  }

  /** What it gives when the other side is slower. */
  wait(writer: ProcessRecord): Promise<void> {
    const pending = new Pending<void>(writer)
    this.#waiting.push(pending)
    return pending.promise
  }

  drained(): void {
    for (const pending of this.#take()) pending.resolve()
  }

  failed(error: Error): void {
    for (const pending of this.#take()) pending.reject(error)
  }

  #take(): Pending<void>[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }
}

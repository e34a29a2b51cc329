/**
 * One `read` that waits for its item: it gets the item, the end of the source, an error, or its time is up.
 */
import { timedOut } from '../kernel/async-body.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import { TimerEntry } from '../timers/timer-queue.ts'
import { Pending } from './pending.ts'

/** What `read` gives when the source has ended. A symbol is no data, so nothing can be mistaken for it. */
export const ended: unique symbol = Symbol.for('@agner/core/ports/ended')

export class Reader extends Pending<unknown> {
  readonly #kernel: Kernel
  readonly #limit: ReadLimit | null

  /** @param lapsed called when the time is up, before the reader is told. */
  constructor(reader: ProcessRecord, timeoutMs: number, lapsed: () => void) {
    super(reader)
    this.#kernel = reader.kernel
    this.#limit = timeoutMs === Infinity ? null : new ReadLimit(this, lapsed)
    if (this.#limit !== null) this.#kernel.timers.set(this.#limit, timeoutMs)
  }

  override resolve(value: unknown): void {
    if (this.#limit !== null) this.#kernel.timers.cancel(this.#limit)
    super.resolve(value)
  }

  override reject(error: Error): void {
    if (this.#limit !== null) this.#kernel.timers.cancel(this.#limit)
    super.reject(error)
  }
}

class ReadLimit extends TimerEntry {
  readonly #reader: Reader
  readonly #lapsed: () => void

  constructor(reader: Reader, lapsed: () => void) {
    super()
    this.#reader = reader
    this.#lapsed = lapsed
  }

  fire(): void {
    this.#lapsed()
    this.#reader.resolve(timedOut)
  }
}

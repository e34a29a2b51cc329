/**
 * A promise of a port that a process waits for: it settles on that process's turn, and only while it lives, as those of `self` do.
 */
import type { AnyPid } from '../identity/pid.ts'
import { heard } from '../kernel/heard.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import { WakeSignal } from '../kernel/signal.ts'

export class Pending<T> {
  readonly promise: Promise<T>
  readonly #process: ProcessRecord
  #resolve!: (value: T) => void
  #reject!: (error: Error) => void

  constructor(process: ProcessRecord) {
    this.#process = process
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** A dead process waits for nothing: what it asked for may go to another. */
  get isWaited(): boolean {
    return this.#process.lives
  }

  resolve(value: T): void {
    this.#wake(() => this.#resolve(value))
  }

  reject(error: Error): void {
    this.#wake(() => {
      void heard(this.promise)
      this.#reject(error)
    })
  }

  #wake(settle: () => void): void {
    this.#process.kernel.push(this.#process, new WakeSignal(settle))
  }
}

/** The live process of a pid of this realm; null if it is dead. */
export function processOf(pid: AnyPid): ProcessRecord | null {
  const record = pid.process
  return record !== null && record.lives ? record : null
}

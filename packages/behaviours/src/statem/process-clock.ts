/**
 * The clock of a machine's timers: timers of its process that send it messages.
 */
import type { AnyProcess, Ref } from '@agner/core'
import { timerMessage } from './timer-message.ts'
import type { Clock } from './timer-table.ts'

export class ProcessClock implements Clock {
  readonly #self: AnyProcess
  readonly #refs = new Map<string, Ref>()

  constructor(self: AnyProcess) {
    this.#self = self
  }

  startTimer(key: string, id: number, ms: number, abs: boolean): void {
    const self = this.#self
    this.#refs.set(key, self.sendAfter(ms, self.pid, timerMessage(key, id) as never, { abs }))
  }

  stopTimer(key: string): void {
    const ref = this.#refs.get(key)
    this.#refs.delete(key)
    if (ref !== undefined) this.#self.cancelTimer(ref, { info: false })
  }

  forget(key: string): void {
    this.#refs.delete(key)
  }
}

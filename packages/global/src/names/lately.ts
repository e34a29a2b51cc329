/**
 * Who was there in the last while: between once and twice as long as it is told, at the cost of one entry in a set.
 */
import type { AnyPid } from '@agner/core'

export class Lately {
  readonly #spanMs: number
  #recent = new Set<AnyPid>()
  #older = new Set<AnyPid>()
  #sinceMs = -Infinity

  constructor(spanMs: number) {
    this.#spanMs = spanMs
  }

  add(pid: AnyPid, nowMs: number): void {
    if (nowMs - this.#sinceMs > this.#spanMs) {
      this.#older = this.#recent
      this.#recent = new Set()
      this.#sinceMs = nowMs
    }
    this.#recent.add(pid)
  }

  has(pid: AnyPid): boolean {
    return this.#recent.has(pid) || this.#older.has(pid)
  }
}

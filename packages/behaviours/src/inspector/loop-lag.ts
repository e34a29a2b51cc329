/**
 * How late the event loop is, from ticks that should come at equal intervals: the worst of the last ten seconds.
 *
 * What a tick has to wait in the mailbox of its process counts too: that is what any other message waits.
 */
export const tickMs = 250
const keptTicks = 40

export class LoopLag {
  readonly #late: number[] = []
  #dueMs: number

  constructor(nowMs: number) {
    this.#dueMs = nowMs + tickMs
  }

  /** A tick came; the next one is due in {@link tickMs}. */
  tick(nowMs: number): void {
    this.#late.push(Math.max(0, nowMs - this.#dueMs))
    if (this.#late.length > keptTicks) this.#late.shift()
    this.#dueMs = nowMs + tickMs
  }

  /** One that is due and has not come counts as well. */
  worstMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#dueMs, ...this.#late)
  }
}

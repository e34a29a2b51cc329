/**
 * A warning when the thread was blocked, on by default, at no cost: a node has a timer anyway, and sees how late it fires.
 *
 *     a timer fires a second late ──► warning: the thread was blocked ──► turns are timed for a minute ──► it happens again: warning, with the process
 *
 * A block that no timer of the node falls into goes unseen; a system monitor sees all.
 */
import type { Kernel } from '../kernel/kernel.ts'
import type { Turn } from '../kernel/turn-watch.ts'
import { describeProcess } from '../report.ts'
import { longTurn } from './long-turn.ts'

/** For how long turns are timed after a block. */
export const closerLookMs = 60_000

export class BlockedWarning {
  readonly #kernel: Kernel
  readonly #leastMs: number
  #toldUntilMs = -Infinity
  #looksUntilMs = -Infinity
  #stopLooking: (() => void) | null = null

  constructor(kernel: Kernel, leastMs: number) {
    this.#kernel = kernel
    this.#leastMs = leastMs
    kernel.timers.whenLate(leastMs, (dueMs) => this.#late(dueMs))
    kernel.atStop.add(() => this.#stopLooking?.())
  }

  #late(dueMs: number): void {
    const nowMs = this.#kernel.runtime.nowMs()
    const isToldOf = dueMs <= this.#toldUntilMs
    this.#look(nowMs)
    if (isToldOf) return
    const blockedMs = Math.round(nowMs - dueMs)
    const text = `The thread was blocked for at least ${blockedMs} ms: code of this program computed, or called something that waits, or the program was not run. If it happens again within a minute, the process is named, if it was one`
    this.#kernel.report({ type: 'notice', level: 'warning', source: 'scheduler', text, details: { blockedMs } })
  }

  /** Times turns from now on, for a while. */
  #look(nowMs: number): void {
    this.#toldUntilMs = nowMs
    this.#looksUntilMs = nowMs + closerLookMs
    this.#stopLooking ??= this.#kernel.turns.listen((turn) => this.#turn(turn))
  }

  #turn(turn: Turn): void {
    const nowMs = this.#kernel.runtime.nowMs()
    if (turn.durationMs >= this.#leastMs) {
      this.#look(nowMs)
      const { pid, name, label, initialCall, durationMs } = longTurn(turn)
      const blockedMs = Math.round(durationMs)
      const code = initialCall === null ? '' : `, spawned as ${initialCall},`
      const text = `Process ${describeProcess({ pid, name, label })}${code} held the thread for ${blockedMs} ms: nothing else of this program ran meanwhile`
      const details = { blockedMs, pid, name, initialCall }
      this.#kernel.report({ type: 'notice', level: 'warning', source: 'scheduler', text, details })
    } else if (nowMs > this.#looksUntilMs) {
      this.#stopLooking?.()
      this.#stopLooking = null
    }
  }
}

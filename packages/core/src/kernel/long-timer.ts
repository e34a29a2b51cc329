/** A timer for code outside of processes, of any length. */
import type { Node } from '../node-interface.ts'
import type { RuntimeTimer } from '../runtime/runtime.ts'

/** The longest that a timer of the runtime takes: a longer wait is made of several. */
const longestMs = 2 ** 31 - 1

/** Runs `task` once, not before `delayMs` have passed. Infinity: never, and there is no timer. */
export function setLongTimer({ runtime }: Node, delayMs: number, task: () => void): { clear(): void } {
  const untilMs = runtime.nowMs() + delayMs
  let timer: RuntimeTimer | null = null
  const wait = (leftMs: number): void => {
    if (leftMs <= longestMs) timer = runtime.setTimer(Math.max(0, leftMs), task)
    else if (leftMs < Infinity) timer = runtime.setTimer(longestMs, () => wait(untilMs - runtime.nowMs()))
  }
  wait(delayMs)
  return { clear: () => timer?.clear() }
}

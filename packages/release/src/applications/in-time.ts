/** Waiting for what code outside of processes has asked for, and no longer than it wants to. */
import type { Node, RuntimeTimer } from '@agner/core'

/** The longest that a timer of the runtime takes: a longer wait is made of several. */
const longestTimerMs = 2 ** 31 - 1

/** Resolves with true when the work is done, with false when the time is up before. Infinity: there is no such time, and no timer. */
export async function inTime(node: Node, timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>()
  const untilMs = node.monotonicTimeMs() + timeoutMs
  let timer: RuntimeTimer | null = null
  const look = (): void => {
    const leftMs = untilMs - node.monotonicTimeMs()
    if (leftMs <= 0) resolve(false)
    else if (leftMs < Infinity) timer = node.runtime.setTimer(Math.min(leftMs, longestTimerMs), look)
  }
  look()
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    ;(timer as RuntimeTimer | null)?.clear()
  }
}

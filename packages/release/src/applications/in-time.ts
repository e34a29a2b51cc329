/** Waiting for what code outside of processes has asked for, and no longer than it wants to. */
import type { Node } from '@agner/core'
import { setLongTimer } from '@agner/core/kernel'

/** Resolves with true when the work is done, with false when the time is up before. Infinity: there is no such time, and no timer. */
export async function inTime(node: Node, timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>()
  const timer = setLongTimer(node, timeoutMs, () => resolve(false))
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    timer.clear()
  }
}

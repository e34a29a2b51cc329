/** Waiting at a peer, no longer than one may. */
import { realRuntime, type RuntimeTimer } from '@agner/core'

/** Someone who waits: an answer, a message, or that it is up. */
export interface Waiter {
  resolve(value: unknown): void
  reject(error: unknown): void
}

const longestMs = 2 ** 31 - 1

/** What a time to wait must be, for errors. */
export const someTime: string = `milliseconds, more than 0 and at most ${String(longestMs)}, or Infinity`

export function isSomeTime(value: unknown): boolean {
  return value === Infinity || (typeof value === 'number' && value > 0 && value <= longestMs)
}

/** Calls back once `timeoutMs` are over, which those of Infinity never are. */
export function setLimit(timeoutMs: number, over: () => void): RuntimeTimer | null {
  return timeoutMs === Infinity ? null : realRuntime.setTimer(timeoutMs, over)
}

/** Lets somebody wait; rejects with what `late` gives if that takes too long. */
export async function waitWithin(
  timeoutMs: number,
  late: () => Error,
  wait: (waiter: Waiter) => void,
): Promise<unknown> {
  let timer: RuntimeTimer | null = null
  try {
    return await new Promise<unknown>((resolve, reject) => {
      timer = setLimit(timeoutMs, () => reject(late()))
      wait({ resolve, reject })
    })
  } finally {
    ;(timer as RuntimeTimer | null)?.clear()
  }
}

/** Waiting for the database, and no longer than is of use. */
import type { AnyProcess } from '@agner/core'

/** Rejects when the time is up; what comes later is absorbed. */
export async function within<T>(self: AnyProcess, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = self.node.runtime.setTimer(timeoutMs, () => {
    reject(new Error(`The database gave no answer for ${String(Math.round(timeoutMs))} ms.`))
  })
  try {
    return await Promise.race([work(), promise])
  } finally {
    timer.clear()
  }
}

/** What many calls took, in three figures. */
import type { Figures } from './job.ts'

/** @param timesMs of each call; they get sorted. */
export function latencies(timesMs: Float64Array, tookMs: number): Figures {
  const count = timesMs.length
  timesMs.sort()
  return {
    p50Us: timesMs[Math.max(0, Math.ceil(count * 0.5) - 1)]! * 1000,
    p99Us: timesMs[Math.max(0, Math.floor(count * 0.99) - 1)]! * 1000,
    perSecond: (count / tookMs) * 1000,
  }
}

/** `clients` that ask one after the other, `calls` times each, all at once. */
export async function callers(clients: number, calls: number, ask: (n: number) => Promise<void>): Promise<Figures> {
  const timesMs = new Float64Array(clients * calls)
  const client = async (_: unknown, index: number) => {
    for (let n = 0; n < calls; n++) {
      const startMs = performance.now()
      await ask(n)
      timesMs[index * calls + n] = performance.now() - startMs
    }
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  return latencies(timesMs, performance.now() - startMs)
}

/** @throws Error for an answer that is none. */
export function expectSum(n: number, sum: unknown): void {
  if (sum !== n + 1) throw new Error(`asked for ${n} + 1, and got ${String(sum)}`)
}

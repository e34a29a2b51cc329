/** Commands without a pause: each of `clients` sends its next when the one before is answered. */
import { quantile } from '../frame/quantile.ts'
import { nowMs } from './clock.ts'
import type { Trio } from './trio.ts'

/** A command takes 100 bytes of text to the log. */
export const text = 'x'.repeat(100)

export interface Load {
  readonly answered: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export async function loadFor(trio: Trio, clients: number, ms: number): Promise<Load> {
  const tookMs: number[] = []
  const startMs = performance.now()
  const endMs = startMs + ms
  const one = async (): Promise<void> => {
    for (let nowAtMs = performance.now(); nowAtMs < endMs;) {
      await trio.client.submit(trio.node, { type: 'add', text })
      const laterMs = performance.now()
      tookMs.push(laterMs - nowAtMs)
      nowAtMs = laterMs
    }
  }
  await Promise.all(Array.from({ length: clients }, one))
  const seconds = (performance.now() - startMs) / 1000
  return {
    answered: tookMs.length,
    perSecond: tookMs.length / seconds,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
  }
}

export interface Gap {
  /** Until another member leads. */
  readonly leaderMs: number
  /** Until the first command was answered that was sent after that. */
  readonly answerMs: number
  readonly answered: number
}

/** Takes the leader away while commands come one after the other. `back` brings it back. */
export async function gapWithout(
  trio: Trio,
  take: (leader: string) => void,
  back: (leader: string) => Promise<void>,
): Promise<Gap> {
  const leader = await trio.leader()
  let answered = 0
  let takenMs = Infinity
  let againMs = Infinity
  const commands = (async () => {
    while (againMs === Infinity) {
      // What was under way when the leader was taken may have been answered by it still.
      const isAfter = nowMs() > takenMs
      await trio.client.submit(trio.node, { type: 'add', text })
      answered++
      if (isAfter) againMs = nowMs()
    }
  })()
  // In the middle of things.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const next = trio.nextLeader()
  takenMs = nowMs()
  take(leader)
  const leaderMs = (await next) - takenMs
  await commands
  await back(leader)
  await trio.untilLevel()
  return { leaderMs, answerMs: againMs - takenMs, answered }
}

/**
 * Plays the TypeScript half of a scenario on a fresh node, under the real runtime or a seed of the virtual one.
 */
import { createNode, type ExitReason, type Report } from '../../packages/core/src/index.ts'
import { createVirtualRuntime, type VirtualRuntime } from '../../packages/testing/src/index.ts'
import type { RawTrace } from './raw.ts'
import type { Scenario } from './scenario.ts'
import { Stage, type Form } from './stage.ts'

const nodeName = 'judge@127.0.0.1'
const limitMs = 20_000
const tickMs = 2
const lateMs = 8
const again = 3
/** A scenario is short: one that goes on for more turns goes round and round. */
const turnLimit = 20_000

export interface Played {
  readonly trace: RawTrace
  /** It has processes that may be async functions or callbacks. */
  readonly hasLoops: boolean
}

/** @param seed of the virtual runtime; none plays in real time. */
export async function play(scenario: Scenario, form: Form, seed?: number): Promise<Played> {
  if (seed !== undefined) return playOnce(scenario, form, seed)
  for (let left = again; ; left--) {
    const pulse = new Pulse()
    const played = await playOnce(scenario, form)
    if (!pulse.stood() || left === 0) return played
  }
}

/**
 * Whether the machine stood still for longer than what a scenario waits for may be apart: such a play says nothing, whatever came of it. As the judge does, it is
 * played again, some times at most: a scenario may hold the thread itself.
 */
class Pulse {
  #lastMs = performance.now()
  #worstMs = 0
  readonly #timer = setInterval(() => this.#beat(), tickMs)

  #beat(): void {
    const nowMs = performance.now()
    this.#worstMs = Math.max(this.#worstMs, nowMs - this.#lastMs - tickMs)
    this.#lastMs = nowMs
  }

  stood(): boolean {
    this.#beat()
    clearInterval(this.#timer)
    return this.#worstMs > lateMs
  }
}

async function playOnce(scenario: Scenario, form: Form, seed?: number): Promise<Played> {
  const virtual = seed === undefined ? null : createVirtualRuntime({ seed, turnLimit })
  const stage = new Stage(nodeName, form, seed)
  const report = (told: Report) => stage.report(told)
  const node = createNode({ name: nodeName, report, ...(virtual === null ? {} : { runtime: virtual }) })
  const main = node.spawn<unknown>((self) => scenario.play(self, stage))
  stage.label('main', main)
  const reason = await ended(node.exited(main), virtual)
  stage.emit({ pid: main }, 'ended', reason)
  const { labels, events } = stage.trace
  const trace = { labels: { ...labels }, events: [...events] }
  await ended(stage.stop(), virtual)
  await ended(node.stop({ timeoutMs: 0 }), virtual)
  return { trace, hasLoops: stage.hasLoops }
}

async function ended(promise: Promise<ExitReason | void>, virtual: VirtualRuntime | null): Promise<unknown> {
  try {
    return await (virtual === null ? inTime(promise) : virtual.runUntil(promise))
  } catch (error) {
    return `hang: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`not done after ${limitMs} ms`)), limitMs)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Rejections that nobody handles, as failures of the run that they come from: told by the async context in which they were made.
 *
 * Node.js tells all who listen, and a test runner that does would report each a second time, without saying where it comes from. So as long as
 * something runs here the others are not asked, but for what is not of any run.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { realRuntime, type RuntimeTimer } from '@agner/core'

type Listener = (reason: unknown, promise: Promise<unknown>) => void

export interface Failure {
  readonly reason: unknown
  /** It was not thrown: it is a rejection that nobody handled. */
  readonly isUnhandled: boolean
}

interface Run {
  readonly rejections: unknown[]
  /** After the first. */
  heard(): void
}

const event = 'unhandledRejection'
/** For so long a run may go on after its first: it may well wait for ever for what has failed. */
const graceMs = 500

const context = new AsyncLocalStorage<Run>()
const runs = new Set<Run>()
let others: readonly Listener[] = []

/** All that `body` failed of, in the end: what it threw, and then what it left unhandled. Empty: nothing. */
export async function failuresOf(body: () => Promise<void>): Promise<Failure[]> {
  const failures: Failure[] = []
  const { promise: heard, resolve } = Promise.withResolvers<void>()
  const run: Run = { rejections: [], heard: resolve }
  let timer: RuntimeTimer | undefined
  const grace = heard.then(() => new Promise<void>((over) => (timer = realRuntime.setTimer(graceMs, over))))
  begin(run)
  try {
    await Promise.race([context.run(run, body), grace])
    // What was left unhandled in the last turn is told at its end.
    await new Promise<void>((over) => realRuntime.macrotask(over))
  } catch (error) {
    failures.push({ reason: error, isUnhandled: false })
    await new Promise<void>((over) => realRuntime.macrotask(over))
  } finally {
    timer?.clear()
    end(run)
  }
  for (const reason of run.rejections)
    if (!failures.some((failure) => Object.is(failure.reason, reason))) failures.push({ reason, isUnhandled: true })
  return failures
}

function begin(run: Run): void {
  if (runs.size === 0) {
    others = process.rawListeners(event) as Listener[]
    for (const listener of others) process.off(event, listener)
    process.on(event, hear)
  }
  runs.add(run)
}

function end(run: Run): void {
  runs.delete(run)
  if (runs.size > 0) return
  process.off(event, hear)
  for (const listener of others) process.on(event, listener)
  others = []
}

function hear(reason: unknown, promise: Promise<unknown>): void {
  const run = context.getStore()
  if (run !== undefined && runs.has(run)) {
    run.rejections.push(reason)
    return run.heard()
  }
  // Without a listener it ends the program; so does what a listener throws.
  if (others.length === 0) throw reason
  for (const listener of others) Reflect.apply(listener, process, [reason, promise])
}

/**
 * Starting applications with everything that they need (application:ensure_all_started/3).
 */
import type { Node } from '@agner/core'
import { lookUp, startUnlessRunning, stopApplication, whichApplications } from './application.ts'
import type { ApplicationType } from './controller.api.ts'
import type { AnyApplication } from './definition.ts'
import { startedBefore, type Resolve } from './start-order.ts'
import { tableOf } from './table.ts'

export interface EnsureAllOptions {
  /** Of all that are started by this. Default `temporary`. */
  readonly type?: ApplicationType
  /** `serial`: one after the other. `concurrent`: each as soon as all that it needs are running. Default `serial`. */
  readonly mode?: 'serial' | 'concurrent'
}

/**
 * Starts applications, after those that they depend on; what is running already is left alone. Resolves with the names
 * of those that this has started, in the order in which they came up.
 *
 * If one of them fails, those that this has started are stopped again, in reverse order. Rejects as `startApplication`,
 * and with `application.cycle`.
 */
export async function ensureAllStarted(
  node: Node,
  applications: AnyApplication | string | readonly (AnyApplication | string)[],
  { type = 'temporary', mode = 'serial' }: EnsureAllOptions = {},
): Promise<string[]> {
  const wanted = (isList(applications) ? applications : [applications]).map((each) => lookUp(node, each))
  const table = tableOf(node)
  const order = await notRunning(node, table.startOrder(wanted))
  const started: string[] = []
  const start = async (application: AnyApplication) => {
    if (await startUnlessRunning(node, application, { type })) started.push(application.name)
  }
  try {
    if (mode === 'serial') for (const application of order) await start(application)
    else await startConcurrently(order, (name) => table.loaded.get(name), start)
    return started
  } catch (error) {
    for (const name of started.toReversed()) await stopApplication(node, name).catch(() => undefined)
    throw error
  }
}

async function notRunning(node: Node, order: readonly AnyApplication[]): Promise<AnyApplication[]> {
  const running = (await whichApplications(node)).filter(({ state }) => state === 'running')
  const names = new Set(running.map(({ name }) => name))
  return order.filter(({ name }) => !names.has(name))
}

/** @param order dependencies first, so that each finds the starts that it waits for. */
async function startConcurrently(
  order: readonly AnyApplication[],
  resolve: Resolve,
  start: (application: AnyApplication) => Promise<void>,
): Promise<void> {
  const starts = new Map<AnyApplication, Promise<void>>()
  for (const application of order) {
    const before = startedBefore(application, resolve)
      .map((needed) => starts.get(needed))
      .filter((each) => each !== undefined)
    starts.set(
      application,
      Promise.all(before).then(() => start(application)),
    )
  }
  // None is under way any more when a failure is told, so that everything can be stopped again.
  const outcomes = await Promise.allSettled(starts.values())
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}

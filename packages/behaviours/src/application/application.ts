/**
 * Applications, as their users see them: start one, stop it, list them (application(3)). `ensureAllStarted` starts one
 * with what it depends on.
 */
import { AgnerError, type AnyPid, type ExitReason, type Node } from '@agner/core'
import { behavioursError, startError } from '../errors.ts'
import { call } from '../protocol/client.ts'
import { startServer } from '../server/start.ts'
import {
  controller,
  leftOrders,
  type ApplicationInfo,
  type ApplicationOutcome,
  type ApplicationRefused,
  type ApplicationType,
} from './controller.api.ts'
import { Controller } from './controller.ts'
import type { AnyApplication, Application } from './definition.ts'
import { group } from './leftovers.ts'
import { ensureLoaded } from './load.ts'
import { settingsOf } from './settings.ts'
import { normalStart, type StartType } from './start-type.ts'
import { tableOf } from './table.ts'

export interface ApplicationOptions<Env> {
  /** Settings over all others. They stay until the application is unloaded. */
  readonly env?: Partial<Env>
  /** What its end means for the node. Default `temporary`. */
  readonly type?: ApplicationType
  /** Why it starts here: what `context.startType` says. For whoever decides where applications run. Default `normal`. */
  readonly startType?: StartType
}

/**
 * Starts an application, loading it if need be; resolves when its tree is up and its start phases have run
 * (application:start/2).
 *
 * Everything that it depends on must be running: `application.not_started` otherwise. Also rejects with
 * `application.failed` (a `StartError` with the reason), `application.already_started`, `application.clash`,
 * `application.registered_clash`, `application.not_loaded` (for a name), `application.bad_setting`,
 * `application.stopped`.
 */
export async function startApplication<Env>(
  node: Node,
  application: Application<Env> | string,
  options: ApplicationOptions<NoInfer<Env>> = {},
): Promise<void> {
  const wanted = lookUp(node, application)
  const outcome = await start(node, wanted, options)
  if ('refused' in outcome) throw failure(wanted.name, outcome)
}

/** As `startApplication`; one that is running already is left alone (application:ensure_started/2). */
export async function ensureStarted<Env>(
  node: Node,
  application: Application<Env> | string,
  options: ApplicationOptions<NoInfer<Env>> = {},
): Promise<void> {
  await startUnlessRunning(node, lookUp(node, application), options)
}

/**
 * Stops an application: `prepareStop`, its tree in reverse order, `stop`, then whatever of its processes is left is
 * killed (application:stop/1). Those that depend on it are not touched.
 *
 * Rejects with `application.not_running`.
 */
export async function stopApplication(node: Node, application: AnyApplication | string): Promise<void> {
  const name = typeof application === 'string' ? application : application.name
  if (node.whereis(controller.module) === undefined) throw behavioursError('application.not_running', { name })
  const outcome = await call(node, controller, 'stop', name)
  if ('refused' in outcome) throw failure(name, outcome)
}

/**
 * The process that stands for an application while it starts, runs or stops on this node (application_controller:get_master/1):
 * its end is that of the application, with all that the application had, and has its reason. Null for one that is not here, and
 * for a library.
 */
export function getMaster(node: Node, application: AnyApplication | string): AnyPid | null {
  return tableOf(node).active.get(typeof application === 'string' ? application : application.name) ?? null
}

/** How many applications of a node start, run or stop now. */
export function countApplications(node: Node): number {
  return tableOf(node).active.size
}

/**
 * Ends an application at once, whether it starts, runs or stops: its master and every process of its group are killed; neither
 * `prepareStop` nor `stop` runs, and whatever its type, the node goes on. For one that must not go on and does not stop. A start that
 * is under way is rejected with `application.stopped`. Resolves when all of it is gone; at once if it is not here.
 */
export async function killApplication(node: Node, application: AnyApplication | string): Promise<void> {
  const name = typeof application === 'string' ? application : application.name
  const master = getMaster(node, name)
  if (master === null) return
  await call(node, controller, 'kill', name)
  // What was spawned while the others were killed.
  for (let left = group(node, master); left.length > 0; left = group(node, master)) {
    for (const pid of left) node.sendExit(pid, 'kill')
    await Promise.all(left.map((pid) => node.exited(pid)))
  }
}

/** The applications of a node that start, run or stop, in the order in which they came up. */
export async function whichApplications(node: Node): Promise<ApplicationInfo[]> {
  if (node.whereis(controller.module) === undefined) return []
  try {
    return await call(node, controller, 'list')
  } catch (error) {
    // It has stopped them all.
    if (isControllerGone(error)) return []
    throw error
  }
}

/** @returns whether it was started by this. */
export async function startUnlessRunning(
  node: Node,
  application: AnyApplication,
  options: ApplicationOptions<object>,
): Promise<boolean> {
  const outcome = await start(node, application, options)
  if (!('refused' in outcome)) return true
  if (outcome.refused === 'application.already_started') return false
  throw failure(application.name, outcome)
}

/** @throws `application.not_loaded` for a name that nothing is loaded as. */
export function lookUp(node: Node, application: AnyApplication | string): AnyApplication {
  if (typeof application !== 'string') return application
  const loaded = tableOf(node).loaded.get(application)
  if (loaded === undefined) throw behavioursError('application.not_loaded', { name: application })
  return loaded
}

async function start(
  node: Node,
  application: AnyApplication,
  { env = {}, type = 'temporary', startType = normalStart }: ApplicationOptions<object>,
): Promise<ApplicationOutcome> {
  settingsOf(application.name, env)
  ensureLoaded(node, application)
  const ticket = leftOrders.leave(node, { application, env, type, startType: Object.freeze({ ...startType }) })
  try {
    // Nothing is awaited between the look and the registration of the name, so two callers make one controller.
    if (node.whereis(controller.module) === undefined)
      await startServer(node, Controller, undefined, { name: controller.module })
    return await call(node, controller, 'start', ticket)
  } catch (error) {
    if (isControllerGone(error)) return { refused: 'application.stopped' }
    throw error
  } finally {
    leftOrders.take(node, ticket)
  }
}

/** It ends with its node only: it does not read any more, or nobody can be started who would. */
function isControllerGone(error: unknown): boolean {
  return error instanceof AgnerError && ['call.exited', 'call.no_process', 'node.stopped'].includes(error.code)
}

function failure(name: string, { refused, reason, dependency }: ApplicationRefused): Error {
  if (refused === 'application.failed') return startError(refused, reason as ExitReason, { name })
  return behavioursError(refused, { name, dependency })
}

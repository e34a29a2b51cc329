/**
 * Applications, as their users see them: start one with what it depends on, stop it, list them (application(3)).
 */
import type { ExitReason, Node } from '@agner/core'
import { behavioursError, startError } from '../errors.ts'
import { call } from '../protocol/client.ts'
import { startServer } from '../server/start.ts'
import {
  controller,
  Controller,
  leftOrders,
  type ApplicationInfo,
  type ApplicationOutcome,
  type ApplicationRefused,
  type ApplicationType,
} from './controller.ts'
import type { AnyApplication, Application } from './definition.ts'
import { startOrder } from './start-order.ts'

export interface ApplicationOptions<Env> {
  /** Over the application's own settings. Those that it depends on start with their own. */
  readonly env?: Partial<Env>
  /** What its end means for the node; for what is started with it, too. Default `temporary`. */
  readonly type?: ApplicationType
}

/**
 * Starts an application, after those that it depends on and that are not running yet; resolves when its top supervisor
 * and all of its children are up. One that is running already is left alone (application:ensure_all_started).
 *
 * If one of them fails, those that this call has started are stopped again, in reverse order. Rejects with
 * `application.failed` (a `StartError` with the reason), `application.not_started`, `application.cycle`,
 * `application.clash`, `application.stopped`.
 */
export async function startApplication<Env extends object>(
  node: Node,
  application: Application<Env>,
  options: ApplicationOptions<Env> = {},
): Promise<void> {
  const { env, type = 'temporary' } = options
  const started: string[] = []
  await ensureController(node)
  for (const each of startOrder(application) as Application<object>[]) {
    const settings = { ...each.definition.env, ...(each.name === application.name ? env : undefined) }
    const outcome = await startOne(node, each, settings, type)
    if (!('refused' in outcome)) {
      if (outcome.started) started.push(each.name)
      continue
    }
    for (const name of started.reverse()) await stopApplication(node, name).catch(() => undefined)
    throw failure(each.name, outcome)
  }
}

/**
 * Stops an application: `prepareStop`, its tree in reverse order, then whatever of its processes is left, then `stop`.
 * Those that depend on it are not touched.
 *
 * Rejects with `application.not_running`.
 */
export async function stopApplication(node: Node, application: AnyApplication | string): Promise<void> {
  const name = typeof application === 'string' ? application : application.name
  if (node.whereis(controller.module) === undefined) throw behavioursError('application.not_running', { name })
  const outcome = await call(node, controller, 'stop', name)
  if ('refused' in outcome) throw failure(name, outcome)
}

/** The applications of a node, in the order of their start. */
export async function applications(node: Node): Promise<ApplicationInfo[]> {
  return node.whereis(controller.module) === undefined ? [] : call(node, controller, 'list')
}

/** Nothing is awaited between the look and the registration of the name, so two callers make one controller. */
async function ensureController(node: Node): Promise<void> {
  if (node.whereis(controller.module) === undefined)
    await startServer(node, Controller, undefined, { name: controller.module })
}

async function startOne(
  node: Node,
  application: Application<object>,
  env: object,
  type: ApplicationType,
): Promise<ApplicationOutcome> {
  const ticket = leftOrders.leave(node, { application, env, type })
  try {
    return await call(node, controller, 'start', ticket)
  } finally {
    leftOrders.take(node, ticket)
  }
}

function failure(name: string, { refused, reason, dependency }: ApplicationRefused): Error {
  if (refused === 'application.failed') return startError(refused, reason as ExitReason, { name })
  return behavioursError(refused, { name, dependency })
}

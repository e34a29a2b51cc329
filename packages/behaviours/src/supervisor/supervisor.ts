/**
 * Supervisors, as their users see them: start one, nest one, and ask one about its children (supervisor(3)).
 */
import type { AnyPid, ExitReason, ProcessAddress } from '@agner/core'
import { behavioursError, startError } from '../errors.ts'
import { call, nodeOf, type Caller } from '../protocol/client.ts'
import { heardBy } from '../protocol/heard.ts'
import type { Starter } from '../gen/start.ts'
import { startServer } from '../server/start.ts'
import { leftSpecs, supervisor, type ChildCounts, type ChildInfo, type Outcome, type SupervisorPid } from './api.ts'
import { completeSpec, type ChildSettings, type ChildSpec } from './child-spec.ts'
import { completeDefinition, type SupervisorDefinition } from './definition.ts'
import { SupervisorServer } from './server.ts'

export interface SupervisorOptions {
  /** A local name, registered before the first child starts. */
  readonly name?: string
}

/**
 * Starts a supervisor and its children, in order, each when the one before is ready; resolves when all are
 * (supervisor:start_link).
 *
 * It is linked to a process that starts it, and stops its children in reverse order when that ends. If a child does not
 * start, those before it are stopped in reverse order, and it rejects with a `StartError` whose reason is `{ shutdown:
 * { failedToStartChild: { id, reason } } }`.
 *
 * Also rejects with `supervisor.bad_definition`, `supervisor.bad_child`, `supervisor.duplicate_child`.
 */
export function startSupervisor(
  parent: Starter,
  definition: SupervisorDefinition,
  options: SupervisorOptions = {},
): Promise<SupervisorPid> {
  const start = async () => startServer(parent, SupervisorServer, completeDefinition(definition), options)
  return heardBy(parent, start())
}

/** A supervisor that can be started on its own, or nested in another one. */
export interface Supervisor extends SupervisorDefinition {
  /**
   * A child specification: `type` is supervisor, and `shutdownMs` Infinity, so that it has time for its own children.
   */
  child(settings: ChildSettings & { readonly id: string }): ChildSpec
}

/**
 * Defines a supervisor for reuse and for nesting.
 *
 * @throws `supervisor.bad_definition`, `supervisor.bad_child`, `supervisor.duplicate_child`
 */
export function defineSupervisor(definition: SupervisorDefinition): Supervisor {
  completeDefinition(definition)
  return Object.freeze({
    ...definition,
    child: ({ name, ...settings }: ChildSettings & { readonly id: string }): ChildSpec => ({
      type: 'supervisor',
      ...settings,
      start: (above) => startSupervisor(above, definition, name === undefined ? {} : { name }),
    }),
  })
}

/** The children, the newest first. */
export function whichChildren(from: Caller, of: ProcessAddress): Promise<ChildInfo[]> {
  return call(from, supervisor.at(of), 'whichChildren')
}

export function countChildren(from: Caller, of: ProcessAddress): Promise<ChildCounts> {
  return call(from, supervisor.at(of), 'countChildren')
}

/**
 * Adds a child and starts it; resolves with its pid when it is ready, null if it chose not to run. A child that fails
 * to start is not added.
 *
 * Rejects with `supervisor.already_started` (`details.pid`), `supervisor.already_present`, `supervisor.child_failed` (a
 * `StartError` with the reason), `supervisor.bad_child`, `supervisor.remote_child`.
 */
export function startChild(from: Caller, of: ProcessAddress, spec: ChildSpec): Promise<AnyPid | null> {
  return heardBy(from, addChild(from, of, spec))
}

async function addChild(from: Caller, of: ProcessAddress, spec: ChildSpec): Promise<AnyPid | null> {
  const full = completeSpec(spec)
  const node = nodeOf(from)
  if (typeof of !== 'string' && of.node !== node.name) {
    throw behavioursError('supervisor.remote_child', { node: of.node })
  }
  const ticket = leftSpecs.leave(node, full)
  try {
    return settle(full.id, await call(from, supervisor.at(of), 'startChild', ticket))
  } finally {
    leftSpecs.take(node, ticket)
  }
}

/**
 * Stops a child. It keeps its specification, unless it is temporary, and is not restarted. Rejects with
 * `supervisor.not_found`.
 */
export function terminateChild(from: Caller, of: ProcessAddress, id: string): Promise<void> {
  return heardBy(
    from,
    call(from, supervisor.at(of), 'terminateChild', id).then((outcome) => void settle(id, outcome)),
  )
}

/**
 * Starts a child that is not running.
 *
 * Rejects with `supervisor.not_found`, `supervisor.running`, `supervisor.restarting`, `supervisor.child_failed`.
 */
export function restartChild(from: Caller, of: ProcessAddress, id: string): Promise<AnyPid | null> {
  return heardBy(
    from,
    call(from, supervisor.at(of), 'restartChild', id).then((outcome) => settle(id, outcome)),
  )
}

/**
 * Forgets a child that is not running. Rejects with `supervisor.not_found`, `supervisor.running`,
 * `supervisor.restarting`.
 */
export function deleteChild(from: Caller, of: ProcessAddress, id: string): Promise<void> {
  return heardBy(
    from,
    call(from, supervisor.at(of), 'deleteChild', id).then((outcome) => void settle(id, outcome)),
  )
}

function settle(id: string, outcome: Outcome): AnyPid | null {
  if (!('refused' in outcome)) return outcome.pid
  const { refused, reason, pid, problem } = outcome
  if (refused === 'supervisor.child_failed') throw startError(refused, reason as ExitReason, { id })
  throw behavioursError(refused, { id, problem, pid })
}

/**
 * What a supervisor can be asked about its children, and told to do with them, at run time.
 */
import { Pid, type AnyPid, type ExitReason, type Node } from '@agner/core'
import { requestOpened } from '@agner/core/kernel'
import { behavioursError, startError } from '../errors.ts'
import type { CallName } from '../protocol/api.ts'
import { call, nodeOf, owns, resolve, type Caller } from '../protocol/client.ts'
import type { CallEnvelope } from '../protocol/envelope.ts'
import { heardBy } from '../protocol/heard.ts'
import type { ServerAddress, Target } from '../protocol/protocol.ts'
import {
  leftSpecs,
  supervisor,
  type ChildCounts,
  type ChildDescription,
  type ChildInfo,
  type Outcome,
  type SupervisorApi,
  type SupervisorPid,
} from './api.ts'
import { completeSpec, type ChildSpec, type ChildStarted } from './child-spec.ts'

/** The children, the newest first (supervisor:which_children). Of 100,000 it is a long list. */
export function whichChildren(from: Caller, of: ServerAddress): Promise<ChildInfo[]> {
  return call(from, at(of), 'whichChildren', undefined, forEver)
}

export function countChildren(from: Caller, of: ServerAddress): Promise<ChildCounts> {
  return call(from, at(of), 'countChildren', undefined, forEver)
}

/**
 * What is known of a child, by its id, or of a dynamic supervisor by its pid (supervisor:get_childspec). Rejects with
 * `supervisor.not_found`.
 */
export function getChildSpec(from: Caller, of: ServerAddress, child: string | AnyPid): Promise<ChildDescription> {
  return told(from, of, child, 'getChildSpec', child, asIs<ChildDescription>)
}

/**
 * Adds a child and starts it; resolves with what its start gave when it is ready: its pid, null if it chose not to run.
 * A child that fails to start is not added. A dynamic supervisor takes it, too, and pays no attention to the id.
 *
 * Rejects with `supervisor.already_started` (`details.pid`), `supervisor.already_present`, `supervisor.child_failed` (a
 * `StartError` with the reason), `supervisor.bad_child`, `supervisor.remote_child`; a dynamic supervisor with
 * `supervisor.full`.
 */
export function startChild<Started extends ChildStarted>(
  from: Caller,
  of: ServerAddress,
  spec: ChildSpec<Started>,
): Promise<Started> {
  const node = nodeOf(from)
  let ticket: number
  try {
    const full = completeSpec(spec)
    const address = resolve(from, of)
    if (!isHere(node, address)) throw behavioursError('supervisor.remote_child', { node: nodeNameOf(address) })
    ticket = leftSpecs.leave(node, full)
  } catch (error) {
    return heardBy(from, Promise.reject(error as Error))
  }
  // Who answered has taken it.
  const failed = (): void => void leftSpecs.take(node, ticket)
  return told(from, of, spec.id, 'startChild', { spec: ticket }, asIs as Made<ChildStarted, Started>, failed)
}

/**
 * Stops a child, by its id, or of a dynamic supervisor by its pid. It keeps its specification, unless it is temporary
 * or a dynamic supervisor's, and is not restarted; it counts neither as a restart nor as the end of a significant child.
 * Rejects with `supervisor.not_found`, `supervisor.by_pid`.
 */
export function terminateChild(from: Caller, of: ServerAddress, child: string | AnyPid): Promise<void> {
  return told(from, of, child, 'terminateChild', child, toNothing)
}

/**
 * Starts a child that is not running.
 *
 * Rejects with `supervisor.not_found`, `supervisor.running`, `supervisor.restarting`, `supervisor.child_failed`,
 * `supervisor.by_pid`.
 */
export function restartChild(from: Caller, of: ServerAddress, id: string): Promise<ChildStarted> {
  return told(from, of, id, 'restartChild', id, asIs<ChildStarted>)
}

/**
 * Forgets a child that is not running. Rejects with `supervisor.not_found`, `supervisor.running`,
 * `supervisor.restarting`, `supervisor.by_pid`.
 */
export function deleteChild(from: Caller, of: ServerAddress, id: string): Promise<void> {
  return told(from, of, id, 'deleteChild', id, toNothing)
}

/** @internal Whether functions can go there: by left luggage, they stay on their node. */
export function isHere(node: Node, address: Exclude<ServerAddress, { readonly via: unknown }>): boolean {
  return typeof address === 'string' || address.node === node.name
}

function nodeNameOf(address: Exclude<ServerAddress, { readonly via: unknown }>): string | undefined {
  return typeof address === 'string' ? undefined : address.node
}

/** A pid as it is: an address of it would be made for each call. */
function at(of: ServerAddress): Target<SupervisorApi> {
  return of instanceof Pid ? (of as SupervisorPid) : supervisor.at(of)
}

/** A child may take its time. */
const forEver = { timeoutMs: Infinity } as const

/** @internal Makes the call, and of a refusal an error. */
export function ask<T>(
  from: Caller,
  child: string | AnyPid | undefined,
  asking: () => Promise<Outcome<T>>,
): Promise<T> {
  return heardBy(
    from,
    begun(asking).then((outcome) => opened(child, outcome)),
  )
}

type Made<R, T> = (done: R) => T

const asIs = <R>(done: R): R => done
const toNothing = (): void => undefined

/** Asks and waits: of a process that asks without a promise of its own. */
function told<R, T>(
  from: Caller,
  of: ServerAddress,
  child: string | AnyPid,
  name: CallName<SupervisorApi>,
  arg: unknown,
  toValue: Made<R, T>,
  failed: (() => void) | null = null,
): Promise<T> {
  const open = (outcome: unknown): T => toValue(opened(child, outcome as Outcome<R>))
  const envelope: CallEnvelope = { call: name, arg }
  try {
    if ('pid' in from && owns(envelope)) return requestOpened(from, resolve(from, of), envelope, Infinity, open, failed)
    return heardBy(
      from,
      from.request(resolve(from, of), envelope, forEver).then(open, (error: unknown) => {
        failed?.()
        throw error
      }),
    )
  } catch (error) {
    failed?.()
    return heardBy(from, Promise.reject(error as Error))
  }
}

/** What is thrown at once is a rejection like any other. */
function begun<T>(asking: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return asking()
  } catch (error) {
    return Promise.reject(error as Error)
  }
}

function opened<T>(child: string | AnyPid | undefined, outcome: Outcome<T>): T {
  if ('done' in outcome) return outcome.done
  const { refused, details } = outcome
  const id = child instanceof Pid ? String(child) : child
  if (refused === 'supervisor.child_failed') throw startError(refused, details!['reason'] as ExitReason, { id })
  throw behavioursError(refused, { id, ...details })
}

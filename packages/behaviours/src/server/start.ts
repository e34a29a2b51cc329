/**
 * Starting and stopping servers.
 *
 *     starter ── spawn (linked, named) ──► server
 *     starter ── { system: 'start' } ────► server ── init ─┬─► 'started'      the starter goes on
 *                                                          ├─► 'ignored'      rejected: start.ignored; the process is gone
 *                                                          └─► exit(reason)   rejected: start.failed, the reason; all of it is gone
 *
 * The start is synchronous, as proc_lib's: when it resolves, init has run. A failed start is told once, as the
 * rejection: no exit signal comes from the link. The request is in the new process's mailbox before anything else, so
 * it also tells of a death before init.
 */
import {
  AgnerError,
  describeReason,
  type AnyPid,
  type AnyProcess,
  type ExitReason,
  type Module,
  type Node,
  type ProcessAddress,
} from '@agner/core'
import { alreadyStarted, behavioursError, startError } from '../errors.ts'
import type { SystemEnvelope } from '../protocol/envelope.ts'
import { addressOf } from '../protocol/client.ts'
import { heardBy } from '../protocol/heard.ts'
import type { ServerPid, Target } from '../protocol/protocol.ts'
import { ownArgument } from './argument.ts'
import { awaitingBody, trapsExits } from './body.ts'
import type { Server } from './definition.ts'
import type { Beginning } from './running.ts'

/** Who starts: a process, which the server is then linked to, or a node, for code outside any process. */
export type Starter = AnyProcess | Node

export interface StartOptions {
  /** A local name, registered before init runs. */
  readonly name?: string
  /** Milliseconds that init may take; then the process is killed. Default Infinity, as in OTP. */
  readonly timeoutMs?: number
  /** More messages than this waiting end the process. Default: the node's. */
  readonly mailboxLimit?: number
  /**
   * Another node to start it on, where its module is registered; the argument must be sendable then. For starters that
   * are processes.
   */
  readonly node?: string
}

export type ArgThen<Arg, Options> = undefined extends Arg
  ? [arg?: Arg, options?: Options]
  : [arg: Arg, options?: Options]

/**
 * Starts a server and waits until its init has run (gen_server:start_link; from a node gen_server:start).
 *
 * A process that starts it is linked to it and is its parent: when the parent exits, the server does too, through
 * `terminate` if it traps exits. What can be copied of the argument is; sockets, functions and the like go by
 * reference, on this node.
 *
 * Rejects with a {@link StartError}: `start.failed` (its `reason` is what init failed with), `start.ignored`,
 * `start.timeout`, `start.already_started` (`details.pid` has the name); for another node also with
 * `spawn.no_connection`, `module.unknown`.
 */
export function startServer<Api, Arg, State>(
  parent: Starter,
  server: Server<Api, Arg, State>,
  ...[arg, options = {}]: ArgThen<NoInfer<Arg>, StartOptions>
): Promise<ServerPid<Api>> {
  return heardBy(parent, start(parent, server, arg, options) as Promise<ServerPid<Api>>)
}

async function start(parent: Starter, server: Module, arg: unknown, options: StartOptions): Promise<AnyPid> {
  const { node, timeoutMs = Infinity } = options
  const pid =
    node === undefined
      ? spawnHere(parent, server, arg, options)
      : await spawnThere(parent, server, arg, options.name ?? null, node)
  await awaitInit(parent, server.module, pid, timeoutMs)
  return pid
}

/** @internal For child specifications: ignore is null there. */
export async function startChildServer(
  supervisor: AnyProcess,
  server: { readonly module: string },
  arg: unknown,
  name: string | undefined,
): Promise<AnyPid | null> {
  try {
    const pid = spawnHere(supervisor, server, arg, name === undefined ? {} : { name })
    await awaitInit(supervisor, server.module, pid, Infinity)
    return pid
  } catch (error) {
    if (error instanceof AgnerError && error.code === 'start.ignored') return null
    throw error
  }
}

function spawnHere(parent: Starter, server: { readonly module: string }, arg: unknown, options: StartOptions): AnyPid {
  const { name, mailboxLimit } = options
  const settings = {
    ...(name !== undefined && { name }),
    ...(mailboxLimit !== undefined && { mailboxLimit }),
    // Set before its first turn: an exit signal may be there before it has run a line.
    trapExits: trapsExits(server),
  }
  try {
    if ('spawnLink' in parent)
      return parent.spawnLink(awaitingBody(server, { parent: parent.pid, arg: ownArgument(arg), name: null }), settings)
    return parent.spawn(awaitingBody(server, { parent: null, arg: ownArgument(arg), name: null }), settings)
  } catch (error) {
    throw nameTaken(server.module, name, error)
  }
}

async function spawnThere(
  parent: Starter,
  { module, version }: Module,
  arg: unknown,
  name: string | null,
  node: string,
): Promise<AnyPid> {
  if (!('spawnLink' in parent)) throw behavioursError('start.needs_process')
  const beginning: Beginning = { arg, parent: parent.pid, name }
  const { pid } = await parent.spawnAt(node, module, 'startAwaited', beginning, { version, link: true })
  return pid
}

async function awaitInit(parent: Starter, module: string, pid: AnyPid, timeoutMs: number): Promise<void> {
  const envelope: SystemEnvelope = { system: 'start' }
  let answer: unknown
  try {
    answer = await parent.request(pid, envelope, { timeoutMs })
  } catch (error) {
    if (!(error instanceof AgnerError)) throw error
    if (error.code !== 'call.timeout') throw startError('start.failed', reasonOf(error), { module, pid })
    await end(parent, pid)
    throw startError('start.timeout', 'timeout', { module, pid, timeoutMs })
  }
  if (answer === 'ignored') throw startError('start.ignored', 'ignore', { module })
}

/**
 * Kills a process that took too long, and waits until it is gone, so that its name is free and no exit of it comes
 * later.
 */
async function end(parent: Starter, pid: AnyPid): Promise<void> {
  if ('spawnLink' in parent) parent.unlink(pid)
  parent.sendExit(pid, 'kill')
  await parent
    .request(pid, { system: 'start' } satisfies SystemEnvelope, { timeoutMs: Infinity })
    .catch(() => undefined)
}

function nameTaken(module: string, name: string | undefined, error: unknown): unknown {
  if (!(error instanceof AgnerError) || error.code !== 'name.taken') return error
  return alreadyStarted(module, String(name), error.details['pid'] as AnyPid)
}

/** The exit reason in the error of a failed call. */
function reasonOf(error: AgnerError): ExitReason {
  return 'reason' in error.details ? (error.details['reason'] as ExitReason) : error
}

export interface StopOptions {
  /**
   * Milliseconds to wait for the end; then it is rejected with `call.timeout`, and the server goes on ending. Default
   * Infinity.
   */
  readonly timeoutMs?: number
}

/**
 * Asks a server to run `terminate` and exit with `reason`, and resolves when it has (gen_server:stop).
 *
 * Rejects with `call.no_process` if it is not there, `call.exited` if it ended for another reason, `call.timeout`,
 * `call.no_connection`.
 */
export function stopServer<Api>(
  from: Starter,
  to: Target<Api> | ProcessAddress,
  reason: ExitReason = 'normal',
  options: StopOptions = {},
): Promise<void> {
  const address = typeof to === 'string' || 'name' in to ? to : addressOf(to)
  return heardBy(from, stop(from, address, reason, options.timeoutMs ?? Infinity))
}

/** The server's exit is the answer: the right reason is success. */
async function stop(from: Starter, server: ProcessAddress, reason: ExitReason, timeoutMs: number): Promise<void> {
  try {
    await from.request(server, { system: 'stop', reason } satisfies SystemEnvelope, { timeoutMs })
  } catch (error) {
    if (!(error instanceof AgnerError) || error.code !== 'call.exited') throw error
    if (describeReason(reasonOf(error)) !== describeReason(reason)) throw error
  }
}

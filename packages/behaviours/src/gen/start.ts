/**
 * The synchronous start (proc_lib:start_link).
 *
 *     starter ── spawn (linked, named) ──► process
 *     starter ── { system: 'start' } ────► begin ─┬─► 'started'      the starter goes on
 *                                                 ├─► 'ignored'      rejected: start.ignored; the process is gone
 *                                                 └─► exit(reason)   rejected: start.failed, the reason; all of it is gone
 *
 * When it resolves, init has run. A failed start is told once, as the rejection: no exit signal comes from the link.
 * The request is in the new process's mailbox before anything else, so it also tells of a death before init.
 */
import { AgnerError, type AnyPid, type AnyProcess, type ExitReason, type Node, type SpawnOptions } from '@agner/core'
import { alreadyStarted, behavioursError, startError } from '../errors.ts'
import type { StartAnswer, SystemEnvelope } from '../protocol/envelope.ts'
import { ownArgument } from './argument.ts'
import type { Beginning } from './beginning.ts'
import { awaiting, type GenCode } from './code.ts'
import { describeName, holderIn, type ServerName } from './name.ts'

/** Who starts: a process, which the new one is then linked to, or a node, for code outside any process. */
export type Starter = AnyProcess | Node

export interface StartOptions {
  /** A local name, or a name in a registry (`{ via, name }`); registered before init runs. */
  readonly name?: ServerName
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

/** Starts a process of a behaviour and waits until it has begun. */
export async function startGen(
  parent: Starter,
  code: GenCode,
  arg: unknown,
  options: StartOptions = {},
): Promise<AnyPid> {
  const { node, timeoutMs = Infinity } = options
  const pid =
    node === undefined ? spawnHere(parent, code, arg, options) : await spawnThere(parent, code, arg, options, node)
  await awaitBegin(parent, code.module, pid, timeoutMs, options.name)
  return pid
}

/** For child specifications: to be ignored is null there. */
export async function startGenChild(
  supervisor: AnyProcess,
  code: GenCode,
  arg: unknown,
  options: StartOptions,
): Promise<AnyPid | null> {
  try {
    return await startGen(supervisor, code, arg, options)
  } catch (error) {
    if (error instanceof AgnerError && error.code === 'start.ignored') return null
    throw error
  }
}

function spawnHere(parent: Starter, code: GenCode, arg: unknown, options: StartOptions): AnyPid {
  const { name, mailboxLimit } = options
  const isLocal = typeof name === 'string'
  const settings: SpawnOptions = {
    ...(isLocal && { name }),
    ...(mailboxLimit !== undefined && { mailboxLimit }),
    // Set before its first turn: an exit signal may be there before it has run a line.
    trapExits: code.trapExits,
  }
  const beginning = { arg: ownArgument(arg), name: isLocal ? null : (name ?? null) }
  try {
    return 'spawnLink' in parent
      ? parent.spawnLink(awaiting(code, { ...beginning, parent: parent.pid }), settings)
      : parent.spawn(awaiting(code, { ...beginning, parent: null }), settings)
  } catch (error) {
    throw alreadyStarted(code.module, String(name), holderIn(error))
  }
}

async function spawnThere(
  parent: Starter,
  { module, version }: GenCode,
  arg: unknown,
  { name }: StartOptions,
  node: string,
): Promise<AnyPid> {
  if (!('spawnLink' in parent)) throw behavioursError('start.needs_process')
  const beginning: Beginning = { arg, parent: parent.pid, name: name ?? null }
  const { pid } = await parent.spawnAt(node, module, 'startAwaited', beginning, { version, link: true })
  return pid
}

async function awaitBegin(
  parent: Starter,
  module: string,
  pid: AnyPid,
  timeoutMs: number,
  name: ServerName | undefined,
): Promise<void> {
  const envelope: SystemEnvelope = { system: 'start' }
  let answer: StartAnswer
  try {
    answer = (await parent.request(pid, envelope, { timeoutMs })) as StartAnswer
  } catch (error) {
    if (!(error instanceof AgnerError)) throw error
    if (error.code !== 'call.timeout') throw startError('start.failed', reasonOf(error), { module, pid })
    await end(parent, pid)
    throw startError('start.timeout', 'timeout', { module, pid, timeoutMs })
  }
  if (answer === 'started') return
  if (answer === 'ignored') throw startError('start.ignored', 'ignore', { module })
  throw alreadyStarted(module, name === undefined ? '' : describeName(name), answer.alreadyStarted)
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

/** The exit reason in the error of a failed call. */
export function reasonOf(error: AgnerError): ExitReason {
  return 'reason' in error.details ? (error.details['reason'] as ExitReason) : error
}

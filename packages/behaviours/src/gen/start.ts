/**
 * The synchronous start (proc_lib:start_link).
 *
 *     starter ── spawn (linked, named) ──► process
 *     starter ── { system: 'start' } ────► begin ─┬─► 'started'      the starter goes on
 *                                                 ├─► 'ignored'      rejected: start.ignored; the process is gone
 *                                                 └─► exit(reason)   rejected: start.failed, the reason; all of it is gone
 *
 * When it resolves, init has run. A failed start is told once, as the rejection: the process takes its link back before it
 * exits. One that is killed, or calls `exit` itself, cannot: a starter that traps exits is spared the message, and one that
 * does not ends with it (`told-once.ts`).
 * The request is in the new process's mailbox before anything else, so it also tells of a death before init.
 */
import {
  AgnerError,
  type AnyPid,
  type AnyProcess,
  type AsyncBody,
  type CallbackBody,
  type ExitReason,
  type Node,
  type Priority,
  type Ref,
  type SpawnOptions,
} from '@agner/core'
import { requestOwn } from '@agner/core/kernel'
import { alreadyStarted, behavioursError, StartError, startError } from '../errors.ts'
import type { StartAnswer, SystemEnvelope } from '../protocol/envelope.ts'
import { ownArgument } from './argument.ts'
import type { Beginning } from './beginning.ts'
import { awaiting, type GenCode } from './code.ts'
import { toEnvelopes, type DebugOption } from './debug-option.ts'
import type { Gen } from './gen.ts'
import { describeName, holderIn, type ServerName } from './name.ts'
import { badTimeout } from './start-timeout.ts'
import { dropExit } from './told-once.ts'

/** Who starts: a process, which the new one is then linked to, or a node, for code outside any process. */
export type Starter = AnyProcess | Node

export interface StartOptions {
  /** A local name, or a name in a registry (`{ via, name }`); registered before init runs. */
  readonly name?: ServerName
  /** Milliseconds that init may take; then the process is killed. Default Infinity, as in OTP. */
  readonly timeoutMs?: number
  /** More messages than this waiting end the process. Default: the node's. */
  readonly mailboxLimit?: number
  /** Milliseconds without a message after which it hibernates. Default Infinity. */
  readonly hibernateAfterMs?: number
  /** Who goes first; default `normal`. */
  readonly priority?: Priority
  /** Its messages and its state are shown to nobody: in no trace and no report. */
  readonly sensitive?: boolean
  /** What is looked at from its first message, as by `sys.log`, `sys.statistics` and `sys.trace`. */
  readonly debug?: readonly DebugOption[]
  /**
   * Another node to start it on, where its module is registered; the argument must be sendable then. For starters that
   * are processes. There the name must be a local one of that node.
   */
  readonly node?: string
}

/** When nothing is said. */
const noOptions: StartOptions = Object.freeze({})

/** How the starter hears of the end. */
export type Bond = 'link' | 'monitor' | 'none'

/** A new process, and the monitor on it, if that is the bond. */
export interface Bound {
  readonly pid: AnyPid
  readonly ref: Ref | null
}

/** Starts a process of a behaviour and waits until it has begun; a process is linked to it. */
export function startGen(
  parent: Starter,
  code: GenCode,
  arg: unknown,
  options: StartOptions = noOptions,
): Promise<AnyPid> {
  return startAs(parent, code, arg, options, 'spawnLink' in parent ? 'link' : 'none', toPid)
}

/** The same with a bond of one's own. */
export function startBound(
  parent: Starter,
  code: GenCode,
  arg: unknown,
  options: StartOptions,
  bond: Bond,
): Promise<Bound> {
  return startAs(parent, code, arg, options, bond, asIs)
}

/** For child specifications: to be ignored is null there. */
export function startGenChild(
  supervisor: AnyProcess,
  code: GenCode,
  arg: unknown,
  options: StartOptions = noOptions,
): Promise<AnyPid | null> {
  return startAs(supervisor, code, arg, options, 'link', toPid, null)
}

/**
 * Here, without an async function: a start costs little else than its promises.
 *
 * @param ignored what it is for who started it, if there is nothing to run; left out, an error.
 */
function startAs<T>(
  parent: Starter,
  code: GenCode,
  arg: unknown,
  options: StartOptions,
  bond: Bond,
  toValue: (bound: Bound) => T,
  ...ignored: [ignored?: T]
): Promise<T> {
  const begins = (bound: Bound): Promise<T> =>
    askToBegin(parent, bound.pid, options).then(
      (answer) => {
        if (answer === 'started') return toValue(bound)
        if (answer === 'ignored' && ignored.length > 0) return ignored[0] as T
        return failed(bound, notStarted(code.module, answer, options.name))
      },
      (error: unknown) => failed(bound, error),
    )
  const failed = async (bound: Bound, error: unknown): Promise<never> => {
    throw await toStartError(parent, code.module, bound, options, error)
  }
  const { node, timeoutMs } = options
  const wrong = badTimeout(timeoutMs)
  if (wrong !== null) return Promise.reject(wrong)
  if (node !== undefined) return spawnThere(parent, code, arg, options, bond, node).then(begins)
  try {
    return begins(spawnHere(parent, code, arg, options, bond))
  } catch (error) {
    return Promise.reject(error as Error)
  }
}

const toPid = ({ pid }: Bound): AnyPid => pid
const asIs = (bound: Bound): Bound => bound

function spawnHere(parent: Starter, code: GenCode, arg: unknown, options: StartOptions, bond: Bond): Bound {
  const { name } = options
  const isVia = name !== undefined && typeof name !== 'string'
  const above = bond === 'link' ? (parent as AnyProcess).pid : null
  const plain: Beginning = { parent: above, arg: ownArgument(arg), name: isVia ? name : null }
  const beginning = options === noOptions ? plain : { ...plain, ...asked(options) }
  return spawnBound(parent, code.module, awaiting(code, beginning), options, bond, code.trapExits)
}

/** What of the options the new process sees to itself. */
function asked({ hibernateAfterMs, sensitive, debug }: StartOptions): Partial<Beginning> {
  return {
    ...(hibernateAfterMs !== undefined && { hibernateAfterMs }),
    ...(sensitive !== undefined && { sensitive }),
    ...(debug !== undefined && { debug: toEnvelopes(debug) }),
  }
}

/** Spawns a process of this node, with its name and its bond. @throws `start.already_started` */
export function spawnBound(
  parent: Starter,
  module: string,
  body: CallbackBody<never, Gen> | AsyncBody<never>,
  { name, mailboxLimit, priority }: StartOptions,
  bond: Bond,
  trapExits = false,
): Bound {
  const settings: SpawnOptions =
    name === undefined && mailboxLimit === undefined && priority === undefined
      ? { trapExits }
      : {
          ...(typeof name === 'string' && { name }),
          ...(mailboxLimit !== undefined && { mailboxLimit }),
          ...(priority !== undefined && { priority }),
          // Set before its first turn: an exit signal may be there before it has run a line.
          trapExits,
        }
  try {
    if (bond === 'monitor') return (parent as AnyProcess).spawnMonitor(body, settings)
    const pid = bond === 'link' ? (parent as AnyProcess).spawnLink(body, settings) : parent.spawn(body, settings)
    return { pid, ref: null }
  } catch (error) {
    throw alreadyStarted(module, wordFor(name), holderIn(error))
  }
}

async function spawnThere(
  parent: Starter,
  { module, version }: GenCode,
  arg: unknown,
  options: StartOptions,
  bond: Bond,
  node: string,
): Promise<Bound> {
  if (!('spawnLink' in parent)) throw behavioursError('start.needs_process')
  const { name = null, priority } = options
  const beginning: Beginning = {
    parent: bond === 'link' ? parent.pid : null,
    arg,
    name,
    ...(priority !== undefined && { priority }),
    ...asked(options),
  }
  return parent.spawnAt(node, module, 'startAwaited', beginning, {
    version,
    link: bond === 'link',
    monitor: bond === 'monitor',
  })
}

const start: SystemEnvelope = Object.freeze({ system: 'start' })

/** Resolves with what the process says of its beginning. */
export function askToBegin(
  parent: Starter,
  pid: AnyPid,
  { timeoutMs = Infinity }: Pick<StartOptions, 'timeoutMs'>,
): Promise<StartAnswer> {
  const answer = 'pid' in parent ? requestOwn(parent, pid, start, timeoutMs) : parent.request(pid, start, { timeoutMs })
  return answer as Promise<StartAnswer>
}

const wordFor = (name: ServerName | undefined): string => (name === undefined ? '' : describeName(name))

function notStarted(module: string, answer: StartAnswer, name: ServerName | undefined): StartError {
  return typeof answer === 'object' && 'alreadyStarted' in answer
    ? alreadyStarted(module, wordFor(name), answer.alreadyStarted)
    : startError('start.ignored', 'ignore', { module })
}

/** Nothing is left of a start that failed, and it is told once: not by the link or the monitor, too. */
export async function toStartError(
  parent: Starter,
  module: string,
  { pid, ref }: Bound,
  { timeoutMs }: Pick<StartOptions, 'timeoutMs'>,
  error: unknown,
): Promise<unknown> {
  const isLate = error instanceof AgnerError && error.code === 'call.timeout'
  if (isLate) await end(parent, pid)
  if (ref !== null && 'demonitor' in parent) parent.demonitor(ref, { flush: true })
  if (ref === null && 'spawnLink' in parent) await dropExit(parent, pid)
  if (isLate) return startError('start.timeout', 'timeout', { module, pid, timeoutMs })
  if (error instanceof StartError || !(error instanceof AgnerError)) return error
  return startError('start.failed', reasonOf(error), { module, pid })
}

/**
 * Kills a process that took too long, and waits until it is gone, so that its name is free and no exit of it comes
 * later.
 */
async function end(parent: Starter, pid: AnyPid): Promise<void> {
  if ('spawnLink' in parent) parent.unlink(pid)
  parent.sendExit(pid, 'kill')
  await parent.request(pid, start, { timeoutMs: Infinity }).catch(() => undefined)
}

/** The exit reason in the error of a failed call. */
export function reasonOf(error: AgnerError): ExitReason {
  return 'reason' in error.details ? (error.details['reason'] as ExitReason) : error
}

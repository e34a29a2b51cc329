/**
 * Looking into running processes, and changing them (sys of OTP): for tests, for debugging, for new versions of code.
 *
 *     await sys.getState(self, pid)      await sys.suspend(self, pid) … await sys.resume(self, pid)
 *
 * They work on every behaviour, and on hand-written processes that take part (`special.ts`). Each is a call: it has its
 * turn after the messages that were sent before it, and not while a handler's promise is pending. All reject with the
 * errors of a call (`call.timeout`, `call.no_process`, …); `timeoutMs` is 5,000 by default.
 */
import type { ExitReason } from '@agner/core'
import { behavioursError, type BehavioursErrorCode } from '../errors.ts'
import type { DebugFunction, Installed, Statistics } from '../gen/debug.ts'
import { usualLogSize } from '../gen/debug-option.ts'
import { stopGen, type StopOptions } from '../gen/stop.ts'
import type { SysEvent } from '../gen/sys-event.ts'
import { leftDebugFunctions, leftFunctions, type Status } from '../gen/system.ts'
import { addressOf, nodeOf, resolve, type Caller, type CallOptions } from '../protocol/client.ts'
import type { SysAnswer, SysEnvelope } from '../protocol/envelope.ts'
import { heardBy } from '../protocol/heard.ts'
import type { ServerAddress, Target } from '../protocol/protocol.ts'

export { done, type DebugFunction, type DebugOptions, type Statistics } from '../gen/debug.ts'
export type { SysEvent } from '../gen/sys-event.ts'
export type { Status } from '../gen/system.ts'
export { takePart, type SpecialCallbacks, type SpecialProcess } from './special.ts'

/** A process that takes part: a server of any protocol, or any process by pid or name. */
export type Process = Target<never> | ServerAddress | { readonly module: string }

/**
 * From now on ordinary messages wait in the mailbox, in order, and count against its limit; system requests are
 * answered, and the end of the parent ends it (sys:suspend). Suspending twice is suspending once.
 */
export function suspend(from: Caller, process: Process, options?: CallOptions): Promise<void> {
  return ask<void>(from, process, { system: 'suspend' }, options)
}

/** It goes on, with what waited first (sys:resume). */
export function resume(from: Caller, process: Process, options?: CallOptions): Promise<void> {
  return ask<void>(from, process, { system: 'resume' }, options)
}

/**
 * The state of a behaviour (sys:get_state): a copy. What cannot be copied comes, on the same node, as it is: only look
 * at it. From another node it is rejected with `sys.unsendable`. If a hand-written process throws over it:
 * `sys.callback_failed`.
 */
export function getState(from: Caller, process: Process, options?: CallOptions): Promise<unknown> {
  return ask(from, process, { system: 'getState' }, options)
}

/**
 * Puts another state in place of a behaviour's, and gives that (sys:replace_state). `replace` runs in the process, so it
 * must be of this node (`sys.not_here`). When it throws, the state stays: `sys.state_not_replaced`.
 */
export function replaceState<State = unknown>(
  from: Caller,
  process: Process,
  replace: (state: State) => State,
  options?: CallOptions,
): Promise<unknown> {
  const node = nodeOf(from)
  const ticket = leftFunctions.leave(node, replace as (state: unknown) => unknown)
  return leaving(
    from,
    () => leftFunctions.take(node, ticket),
    ask(from, process, { system: 'replaceState', ticket }, options),
  )
}

/** What a process is, and whether it runs; of a server also its state, as `formatStatus` shows it (sys:get_status). */
export function getStatus(from: Caller, process: Process, options?: CallOptions): Promise<Status> {
  return ask<Status>(from, process, { system: 'getStatus' }, options)
}

export interface ChangeCodeOptions extends CallOptions {
  /** The version to go on with; default: the newest that its node has. */
  readonly version?: string
  /** What `codeChange` is told that the state is of; default: the version that runs. */
  readonly oldVersion?: string
  /** Handed on to `codeChange`; it must be sendable. */
  readonly extra?: unknown
}

/**
 * Moves a suspended process to another version of its module, which its node has registered (sys:change_code). Its
 * `codeChange(oldVersion, state, extra)` makes the new state of the old one; without it the state stays as it is.
 *
 * Rejects with `sys.not_suspended`, `sys.no_version`, and, when `codeChange` throws, with `sys.code_not_changed`: all is
 * as it was then.
 */
export function changeCode(from: Caller, process: Process, options: ChangeCodeOptions = {}): Promise<void> {
  const { version = null, oldVersion = null, extra } = options
  return ask<void>(from, process, { system: 'changeCode', version, oldVersion, extra }, options)
}

/** Runs `terminate` and exits with exactly this reason; resolves when it has (sys:terminate, proc_lib:stop). */
export function terminate(
  from: Caller,
  process: Process,
  reason: ExitReason = 'normal',
  options: StopOptions = {},
): Promise<void> {
  return stopGen(from, toAddress(from, process), reason, options)
}

/** Keeps the last events: `true` 10 of them, a number so many, `false` none any more (sys:log). */
export function log(from: Caller, process: Process, keep: boolean | number, options?: CallOptions): Promise<void> {
  const size = typeof keep === 'number' ? keep : keep ? usualLogSize : 0
  return ask<void>(from, process, { system: 'log', size }, options)
}

/** What the log holds, the oldest first. */
export function getLog(from: Caller, process: Process, options?: CallOptions): Promise<SysEvent[]> {
  return ask<SysEvent[]>(from, process, { system: 'getLog' }, options)
}

/** Counts messages and reductions, from now on, or no longer (sys:statistics). */
export function statistics(from: Caller, process: Process, on: boolean, options?: CallOptions): Promise<void> {
  return ask<void>(from, process, { system: 'statistics', on }, options)
}

/** What was counted; null when nothing is. */
export function getStatistics(from: Caller, process: Process, options?: CallOptions): Promise<Statistics | null> {
  return ask<Statistics | null>(from, process, { system: 'getStatistics' }, options)
}

/** Reports each event to the node's reporter as a notice of level `info` and source `sys`, or no longer (sys:trace). */
export function trace(from: Caller, process: Process, on: boolean, options?: CallOptions): Promise<void> {
  return ask<void>(from, process, { system: 'trace', on }, options)
}

/**
 * Shows each event to a function, in the process, with a state of the function's own; it returns the next one, or
 * {@link done} to be taken away (sys:install). One that throws is taken away. Of this node only: `sys.not_here`.
 *
 * Rejects with `sys.already_installed`.
 */
export function install<State>(
  from: Caller,
  process: Process,
  id: string,
  run: DebugFunction<NoInfer<State>>,
  state: State,
  options?: CallOptions,
): Promise<void> {
  const node = nodeOf(from)
  const ticket = leftDebugFunctions.leave(node, { id, run, state } as unknown as Installed)
  return leaving(
    from,
    () => leftDebugFunctions.take(node, ticket),
    ask<void>(from, process, { system: 'install', ticket }, options),
  )
}

/** Takes a debug function away (sys:remove). */
export function remove(from: Caller, process: Process, id: string, options?: CallOptions): Promise<void> {
  return ask<void>(from, process, { system: 'remove', id }, options)
}

/** Ends all debugging of it: log, statistics, trace and functions (sys:no_debug). */
export function noDebug(from: Caller, process: Process, options?: CallOptions): Promise<void> {
  return ask<void>(from, process, { system: 'noDebug' }, options)
}

function toAddress(from: Caller, process: Process): ReturnType<typeof resolve> {
  if (typeof process === 'string' || ('name' in process && !('module' in process))) return resolve(from, process)
  return addressOf(from, process as { readonly module: string })
}

function ask<T>(from: Caller, process: Process, envelope: SysEnvelope, options?: CallOptions): Promise<T> {
  return heardBy(from, answered<T>(from, process, envelope, options?.timeoutMs ?? 5000))
}

async function answered<T>(from: Caller, process: Process, envelope: SysEnvelope, timeoutMs: number): Promise<T> {
  const answer = (await from.request(toAddress(from, process), envelope, { timeoutMs })) as SysAnswer
  if ('refused' in answer) throw behavioursError(answer.refused as BehavioursErrorCode, answer.details)
  return answer.value as T
}

/** Who left something takes it away again when its call is over, whatever came of it. */
function leaving<T>(from: Caller, take: () => void, asked: Promise<T>): Promise<T> {
  return heardBy(from, asked.finally(take))
}

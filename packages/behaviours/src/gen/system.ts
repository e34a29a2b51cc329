/**
 * System requests: what every process that takes part in sys answers, whatever it is (sys:handle_system_msg).
 *
 *     sys ── { system: 'getState' } ──► process ── { value } or { refused, details } ──► sys
 *
 * Pure but for the part that it is given: a behaviour's process, or a hand-written one.
 */
import { describeReason, type AnyProcess, type ExitReason, type Module } from '@agner/core'
import type { BehavioursErrorCode } from '../errors.ts'
import { LeftLuggage } from '../left-luggage.ts'
import type { SysAnswer, SysEnvelope } from '../protocol/envelope.ts'
import type { Parent } from './beginning.ts'
import { Debug, noDebugOptions, type DebugOptions, type Installed, type Observed } from './debug.ts'

/** A process that takes part in sys. */
export interface Part extends Observed {
  readonly self: AnyProcess
  readonly module: string
  readonly version: string
  readonly parent: Parent
  readonly isSuspended: boolean
  /** Ordinary messages wait in the mailbox from now on, or no longer. */
  suspend(on: boolean): void
  /** Null while nobody looks. */
  readonly debug: Debug | null
  look(debug: Debug | null): void
  currentState(): unknown
  withState(replace: (state: unknown) => unknown): unknown
  status(): Readonly<Record<string, unknown>>
  changeCode(module: Module, oldVersion: string, extra: unknown): void | Promise<void>
}

/** What `getStatus` tells (sys:get_status). */
export interface Status {
  readonly pid: AnyProcess['pid']
  readonly name: string | null
  readonly module: string
  readonly version: string
  readonly status: 'running' | 'suspended'
  readonly parent: Parent
  readonly debug: DebugOptions
  /** What its behaviour shows of itself: of a server `{ state }`, as `formatStatus` gives it. */
  readonly details: Readonly<Record<string, unknown>>
}

/** Functions that replace states or debug: they cannot be sent, and stay at a counter of the node. */
export const leftFunctions: LeftLuggage<(state: unknown) => unknown> = new LeftLuggage()
/** What looks at the status in the process that has it, so that the state itself need not be copied. It may not keep it. */
export const leftLooks: LeftLuggage<(status: Status) => unknown> = new LeftLuggage()
export const leftDebugFunctions: LeftLuggage<Installed> = new LeftLuggage()

const value = (given: unknown): SysAnswer => ({ value: given })
const ok: SysAnswer = value('ok')

function refuse(code: BehavioursErrorCode, details: Readonly<Record<string, unknown>> = {}): SysAnswer {
  return { refused: code, details }
}

/** @param isHere whether it is asked from this node: tickets of this node mean nothing elsewhere. */
export function answerSystem(part: Part, asked: SysEnvelope, isHere: boolean): SysAnswer | Promise<SysAnswer> {
  const { self } = part
  switch (asked.system) {
    case 'suspend':
    case 'resume':
      part.suspend(asked.system === 'suspend')
      return ok
    case 'getState':
      return shown(part, 'getState', () => part.currentState())
    case 'getStatus':
      return shown(part, 'status', () => statusOf(part))
    case 'look':
      return isHere ? lookAt(part, asked.ticket) : refuse('sys.not_here')
    case 'replaceState':
      return isHere ? replaceState(part, asked.ticket) : refuse('sys.not_here')
    case 'changeCode':
      return changeCode(part, asked)
    case 'getLog':
      return value(part.debug?.log ?? [])
    case 'getStatistics':
      return value(part.debug?.statistics ?? null)
    case 'log':
      return looking(part, (debug) => debug.keepLog(asked.size))
    case 'statistics':
      return looking(part, (debug) => debug.count(asked.on))
    case 'trace':
      return looking(part, (debug) => debug.trace(asked.on))
    case 'install': {
      const installed = isHere ? leftDebugFunctions.take(self.node, asked.ticket) : undefined
      if (installed === undefined) return refuse('sys.not_here')
      if (part.debug?.options.installed.includes(installed.id) === true)
        return refuse('sys.already_installed', { id: installed.id })
      return looking(part, (debug) => debug.install(installed))
    }
    case 'remove':
      return looking(part, (debug) => debug.remove(asked.id))
    case 'noDebug':
      part.look(null)
      return ok
    default:
      return refuse('sys.unknown_request', { request: describeReason((asked as { system: string }).system) })
  }
}

function looking(part: Part, change: (debug: Debug) => void): SysAnswer {
  const debug = part.debug ?? new Debug(part)
  change(debug)
  part.look(debug.isOff ? null : debug)
  return ok
}

function statusOf(part: Part): Status {
  const { self, module, version, parent, debug } = part
  return {
    pid: self.pid,
    name: self.processInfo(self.pid, ['name'])?.name ?? null,
    module,
    version,
    status: part.isSuspended ? 'suspended' : 'running',
    parent,
    debug: debug?.options ?? noDebugOptions,
    details: part.status(),
  }
}

/** What a hand-written process says of itself may throw: to be looked at ends nobody. */
function shown({ module }: Part, callback: string, look: () => unknown): SysAnswer {
  try {
    return value(look())
  } catch (error) {
    return refuse('sys.callback_failed', { module, callback, why: describeReason(error as ExitReason) })
  }
}

/** No ticket: who asked has gone, and nothing is done for nobody. */
function lookAt(part: Part, ticket: number): SysAnswer {
  const look = leftLooks.take(part.self.node, ticket)
  return look === undefined ? refuse('sys.not_here') : shown(part, 'status', () => look(statusOf(part)))
}

function replaceState(part: Part, ticket: number): SysAnswer {
  const replace = leftFunctions.take(part.self.node, ticket)
  if (replace === undefined) return refuse('sys.not_here')
  try {
    return value(part.withState(replace))
  } catch (error) {
    return refuse('sys.state_not_replaced', { module: part.module, why: describeReason(error as ExitReason) })
  }
}

/** Only while suspended: nothing is half-way through a message then. */
function changeCode(
  part: Part,
  asked: SysEnvelope & { readonly system: 'changeCode' },
): SysAnswer | Promise<SysAnswer> {
  const { module: name, self } = part
  if (!part.isSuspended) return refuse('sys.not_suspended', { module: name })
  const versions = self.node.modules().filter(({ module }) => module === name)
  const found = asked.version === null ? versions.at(-1) : versions.find(({ version }) => version === asked.version)
  if (found === undefined) return refuse('sys.no_version', { module: name, version: asked.version ?? 'any' })
  const failed = (error: unknown): SysAnswer =>
    refuse('sys.code_not_changed', { module: name, why: describeReason(error as ExitReason) })
  try {
    const changed = part.changeCode(found, asked.oldVersion ?? part.version, asked.extra)
    return changed instanceof Promise ? changed.then(() => ok, failed) : ok
  } catch (error) {
    return failed(error)
  }
}

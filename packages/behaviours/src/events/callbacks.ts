/**
 * A handler's definition as the manager uses it: callbacks in tables, their types forgotten.
 */
import { describeReason, type AnyProcess, type ExitReason } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { reservedTypes } from '../protocol/envelope.ts'
import type { ServerPid } from '../protocol/protocol.ts'
import type { ShownStatus } from '../server/definition.ts'
import type { AnyHandler, HandlerEnd, Predecessor } from './definition.ts'
import type { HandlerId } from './handler-protocol.ts'

export interface AnyHandlerContext {
  readonly self: AnyProcess
  readonly pid: ServerPid<never>
  readonly handler: HandlerId
}

export type AnyInstallContext = AnyHandlerContext & { readonly predecessor: Predecessor | null }

export type RunHandler = (state: unknown, payload: unknown, context: AnyHandlerContext) => unknown

export interface HandlerTables {
  readonly name: string
  readonly version: string
  readonly init: (arg: unknown, context: AnyInstallContext) => unknown
  readonly events: ReadonlyMap<string, RunHandler>
  readonly event: RunHandler | null
  readonly calls: ReadonlyMap<string, RunHandler>
  readonly info: ReadonlyMap<string, RunHandler>
  readonly terminate: ((why: HandlerEnd, state: unknown, context: AnyHandlerContext) => unknown) | null
  readonly formatStatus: ((status: ShownStatus<unknown>) => Partial<ShownStatus<unknown>>) | null
  readonly codeChange:
    | ((oldVersion: string, state: unknown, extra: unknown, context: AnyHandlerContext) => unknown)
    | null
}

/** A definition whose types are forgotten. */
export interface LooseHandler {
  readonly version?: string
  readonly init: HandlerTables['init']
  readonly event?: RunHandler
  readonly terminate?: NonNullable<HandlerTables['terminate']>
  readonly codeChange?: NonNullable<HandlerTables['codeChange']>
  readonly formatStatus?: NonNullable<HandlerTables['formatStatus']>
  readonly events?: Readonly<Record<string, RunHandler>>
  readonly calls?: Readonly<Record<string, RunHandler>>
  readonly info?: Readonly<Record<string, RunHandler>>
}

/** @throws `events.bad_definition` */
export function toTables(name: string, definition: LooseHandler): HandlerTables {
  const bad = (problem: string) => behavioursError('events.bad_definition', { handler: name, problem })
  const optional = <F>(
    key: 'event' | 'terminate' | 'codeChange' | 'formatStatus',
    callback: F | undefined,
  ): F | null => {
    if (callback !== undefined && typeof callback !== 'function') throw bad(`${key} must be a function`)
    return callback ?? null
  }
  const table = (key: 'events' | 'calls' | 'info') => {
    const entries = Object.entries(definition[key] ?? {})
    for (const [type, run] of entries) if (typeof run !== 'function') throw bad(`${key}.${type} must be a function`)
    return new Map(entries)
  }
  if (typeof definition?.init !== 'function') throw bad('init must be a function')
  const info = table('info')
  for (const type of info.keys()) {
    if (type.startsWith(reservedTypes)) throw bad(`info types that begin with ${reservedTypes} belong to the library`)
  }
  return {
    name,
    version: definition.version ?? '0.0.0',
    init: definition.init,
    events: table('events'),
    event: optional('event', definition.event),
    calls: table('calls'),
    info,
    terminate: optional('terminate', definition.terminate),
    codeChange: optional('codeChange', definition.codeChange),
    formatStatus: optional('formatStatus', definition.formatStatus),
  }
}

/** The callbacks behind each handler's functions, out of reach of its users: tags share them. */
const known = new WeakMap<object, HandlerTables>()

export function rememberHandler(functions: object, tables: HandlerTables): void {
  known.set(functions, tables)
}

/** @throws `events.bad_definition` for what defineHandler did not make. */
export function tablesOf(handler: Pick<AnyHandler, 'functions'>): HandlerTables {
  const tables = known.get(handler?.functions)
  if (tables !== undefined) return tables
  const problem = 'it is not what defineHandler returned'
  throw behavioursError('events.bad_definition', { handler: 'what was passed', problem })
}

/** What is shown of a handler to people. If `formatStatus` fails, nothing is. */
export function shownOf({ name, formatStatus }: HandlerTables, status: ShownStatus<unknown>): ShownStatus<unknown> {
  if (formatStatus === null) return status
  try {
    return { ...status, ...formatStatus(status) }
  } catch (error) {
    const failed = `formatStatus of ${name} threw ${describeReason(error as ExitReason)}`
    return { state: failed, message: failed }
  }
}

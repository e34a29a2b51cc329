/**
 * A definition as the loop uses it: callbacks in tables, their types forgotten, since they were checked where they were
 * written.
 */
import type { AnyProcess, ExitReason, Request } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { reservedTypes } from '../protocol/envelope.ts'
import type { Protocol, ServerPid } from '../protocol/protocol.ts'
import { behindSchemas } from './checked.ts'
import type { ShownStatus } from './definition.ts'

export interface AnyContext {
  readonly self: AnyProcess
  readonly pid: ServerPid<never>
  readonly from?: Request<unknown, unknown>
}

type Run = (state: unknown, payload: unknown, context: AnyContext) => unknown

export interface Handler {
  /** As errors name it: `calls.add`. */
  readonly name: string
  readonly run: Run
}

type FormatStatus = (status: ShownStatus<unknown>) => Partial<ShownStatus<unknown>>

export interface Callbacks {
  readonly module: string
  readonly version: string
  readonly trapExits: boolean
  readonly refusesUnknown: boolean
  readonly init: (arg: unknown, context: AnyContext) => unknown
  readonly continue: Handler | null
  readonly calls: ReadonlyMap<string, Handler>
  readonly casts: ReadonlyMap<string, Handler>
  readonly info: ReadonlyMap<string, Handler>
  readonly terminate: ((reason: ExitReason, state: unknown, context: AnyContext) => unknown) | null
  readonly formatStatus: FormatStatus | null
  readonly codeChange: ((oldVersion: string, state: unknown, extra: unknown, context: AnyContext) => unknown) | null
}

/** A definition whose types are forgotten. */
export interface LooseDefinition {
  readonly version?: string
  readonly trapExits?: boolean
  readonly unknown?: unknown
  readonly init: Callbacks['init']
  readonly continue?: Run
  readonly terminate?: NonNullable<Callbacks['terminate']>
  readonly codeChange?: NonNullable<Callbacks['codeChange']>
  readonly formatStatus?: FormatStatus
  readonly calls?: Readonly<Record<string, Run>>
  readonly casts?: Readonly<Record<string, Run>>
  readonly info?: Readonly<Record<string, Run>>
}

/** What of a protocol counts when it runs. */
type CodeOf = Pick<Protocol<never>, 'module' | 'schemas'>

/** @throws `server.bad_definition` */
export function toCallbacks({ module, schemas }: CodeOf, definition: LooseDefinition): Callbacks {
  const bad = (problem: string) => behavioursError('server.bad_definition', { module, problem })
  const optional = <F>(name: keyof LooseDefinition, callback: F | undefined): F | null => {
    if (callback !== undefined && typeof callback !== 'function') throw bad(`${name} must be a function`)
    return callback ?? null
  }
  const table = (name: 'calls' | 'casts' | 'info') => {
    const handlers = new Map<string, Handler>()
    for (const [key, run] of Object.entries(definition[name] ?? {})) {
      if (typeof run !== 'function') throw bad(`${name}.${key} must be a function`)
      handlers.set(key, { name: `${name}.${key}`, run })
    }
    return behindSchemas(module, handlers, schemas[name])
  }
  if (typeof definition?.init !== 'function') throw bad('init must be a function')
  const { unknown = 'crash' } = definition
  if (unknown !== 'crash' && unknown !== 'refuse') throw bad("unknown must be 'crash' or 'refuse'")
  const info = table('info')
  for (const type of info.keys()) {
    if (type.startsWith(reservedTypes)) throw bad(`info types that begin with ${reservedTypes} belong to the library`)
  }
  const then = optional('continue', definition.continue)
  return {
    module,
    version: definition.version ?? '0.0.0',
    trapExits: definition.trapExits === true,
    refusesUnknown: definition.unknown === 'refuse',
    init: definition.init,
    continue: then === null ? null : { name: 'continue', run: then },
    terminate: optional('terminate', definition.terminate),
    codeChange: optional('codeChange', definition.codeChange),
    formatStatus: optional('formatStatus', definition.formatStatus),
    calls: table('calls'),
    casts: table('casts'),
    info,
  }
}

/**
 * A definition as the machine uses it: tables of handlers, their types forgotten, since they were checked where they
 * were written.
 *
 * Both callback modes become one thing, a {@link StateTable}: that of the state, or the one of a machine with
 * `handleEvent`, which is the same for all states.
 */
import type { AnyProcess, ExitReason } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { reservedTypes } from '../protocol/envelope.ts'
import type { Protocol, ServerPid } from '../protocol/protocol.ts'
import { unlessEmpty, type SchemaTables } from '../protocol/schemas.ts'
import type { From } from '../server/definition.ts'
import { postpone } from './actions.ts'
import type { AnyEvent } from './events.ts'
import { keepStateAndData } from './steps.ts'

export interface MachineContext {
  readonly self: AnyProcess
  readonly pid: ServerPid<never>
  readonly state: unknown
  readonly from?: From<unknown>
}

type Run = (data: unknown, content: unknown, context: MachineContext) => unknown

export interface EventHandler {
  /** As errors name it: `states.locked.calls.press`. */
  readonly name: string
  readonly run: Run
  /** It takes the event, and not only its content. */
  readonly isWhole: boolean
}

/** What handles the events of a state. */
export interface StateTable {
  readonly enter: EventHandler | null
  /** @returns null if there is no handler for such an event. */
  find(event: AnyEvent): EventHandler | null
  /** The events that it handles, for errors. */
  readonly known: readonly string[]
}

export interface MachineCallbacks {
  readonly module: string
  readonly version: string
  readonly trapExits: boolean
  /** Of its protocol; null when it has none. */
  readonly schemas: SchemaTables | null
  readonly mode: 'states' | 'handleEvent'
  readonly init: (arg: unknown, context: Omit<MachineContext, 'state'>) => unknown
  /** Undefined for what is no state of it. */
  tableOf(state: unknown): StateTable | undefined
  /** For errors. */
  readonly states: readonly string[]
  /** Whether it handles exits, also those that nobody sent. */
  readonly takesExits: boolean
  readonly terminate: ((reason: ExitReason, state: unknown, data: unknown, context: MachineContext) => unknown) | null
  readonly codeChange:
    | ((oldVersion: string, state: unknown, data: unknown, extra: unknown, context: MachineContext) => unknown)
    | null
  readonly formatStatus: ((status: Readonly<Record<string, unknown>>) => unknown) | null
}

type LooseTable = Readonly<Record<string, Run | Readonly<Record<string, Run | typeof postpone>> | typeof postpone>>

/** A definition whose types are forgotten. */
export interface LooseStatem {
  readonly version?: string
  readonly trapExits?: boolean
  readonly init: MachineCallbacks['init']
  readonly terminate?: NonNullable<MachineCallbacks['terminate']>
  readonly codeChange?: NonNullable<MachineCallbacks['codeChange']>
  readonly formatStatus?: NonNullable<MachineCallbacks['formatStatus']>
  readonly states?: Readonly<Record<string, LooseTable>>
  readonly any?: LooseTable
  readonly handleEvent?: (event: AnyEvent, state: unknown, data: unknown, context: MachineContext) => unknown
  readonly enter?: (oldState: unknown, state: unknown, data: unknown, context: MachineContext) => unknown
}

/** @throws `statem.bad_definition` */
export function toMachineCallbacks(
  { module, schemas }: Pick<Protocol<never>, 'module' | 'schemas'>,
  definition: LooseStatem,
): MachineCallbacks {
  const bad = (problem: string) => behavioursError('statem.bad_definition', { module, problem })
  for (const name of ['init', 'terminate', 'codeChange', 'formatStatus', 'handleEvent', 'enter'] as const) {
    const callback = definition?.[name]
    if (typeof callback !== 'function' && (name === 'init' || callback !== undefined))
      throw bad(`${name} must be a function`)
  }
  const { states, handleEvent } = definition
  if ((states === undefined) === (handleEvent === undefined))
    throw bad('it needs a table of states or handleEvent, and not both')
  return {
    module,
    version: definition.version ?? '0.0.0',
    trapExits: definition.trapExits === true,
    schemas: unlessEmpty(schemas),
    init: definition.init,
    terminate: definition.terminate ?? null,
    codeChange: definition.codeChange ?? null,
    formatStatus: definition.formatStatus ?? null,
    ...(handleEvent === undefined
      ? inTables(bad, states!, definition.any ?? {})
      : inOne(handleEvent, definition.enter)),
  }
}

type Mode = Pick<MachineCallbacks, 'mode' | 'tableOf' | 'states' | 'takesExits'>

function inOne(handleEvent: NonNullable<LooseStatem['handleEvent']>, enter: LooseStatem['enter']): Mode {
  const handler: EventHandler = {
    name: 'handleEvent',
    run: (data, event, context) => handleEvent(event as AnyEvent, context.state, data, context),
    isWhole: true,
  }
  const table: StateTable = {
    enter:
      enter === undefined
        ? null
        : {
            name: 'enter',
            run: (data, oldState, context) => enter(oldState, context.state, data, context),
            isWhole: false,
          },
    find: () => handler,
    known: ['everything'],
  }
  return { mode: 'handleEvent', tableOf: () => table, states: [], takesExits: false }
}

type Bad = (problem: string) => Error

function inTables(bad: Bad, states: Readonly<Record<string, LooseTable>>, any: LooseTable): Mode {
  const common = flatten(bad, 'any', any)
  const tables = new Map(
    Object.entries(states).map(([state, table]) => [
      state,
      toTable(new Map([...common, ...flatten(bad, `states.${state}`, table)])),
    ]),
  )
  return {
    mode: 'states',
    tableOf: (state) => tables.get(state as string),
    states: [...tables.keys()],
    takesExits: [...tables.values()].some(({ known }) => known.includes('info exit')),
  }
}

/** The parts of a table that hold handlers by name, and the type of event that those are for. */
const parts: Readonly<Record<string, AnyEvent['type']>> = {
  calls: 'call',
  casts: 'cast',
  info: 'info',
  internal: 'internal',
  timeouts: 'timeout',
}
const single = new Set(['enter', 'stateTimeout', 'eventTimeout'])

/** Handlers by type and name: `call press`. */
function flatten(bad: Bad, where: string, table: LooseTable): Map<string, EventHandler> {
  const handlers = new Map<string, EventHandler>()
  const add = (key: string, name: string, given: unknown): void => {
    if (given === undefined) return
    if (given !== postpone && typeof given !== 'function') throw bad(`${name} must be a function, or postpone`)
    handlers.set(key, { name, run: given === postpone ? () => postponed : (given as Run), isWhole: false })
  }
  for (const [part, given] of Object.entries(table)) {
    const type = parts[part]
    if (single.has(part)) add(part, `${where}.${part}`, given)
    else if (type === undefined) throw bad(`${where} has no part ${part}`)
    else {
      for (const [name, handler] of Object.entries(given ?? {})) {
        if (type === 'info' && name.startsWith(reservedTypes))
          throw bad(`info types that begin with ${reservedTypes} belong to the library`)
        add(`${type} ${name}`, `${where}.${part}.${name}`, handler)
      }
    }
  }
  return handlers
}

const postponed = keepStateAndData(postpone)

function toTable(handlers: ReadonlyMap<string, EventHandler>): StateTable {
  const byType = new Map<AnyEvent['type'], Map<string, EventHandler>>()
  for (const [key, handler] of handlers) {
    const [type, ...name] = key.split(' ') as [AnyEvent['type'], ...string[]]
    const named = byType.get(type) ?? new Map<string, EventHandler>()
    byType.set(type, named)
    named.set(name.join(' '), handler)
  }
  const none: ReadonlyMap<string, EventHandler> = new Map()
  const of = (type: AnyEvent['type']) => byType.get(type) ?? none
  const [call, cast, info, internal, timeout] = [of('call'), of('cast'), of('info'), of('internal'), of('timeout')]
  const [stateTimeout, eventTimeout] = [handlers.get('stateTimeout') ?? null, handlers.get('eventTimeout') ?? null]
  return {
    enter: handlers.get('enter') ?? null,
    known: [...handlers.keys()].filter((key) => key !== 'enter'),
    find: (event) => {
      switch (event.type) {
        case 'call':
          return call.get(event.name) ?? null
        case 'cast':
          return cast.get(event.name) ?? null
        case 'info':
          return info.get(typeOf(event.message)) ?? null
        case 'internal':
          return internal.get(event.name) ?? null
        case 'timeout':
          return timeout.get(event.name) ?? null
        case 'stateTimeout':
          return stateTimeout
        case 'eventTimeout':
          return eventTimeout
      }
    },
  }
}

function typeOf(message: unknown): string {
  return typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string'
    ? message.type
    : ''
}

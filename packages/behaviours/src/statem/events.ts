/**
 * Events: all that happens to a state machine.
 *
 *     from outside    call, cast, info
 *     from its timers  stateTimeout, eventTimeout, timeout (generic, by name)
 *     from itself      internal, or any other that `nextEvent` inserts
 *
 * What the machine alone knows of, its timeouts and internal events, it declares beside its states, in the third place of
 * {@link Begin}: `Begin<State, Data, { internal: { recheck: number }; stateTimeout: 'relock' }>`.
 */
import type { CallName, Calls, CastName, Casts, Info, Payload, Result } from '../protocol/api.ts'
import type { From } from '../server/definition.ts'

/** The events that a machine makes for itself; each part may be left out. */
export interface OwnEventsShape {
  /** Internal events by name, each with its content: `{ recheck: number; giveUp: undefined }`. */
  readonly internal?: object
  /** Generic timeouts by name, each with its content. */
  readonly timeouts?: object
  /** The content of the state timeout. */
  readonly stateTimeout?: unknown
  /** The content of the event timeout. */
  readonly eventTimeout?: unknown
}

/** A machine without events of its own. */
export type NoOwnEvents = Record<never, never>

export type Internals<Own> = Own extends { readonly internal: infer I } ? I : NoOwnEvents
export type Timeouts<Own> = Own extends { readonly timeouts: infer T } ? T : NoOwnEvents
export type StateTimeoutContent<Own> = Own extends { readonly stateTimeout: infer C }
  ? C
  : 'declare stateTimeout, and its content, in the third place of Begin<State, Data, { stateTimeout: … }>'
export type EventTimeoutContent<Own> = Own extends { readonly eventTimeout: infer C }
  ? C
  : 'declare eventTimeout, and its content, in the third place of Begin<State, Data, { eventTimeout: … }>'

export type CallEvents<Api> = {
  [N in CallName<Api>]: {
    readonly type: 'call'
    readonly name: N
    readonly payload: Payload<Calls<Api>[N]>
    readonly from: From<Result<Calls<Api>[N]>>
  }
}[CallName<Api>]

export type CastEvents<Api> = {
  [N in CastName<Api>]: { readonly type: 'cast'; readonly name: N; readonly payload: Payload<Casts<Api>[N]> }
}[CastName<Api>]

type Named<Type extends string, Table> = {
  [N in keyof Table & string]: { readonly type: Type; readonly name: N; readonly content: Table[N] }
}[keyof Table & string]

type TimedEvents<Own> =
  | Named<'timeout', Timeouts<Own>>
  | (Own extends { readonly stateTimeout: infer C } ? { readonly type: 'stateTimeout'; readonly content: C } : never)
  | (Own extends { readonly eventTimeout: infer C } ? { readonly type: 'eventTimeout'; readonly content: C } : never)

type InfoEvents<Api> = [Info<Api>] extends [never] ? never : { readonly type: 'info'; readonly message: Info<Api> }

/** An event, as `handleEvent` gets it: told apart by `type`, calls and casts and internal ones by `name`, too. */
export type EventOf<Api, Own> =
  | CallEvents<Api>
  | CastEvents<Api>
  | InfoEvents<Api>
  | Named<'internal', Internals<Own>>
  | TimedEvents<Own>

/** An event whose types are forgotten, as the machine handles it. */
export type AnyEvent =
  | { readonly type: 'call'; readonly name: string; readonly payload: unknown; readonly from: From<unknown> }
  | { readonly type: 'cast'; readonly name: string; readonly payload: unknown }
  | { readonly type: 'info'; readonly message: unknown }
  | { readonly type: 'timeout' | 'internal'; readonly name: string; readonly content: unknown }
  | { readonly type: 'stateTimeout' | 'eventTimeout'; readonly content: unknown }

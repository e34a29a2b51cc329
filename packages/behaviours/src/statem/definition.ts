/**
 * The types of a state machine's definition: what a user writes, checked against the protocol.
 *
 * States, data and the machine's own events come from what `init` returns. Nothing else is inferred from: an error lands
 * on the property that is wrong.
 */
import type { ExitReason, Module } from '@agner/core'
import type { ByType, Calls, Casts, Info, Payload, Result } from '../protocol/api.ts'
import type { Supervisable } from '../gen/children-of.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { Context, From, May } from '../server/definition.ts'
import type { Ignore, Stop } from '../server/steps.ts'
import type { Action, EnterAction, Postpone } from './actions.ts'
import type {
  EventOf,
  EventTimeoutContent,
  Internals,
  NoOwnEvents,
  OwnEventsShape,
  StateTimeoutContent,
  Timeouts,
} from './events.ts'
import type { Begin, KeepState, KeepStateAndData, NextState, StopAndReplyTo } from './steps.ts'

/** What every callback knows. */
export interface StatemContext<in out Api, out State> extends Context<Api> {
  /** The state that the machine is in; in `enter`, the one that it enters. */
  readonly state: State
}

export interface StatemCallContext<in out Api, out State, in R> extends StatemContext<Api, State> {
  readonly from: From<R>
}

/** What an event may lead to. */
export type StatemStep<Api, State, Data, Own> =
  | NextState<State, Data, Action<Api, Own, CallbackModule<Api, State, Data, Own>>>
  | KeepState<Data, Action<Api, Own, CallbackModule<Api, State, Data, Own>>>
  | KeepStateAndData<Action<Api, Own, CallbackModule<Api, State, Data, Own>>>
  | Stop<Data>
  | StopAndReplyTo<Data>

/** What a state enter call may lead to: it cannot go elsewhere, postpone, or insert events. */
export type EnterStep<Data, Own> =
  | KeepState<Data, EnterAction<Own>>
  | KeepStateAndData<EnterAction<Own>>
  | Stop<Data>
  | StopAndReplyTo<Data>

/** A handler of one kind of event, or `postpone` in its place. */
type Handle<Api, State, Data, Own, Content, Ctx> =
  | ((data: Data, content: Content, context: Ctx) => May<StatemStep<Api, State, Data, Own>>)
  | Postpone

/** A table of handlers, or a sentence in its place if there is nothing to handle. */
type Handlers<Names, Kind extends string, Table> = [Names] extends [never] ? `there are no ${Kind} to handle` : Table

/** The handlers of one state; each part may be left out, and so may each of its entries. */
export interface StateHandlers<Api, State, Data, Own, Here extends State> {
  /** The state enter call: when the machine begins in this state, comes to it, and repeats it. `oldState` is this one at the first. */
  readonly enter?: (data: Data, oldState: State, context: StatemContext<Api, Here>) => May<EnterStep<Data, Own>>
  readonly calls?: Handlers<
    keyof Calls<Api>,
    'calls',
    {
      readonly [N in keyof Calls<Api>]?: Handle<
        Api,
        State,
        Data,
        Own,
        Payload<Calls<Api>[N]>,
        StatemCallContext<Api, Here, Result<Calls<Api>[N]>>
      >
    }
  >
  readonly casts?: Handlers<
    keyof Casts<Api>,
    'casts',
    {
      readonly [N in keyof Casts<Api>]?: Handle<Api, State, Data, Own, Payload<Casts<Api>[N]>, StatemContext<Api, Here>>
    }
  >
  readonly info?: Handlers<
    Info<Api>,
    'plain messages',
    {
      readonly [T in keyof ByType<Info<Api>>]?: Handle<
        Api,
        State,
        Data,
        Own,
        ByType<Info<Api>>[T],
        StatemContext<Api, Here>
      >
    }
  >
  readonly internal?: Handlers<
    keyof Internals<Own>,
    'internal events',
    {
      readonly [N in keyof Internals<Own>]?: Handle<Api, State, Data, Own, Internals<Own>[N], StatemContext<Api, Here>>
    }
  >
  readonly timeouts?: Handlers<
    keyof Timeouts<Own>,
    'generic timeouts',
    {
      readonly [N in keyof Timeouts<Own>]?: Handle<Api, State, Data, Own, Timeouts<Own>[N], StatemContext<Api, Here>>
    }
  >
  readonly stateTimeout?: Handle<Api, State, Data, Own, StateTimeoutContent<Own>, StatemContext<Api, Here>>
  readonly eventTimeout?: Handle<Api, State, Data, Own, EventTimeoutContent<Own>, StatemContext<Api, Here>>
}

export interface StatemCallbacks<Api, Arg, State, Data, Own extends OwnEventsShape> {
  /** The version that the module is registered under. Default `0.0.0`. */
  readonly version?: string
  /** Exit signals come as messages from the very first one. Default false, as in OTP. */
  readonly trapExits?: boolean
  /** Makes the first state and data. Its starter waits for it. */
  readonly init: (arg: Arg, context: Context<Api>) => May<Begin<State, Data, Own> | Ignore | Stop<never>>
  /** Cleans up, when a server's `terminate` would. What it throws takes the place of the reason. */
  readonly terminate?: (
    reason: ExitReason,
    state: NoInfer<State>,
    data: NoInfer<Data>,
    context: StatemContext<Api, NoInfer<State>>,
  ) => May<void>
  /**
   * Makes state and data for this version of the code out of those of another one (code_change). A throw refuses the
   * change: the machine goes on with the old code.
   */
  readonly codeChange?: (
    oldVersion: string,
    state: unknown,
    data: unknown,
    extra: unknown,
    context: StatemContext<Api, unknown>,
  ) => May<{ readonly state: NoInfer<State>; readonly data: NoInfer<Data> }>
  /**
   * What `getStatus` and crash reports show of it: without secrets, shorter (format_status). What it leaves out is not
   * shown; nor, if it throws, is anything.
   */
  readonly formatStatus?: (status: StatemStatus<NoInfer<State>, NoInfer<Data>>) => Readonly<Record<string, unknown>>
}

/** What is known of a machine from outside. */
export interface StatemStatus<out State, out Data> {
  readonly state: State
  readonly data: Data
  readonly callbackMode: 'states' | 'handleEvent'
  /** By name, the current one first. */
  readonly callbackModules: readonly string[]
  /** The events that are postponed, the oldest first. */
  readonly postponed: readonly unknown[]
  /** The timers that run, as the events that they will be. */
  readonly timeouts: readonly unknown[]
  /** Of a crash: what was handled last. */
  readonly message?: unknown
  /** Of a crash. */
  readonly reason?: ExitReason
}

/** One handler for all events of all states (handle_event_function). A state may be any data; it is compared by value. */
export interface HandleEvent<Api, State, Data, Own> {
  readonly handleEvent: (
    event: EventOf<Api, Own>,
    state: State,
    data: Data,
    context: StatemContext<Api, State>,
  ) => May<StatemStep<Api, State, Data, Own>>
  /** The state enter call. Without it there is none. */
  readonly enter?: (
    oldState: State,
    state: State,
    data: Data,
    context: StatemContext<Api, State>,
  ) => May<EnterStep<Data, Own>>
  readonly states?: undefined
  readonly any?: undefined
}

/** A table of handlers for each state (state_functions). */
export interface StateFunctions<Api, State, Data, Own> {
  readonly states: { readonly [S in State & string]: StateHandlers<Api, State, Data, Own, S & State> }
  /** Handles what a state has no handler for. */
  readonly any?: StateHandlers<Api, State, Data, Own, State>
  readonly handleEvent?: undefined
  readonly enter?: undefined
}

export type StatemDefinition<Api, Arg, State, Data, Own extends OwnEventsShape> = StatemCallbacks<
  Api,
  Arg,
  State,
  Data,
  Own
> &
  (
    | StateFunctions<Api, NoInfer<State>, NoInfer<Data>, NoInfer<Own>>
    | HandleEvent<Api, NoInfer<State>, NoInfer<Data>, NoInfer<Own>>
  )

/** The callbacks of a machine: what another one of the same protocol, states, data and events can change to. */
export interface CallbackModule<in out Api, in out State, in out Data, in out Own> extends Module {
  /** Exists in the types only. */
  readonly '~machine'?: (machine: readonly [Api, State, Data, Own]) => readonly [Api, State, Data, Own]
}

/** A state machine that can be started, supervised, and registered as a module of a node. */
export interface Statem<in out Api, in out Arg, in out State, in out Data, in out Own = NoOwnEvents>
  extends CallbackModule<Api, State, Data, Own>, Supervisable<Api, Arg> {
  /** Exist in the types only. */
  readonly '~start'?: 'a state machine: startStatem'
  readonly '~types'?: readonly [Api, Arg]
  readonly protocol: Protocol<Api>
}

/**
 * The types of a handler's definition: what a user writes, checked against the events' protocol and its own.
 */
import type { AnyPid, ExitReason, Module, Process } from '@agner/core'
import type { ByType, Calls, Events, Info, Payload, Result } from '../protocol/api.ts'
import type { ServerPid } from '../protocol/protocol.ts'
import type { May, ShownStatus } from '../server/definition.ts'
import type { Noreply, Reply, Stop } from '../server/steps.ts'
import type { HandlerId, HandlerProtocol, HandlerTag } from './handler-protocol.ts'
import type { HandOver, HandOverAndReply, RemoveHandler, RemoveHandlerAndReply } from './steps.ts'

/** What every callback of a handler knows. It runs in the manager's process, and shares it with the other handlers. */
export interface HandlerContext<in out Api> {
  readonly self: Process<Info<Api>>
  /** The manager's pid, as its clients see it. */
  readonly pid: ServerPid<Api>
  /** This handler. */
  readonly handler: HandlerId
}

/** The handler that this one takes over from. */
export type Predecessor =
  /** What its `terminate` returned. */
  | { readonly handler: HandlerId; readonly found: true; readonly left: unknown }
  /** There was none of that id: this one is installed all the same. */
  | { readonly handler: HandlerId; readonly found: false }

export interface InstallContext<in out Api> extends HandlerContext<Api> {
  /** Null unless it was swapped in. */
  readonly predecessor: Predecessor | null
}

/** Why a handler goes. What `terminate` returns is the result of `deleteHandler`, and what a successor is handed. */
export type HandlerEnd =
  /** `deleteHandler(…, arg)`. */
  | { readonly type: 'delete'; readonly arg: unknown }
  /** Another takes its place. */
  | { readonly type: 'swap'; readonly arg: unknown; readonly successor: HandlerId }
  /** It said so itself. */
  | { readonly type: 'remove' }
  /** The manager ends. */
  | { readonly type: 'stop' }
  /** Its owner ended. */
  | { readonly type: 'ownerExit'; readonly owner: AnyPid; readonly reason: ExitReason }
  /** It threw, or returned what it should not. */
  | { readonly type: 'error'; readonly error: ExitReason }

/** What a callback for an event or a message may give. `noreply(state, { hibernate: true })` puts the manager to sleep. */
export type HandlerNext<Api, State> = Noreply<State, never> | RemoveHandler | HandOver<Api, State>

export type EventHandlers<Api, State> = {
  readonly [T in keyof ByType<Events<Api>>]?: (
    state: State,
    event: ByType<Events<Api>>[T],
    context: HandlerContext<Api>,
  ) => May<HandlerNext<Api, State>>
}

export type MessageHandlers<Api, State> = {
  readonly [T in keyof ByType<Info<Api>>]?: (
    state: State,
    message: ByType<Info<Api>>[T],
    context: HandlerContext<Api>,
  ) => May<HandlerNext<Api, State>>
}

export type HandlerCallHandlers<Api, HandlerApi, State> = {
  readonly [N in keyof Calls<HandlerApi>]: (
    state: State,
    payload: Payload<Calls<HandlerApi>[N]>,
    context: HandlerContext<Api>,
  ) => May<
    | Reply<Result<Calls<HandlerApi>[N]>, State, never>
    | RemoveHandlerAndReply<Result<Calls<HandlerApi>[N]>>
    | HandOverAndReply<Result<Calls<HandlerApi>[N]>, Api, State>
  >
}

export interface HandlerCallbacks<Api, Arg, State> {
  /** The version that the module is registered under. Default `0.0.0`. */
  readonly version?: string
  /**
   * Makes the first state. Who adds the handler waits for it. What it throws, or `stop(reason)`, refuses: the rejection is
   * `events.not_added`.
   */
  readonly init: (arg: Arg, context: InstallContext<Api>) => May<State | Stop<never>>
  /** By the event's type. An event that has no entry here goes to `event`, or passes by. */
  readonly events?: EventHandlers<Api, NoInfer<State>>
  /** Gets every event that `events` has no entry for. */
  readonly event?: (
    state: NoInfer<State>,
    event: Events<Api>,
    context: HandlerContext<Api>,
  ) => May<HandlerNext<Api, NoInfer<State>>>
  /** Plain messages to the manager, by type. All handlers get them; one that none takes is reported and dropped. */
  readonly info?: MessageHandlers<Api, NoInfer<State>>
  /** Cleans up, whatever the handler goes for. What it throws counts as returned. */
  readonly terminate?: (why: HandlerEnd, state: NoInfer<State>, context: HandlerContext<Api>) => unknown
  /**
   * What `sys.getStatus` and crash reports show instead of the state and the last event: without the passwords, say. What
   * it leaves out is shown as it is; if it throws, nothing is.
   */
  readonly formatStatus?: (status: ShownStatus<NoInfer<State>>) => Partial<ShownStatus<unknown>>
  /**
   * Makes a state of this version out of an older one's, when `sys.changeCode` is asked of the manager and this version is
   * the one that was registered last; without it the state stays as it is. A throw refuses the change for all handlers.
   */
  readonly codeChange?: (
    oldVersion: string,
    state: unknown,
    extra: unknown,
    context: HandlerContext<Api>,
  ) => May<NoInfer<State>>
}

/** The calls are required when the handler's protocol has some, and have no place when it has none. */
type CallsPart<Api, HandlerApi, State> = [keyof Calls<HandlerApi>] extends [never]
  ? { readonly calls?: 'the handler’s protocol has no calls' }
  : { readonly calls: HandlerCallHandlers<Api, HandlerApi, State> }

export type HandlerDefinition<Api, HandlerApi, Arg, State> = HandlerCallbacks<Api, Arg, State> &
  CallsPart<Api, HandlerApi, NoInfer<State>>

/** A handler that can be added to a manager. To one on another node its module must be registered there. */
export interface Handler<in out Api, in out HandlerApi, in out Arg>
  extends Module, Omit<HandlerProtocol<Api, HandlerApi>, 'as'> {
  /** Exists in the types only. */
  readonly '~types'?: readonly [Api, HandlerApi, Arg]
  /** The same handler under a tag, to have several of it in one manager. */
  as(id: HandlerTag): Handler<Api, HandlerApi, Arg>
  /** This handler with the argument of its `init`: one that a manager begins with. */
  with(...[arg]: undefined extends Arg ? [arg?: Arg] : [arg: Arg]): HandlerWithArg<Api>
}

/** A handler with the argument of its `init`, for {@link defineEventManager}. */
export interface HandlerWithArg<in out Api> {
  /** Exists in the types only. */
  readonly '~api'?: Api
  readonly handler: AnyHandler
  readonly arg: unknown
}

/** A handler whose types are forgotten. */
export interface AnyHandler extends Module {
  readonly handler: string
  readonly id: HandlerTag | null
}

/** A handler, or its protocol: whatever says which one is meant. */
export type HandlerReference<Api, HandlerApi> = Omit<HandlerProtocol<Api, HandlerApi>, 'as'>

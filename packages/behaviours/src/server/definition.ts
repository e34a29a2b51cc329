/**
 * The types of a server's definition: what a user writes, checked against the protocol.
 *
 * The state's type comes from `init`, so say there what it returns; the continue key's comes from `continue`. Nothing
 * else is inferred from: an error lands on the property that is wrong.
 */
import type { ExitReason, Module, Process, ReplyAddress, Request } from '@agner/core'
import type { ByType, Calls, Casts, Info, Payload, Result } from '../protocol/api.ts'
import type { Supervisable } from '../gen/children-of.ts'
import type { Protocol, ServerPid } from '../protocol/protocol.ts'
import type { Ignore, Noreply, Ok, Reply, Stop, StopAndReply } from './steps.ts'

export type May<T> = T | Promise<T>

/**
 * Who waits for an answer, and which type it has. Keep it, return noreply(state), and `answer(from, value)` when it is
 * known. In a message it becomes a ref, which `answer(self, from, value)` takes, here or on another node.
 */
export type From<R> = ReplyAddress<R>

/** What every callback knows. */
export interface Context<in out Api> {
  readonly self: Process<Info<Api>>
  /** This server's pid, as its clients see it. */
  readonly pid: ServerPid<Api>
}

export interface CallContext<in out Api, in R> extends Context<Api> {
  /** The request of this call: answer it by `reply`, or keep it as a {@link From} for later. */
  readonly from: Request<unknown, R>
}

export type Next<State, Key> = Noreply<State, Key> | Stop<State>

/** What the handler of a call returns, when the call's result is an `R`. */
export type CallStep<R, State, Key> = Reply<R, State, Key> | StopAndReply<R, State> | Next<State, Key>

export type CallHandlers<Api, State, Key> = {
  readonly [N in keyof Calls<Api>]: (
    state: State,
    payload: Payload<Calls<Api>[N]>,
    context: CallContext<Api, Result<Calls<Api>[N]>>,
  ) => May<CallStep<Result<Calls<Api>[N]>, State, Key>>
}

export type CastHandlers<Api, State, Key> = {
  readonly [N in keyof Casts<Api>]: (
    state: State,
    payload: Payload<Casts<Api>[N]>,
    context: Context<Api>,
  ) => May<Next<State, Key>>
}

export type InfoHandlers<Api, State, Key> = {
  readonly [T in keyof ByType<Info<Api>>]: (
    state: State,
    message: ByType<Info<Api>>[T],
    context: Context<Api>,
  ) => May<Next<State, Key>>
}

/**
 * Whether a part must be there: it must when the protocol has entries for it, and has no place when it has none. It
 * knows nothing of the state: a type that waits for the protocol would keep the state from being inferred from `init`.
 */
type Part<Name extends string, Names> = [Names] extends [never]
  ? { readonly [P in Name]?: `the protocol has no ${P}` }
  : { readonly [P in Name]: unknown }

export interface ServerCallbacks<Api, Arg, State, Key> {
  /** The version that the module is registered under. Default `0.0.0`. */
  readonly version?: string
  /**
   * Exit signals come as messages from the very first one, so that `terminate` runs when a supervisor stops this
   * server. Default false, as in OTP.
   */
  readonly trapExits?: boolean
  /**
   * What comes of a call or cast that there is no handler for. `crash`, the default, ends the server, as in OTP. With `refuse` the caller gets
   * `server.unknown_call`, a cast is reported and dropped, and the server goes on: for one that many nodes may ask, of other versions, too.
   */
  readonly unknown?: 'crash' | 'refuse'
  /**
   * Makes the first state. Its starter waits for it. A throw is a failed start and reported; `stop(reason)` is a failed
   * start that is not.
   */
  readonly init: (arg: Arg, context: Context<Api>) => May<State | Ok<State, Key> | Ignore | Stop<never>>
  /** Runs when a step said `{ continue: key }`, before any waiting message. */
  readonly continue?: (
    state: NoInfer<State>,
    key: Key,
    context: Context<Api>,
  ) => May<Next<NoInfer<State>, NoInfer<Key>>>
  /**
   * Cleans up. Runs after stop(…), a crash of a callback, `stopServer`, and, if exits are trapped, the exit of the
   * parent. Not after `kill`, an exit signal that is not trapped, or an init that did not succeed. What it throws takes
   * the place of the reason.
   */
  readonly terminate?: (reason: ExitReason, state: NoInfer<State>, context: Context<Api>) => May<void>
  /**
   * Makes a state of this version out of an older one's, when `sys.changeCode` moves a process here; without it the
   * state stays as it is. A throw refuses: the process goes on with what it had.
   */
  readonly codeChange?: (
    oldVersion: string,
    state: unknown,
    extra: unknown,
    context: Context<Api>,
  ) => May<NoInfer<State>>
  /**
   * What `sys.getStatus` and crash reports show instead of the state and the last message: without the passwords, say.
   * What it leaves out is shown as it is; if it throws, nothing is.
   */
  readonly formatStatus?: (status: ShownStatus<NoInfer<State>>) => Partial<ShownStatus<unknown>>
}

/** What is shown of a server to people. */
export interface ShownStatus<out State> {
  readonly state: State
  /** Of a crash: what was handled last. */
  readonly message?: unknown
  /** Of a crash. */
  readonly reason?: ExitReason
}

interface Handlers<Api, State, Key> {
  readonly calls?: CallHandlers<Api, State, Key>
  readonly casts?: CastHandlers<Api, State, Key>
  readonly info?: InfoHandlers<Api, State, Key>
}

export type ServerDefinition<Api, Arg, State, Key> = ServerCallbacks<Api, Arg, State, Key> &
  Handlers<Api, NoInfer<State>, NoInfer<Key>> &
  Part<'calls', keyof Calls<Api>> &
  Part<'casts', keyof Casts<Api>> &
  Part<'info', Info<Api>>

/** A server that can be started, supervised, and registered as a module of a node. */
export interface Server<in out Api, in out Arg, in out State> extends Module, Supervisable<Api, Arg> {
  /** Exist in the types only. */
  readonly '~start'?: 'a server: startServer'
  readonly '~types'?: readonly [Api, Arg, State]
  readonly protocol: Protocol<Api>
}

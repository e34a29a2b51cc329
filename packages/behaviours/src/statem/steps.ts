/**
 * Steps of a state machine: what its callbacks return. A step is a value with a name, never a position in a tuple.
 *
 *     init       begin(state, data, …actions)    ignore()    stop(reason)
 *     an event   nextState(state, data, …actions)    keepState(data, …actions)    keepStateAndData(…actions)
 *                repeatState(data, …actions)    repeatStateAndData(…actions)
 *                stop(reason, data)    stopAndReplyTo(reason, replies, data)
 *     enter      keepState, keepStateAndData, repeatState, repeatStateAndData, stop, stopAndReplyTo
 *
 * The state has changed if it is another one, by value: `nextState` to the same state is `keepState`. `repeatState` is
 * not a change either, but calls `enter` again.
 */
import type { ExitReason } from '@agner/core'
import { sameState as sameData } from '../server/steps.ts'
import type { Act, Action, ReplyTo } from './actions.ts'
import type { NoOwnEvents, OwnEventsShape } from './events.ts'

export { sameData }

/** What all steps are: the machine tells them from anything else by this. */
export class Move {
  readonly kind: 'begin' | 'next' | 'keep' | 'repeat' | 'stop'
  readonly state: unknown
  /** {@link sameData} stands for the data that the callback was given. */
  readonly data: unknown
  readonly actions: readonly Act[]
  readonly reason: ExitReason

  constructor(
    kind: Move['kind'],
    state: unknown,
    data: unknown,
    actions: readonly unknown[],
    reason: ExitReason = 'normal',
  ) {
    this.kind = kind
    this.state = state
    this.data = data
    this.actions = actions as readonly Act[]
    this.reason = reason
  }
}

/**
 * What `init` gives. Write it down: the states, the data and the machine's own events are taken from it.
 *
 *     init: (code: string): Begin<'locked' | 'open', Data, { stateTimeout: 'relock' }> => begin('locked', { code })
 */
export interface Begin<out State, out Data, out Own extends OwnEventsShape = NoOwnEvents> {
  readonly '~state': State
  readonly '~data': Data
  readonly '~own': Own
}

export interface NextState<out State, out Data, out A> {
  readonly '~nextState': State
  readonly '~data': Data
  readonly '~actions': A
}

export interface KeepState<out Data, out A> {
  readonly '~keepData': Data
  readonly '~keepActions': A
}

export interface KeepStateAndData<out A> {
  readonly '~justActions': A
}

export interface StopAndReplyTo<out Data> {
  readonly '~stopData': Data
}

/**
 * From `init`: begins in `state`. The actions are done once its starter has been answered; `postpone` is ignored, since
 * there is no event.
 */
export function begin<State, Data, Own extends OwnEventsShape = NoOwnEvents>(
  state: NoInfer<State>,
  data: NoInfer<Data>,
  ...actions: readonly Action<NoOwnEvents, NoInfer<Own>, never>[]
): Begin<State, Data, Own> {
  return new Move('begin', state, data, actions) as unknown as Begin<State, Data, Own>
}

/** Goes to `state`. If it is another one by value: postponed events are tried again, the state timeout is over, `enter` is called. */
export function nextState<State, Data, A>(
  state: NoInfer<State>,
  data: NoInfer<Data>,
  ...actions: readonly NoInfer<A>[]
): NextState<State, Data, A> {
  return new Move('next', state, data, actions) as unknown as NextState<State, Data, A>
}

/** Stays, with other data. */
export function keepState<Data, A>(data: NoInfer<Data>, ...actions: readonly NoInfer<A>[]): KeepState<Data, A> {
  return new Move('keep', undefined, data, actions) as unknown as KeepState<Data, A>
}

/** Stays, with the data as they were. */
export function keepStateAndData<A>(...actions: readonly NoInfer<A>[]): KeepStateAndData<A> {
  return new Move('keep', undefined, sameData, actions) as unknown as KeepStateAndData<A>
}

/** Stays, and calls `enter` again. Postponed events are not tried again, and the state timeout goes on. */
export function repeatState<Data, A>(data: NoInfer<Data>, ...actions: readonly NoInfer<A>[]): KeepState<Data, A> {
  return new Move('repeat', undefined, data, actions) as unknown as KeepState<Data, A>
}

/** The same, with the data as they were. */
export function repeatStateAndData<A>(...actions: readonly NoInfer<A>[]): KeepStateAndData<A> {
  return new Move('repeat', undefined, sameData, actions) as unknown as KeepStateAndData<A>
}

/**
 * Answers calls, then ends the machine: `terminate` runs, then it exits with `reason`. Unlike a server's `stopAndReply`
 * the answers come first, as in OTP.
 *
 * @param data what `terminate` gets; left out, the data as they were.
 */
export function stopAndReplyTo<Data>(
  reason: ExitReason,
  replies: ReplyTo | readonly ReplyTo[],
  ...data: [data?: NoInfer<Data>]
): StopAndReplyTo<Data> {
  const given = data.length === 0 ? sameData : data[0]
  const all = Array.isArray(replies) ? (replies as readonly ReplyTo[]) : [replies]
  return new Move('stop', undefined, given, all, reason) as unknown as StopAndReplyTo<Data>
}

/**
 * Steps: what a callback returns. A step is a value with a name, never a position in a tuple.
 *
 *     init      the state itself    ok(state, { continue })    ignore()    stop(reason)
 *     call      reply(value, state)    noreply(state)    stop(reason)    stopAndReply(reason, value)
 *     others    noreply(state)    stop(reason)
 *
 * The last argument of those that go on says how:
 *
 *     { continue: key }    the `continue` callback runs before any waiting message is looked at (handle_continue)
 *     { timeoutMs }        without a message within it, `info.timeout` runs; any message takes it away
 *     { hibernate: true }  it sleeps until the next message
 */
import type { ExitReason } from '@agner/core'

export interface Continue<out Key> {
  /** Handed to the `continue` callback at once, before any message. */
  readonly continue: Key
}

export interface WithinLimit {
  /**
   * Milliseconds. When no message comes within them, the `info` handler of `timeout` gets `{ type: 'timeout' }`. Any
   * message takes it away, also one that nobody handles; a system request begins it anew. With 0, messages that wait go
   * first.
   */
  readonly timeoutMs: number
}

export interface Hibernate {
  /** Memory that is not needed until the next message is given back; process info says `hibernate`. */
  readonly hibernate: true
}

/** How a server goes on. */
export type Then<Key> = Continue<Key> | WithinLimit | Hibernate

/** What all steps are: the loop tells them from a state by this. */
export class Step {
  readonly kind: 'ok' | 'ignore' | 'reply' | 'noreply' | 'stop' | 'stopAndReply'
  readonly state: unknown
  readonly value: unknown
  readonly reason: ExitReason
  readonly then: Then<unknown> | undefined

  constructor(
    kind: Step['kind'],
    state: unknown,
    then: Then<unknown> | undefined,
    value?: unknown,
    reason: ExitReason = 'normal',
  ) {
    this.kind = kind
    this.state = state
    this.then = then
    this.value = value
    this.reason = reason
  }
}

/** Whether what it says of how to go on, if anything, can be looked at: `noreply(state, 5000)` is no step. */
export function saysHow({ then }: Step): boolean {
  return then === undefined || (typeof then === 'object' && then !== null)
}

/** What a trace tells of what a callback gave: of a step its name, with its value or reason; the state stays behind. */
export function describeStep(given: unknown): unknown {
  if (!(given instanceof Step)) return given
  const { kind, value, reason } = given
  if (kind === 'reply') return { kind, value }
  if (kind === 'stop') return { kind, reason }
  return kind === 'stopAndReply' ? { kind, reason, value } : { kind }
}

/** The same of what `init` gave, which may be the state itself. */
export function describeInit(given: unknown, isThrown: boolean): unknown {
  return isThrown || given instanceof Step ? describeStep(given) : { kind: 'ok' }
}

/** Stands for the state that the callback was given. */
export const sameState: unique symbol = Symbol('the state as it was')

export interface Ok<out State, out Key> {
  readonly kind: 'ok'
  readonly state: State
  readonly then: Then<Key>
}

export interface Ignore {
  readonly kind: 'ignore'
}

export interface Reply<out Value, out State, out Key> {
  readonly kind: 'reply'
  readonly value: Value
  readonly state: State
  readonly then: Then<Key> | undefined
}

export interface Noreply<out State, out Key> {
  readonly kind: 'noreply'
  readonly state: State
  readonly then: Then<Key> | undefined
}

export interface Stop<out State> {
  readonly kind: 'stop'
  readonly reason: ExitReason
  readonly state: State
}

export interface StopAndReply<out Value, out State> {
  readonly kind: 'stopAndReply'
  readonly reason: ExitReason
  readonly value: Value
  readonly state: State
}

/** From `init`: begins with `state`, and goes on as it says. Without that, return the state itself. */
export function ok<State, const Key = never>(state: State, then: Then<Key>): Ok<State, Key> {
  return new Step('ok', state, then) as unknown as Ok<State, Key>
}

/**
 * From `init`: there is nothing to run here. The process ends with `normal`; its supervisor keeps its specification and
 * goes on.
 */
export function ignore(): Ignore {
  return new Step('ignore', undefined, undefined) as unknown as Ignore
}

/** Answers the call, and goes on with `state`. The value is copied now. */
export function reply<Value, State, const Key = never>(
  value: NoInfer<Value>,
  state: NoInfer<State>,
  then?: Then<Key>,
): Reply<Value, State, NoInfer<Key>> {
  return new Step('reply', state, then, value) as unknown as Reply<Value, State, NoInfer<Key>>
}

/** Goes on with `state`. A call stays unanswered until someone answers its `from`. */
export function noreply<State, const Key = never>(
  state: NoInfer<State>,
  then?: Then<Key>,
): Noreply<State, NoInfer<Key>> {
  return new Step('noreply', state, then) as unknown as Noreply<State, NoInfer<Key>>
}

/**
 * Ends the server: `terminate` runs, then it exits with `reason`. Any reason but `normal`, `shutdown` and `{ shutdown:
 * … }` is a crash and reported.
 *
 * @param state what `terminate` gets; left out, the state as it was.
 */
export function stop(reason: ExitReason): Stop<never>
export function stop<State>(reason: ExitReason, state: NoInfer<State>): Stop<State>
export function stop(reason: ExitReason, ...state: [state?: unknown]): Stop<unknown> {
  return new Step(
    'stop',
    state.length === 0 ? sameState : state[0],
    undefined,
    undefined,
    reason,
  ) as unknown as Stop<unknown>
}

/** Ends the server, and answers the call once `terminate` has run: who has the answer knows that all is cleaned up. */
export function stopAndReply<Value>(reason: ExitReason, value: NoInfer<Value>): StopAndReply<Value, never>
export function stopAndReply<Value, State>(
  reason: ExitReason,
  value: NoInfer<Value>,
  state: NoInfer<State>,
): StopAndReply<Value, State>
export function stopAndReply(
  reason: ExitReason,
  value: unknown,
  ...state: [state?: unknown]
): StopAndReply<unknown, unknown> {
  return new Step(
    'stopAndReply',
    state.length === 0 ? sameState : state[0],
    undefined,
    value,
    reason,
  ) as unknown as StopAndReply<unknown, unknown>
}

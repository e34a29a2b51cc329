/**
 * What the callbacks of a handler return, beside `noreply(state)` and, for a call, `reply(value, state)`.
 *
 *     removeHandler()              remove_handler             this handler goes; the others stay
 *     handOver(state, { to, … })   swap_handler               another one takes its place, and what `terminate` returned
 *
 * Each has a form that answers a call.
 */
import { inWords } from '../server/misuse.ts'
import type { AnyHandler, Handler } from './definition.ts'

export class HandlerStep {
  readonly kind: 'remove' | 'handOver'
  readonly answers: boolean
  readonly value: unknown
  readonly state: unknown
  readonly successor: Successor | null

  constructor(
    kind: HandlerStep['kind'],
    { answers, value }: { readonly answers: boolean; readonly value?: unknown },
    state?: unknown,
    successor: Successor | null = null,
  ) {
    this.kind = kind
    this.answers = answers
    this.value = value
    this.state = state
    this.successor = successor
  }
}

/** Who takes over, and what each of the two is given. */
export interface Successor {
  readonly to: AnyHandler
  readonly arg: unknown
  readonly leaving: unknown
}

export interface RemoveHandler {
  readonly kind: 'remove'
  readonly answers: false
}

export interface RemoveHandlerAndReply<out Value> {
  readonly kind: 'remove'
  readonly answers: true
  readonly value: Value
}

export interface HandOver<in out Api, out State> {
  /** Exists in the types only. */
  readonly '~api'?: Api
  readonly kind: 'handOver'
  readonly answers: false
  readonly state: State
}

export interface HandOverAndReply<out Value, in out Api, out State> {
  /** Exists in the types only. */
  readonly '~api'?: Api
  readonly kind: 'handOver'
  readonly answers: true
  readonly value: Value
  readonly state: State
}

/** What {@link handOver} is told: the handler that takes over. */
export type Takeover<Api, HandlerApi, Arg> = {
  readonly to: Handler<Api, HandlerApi, Arg>
  /** What `terminate` of the one that goes gets, as `why.arg`. */
  readonly leaving?: unknown
} & (undefined extends Arg ? { readonly arg?: Arg } : { readonly arg: Arg })

/** Removes this handler: its `terminate` runs with `{ type: 'remove' }`. Its owner is told `normal`. */
export function removeHandler(): RemoveHandler {
  return new HandlerStep('remove', { answers: false }) as unknown as RemoveHandler
}

/** Answers the call, and removes this handler. */
export function removeHandlerAndReply<Value>(value: NoInfer<Value>): RemoveHandlerAndReply<Value> {
  return new HandlerStep('remove', { answers: true, value }) as unknown as RemoveHandlerAndReply<Value>
}

/**
 * Puts another handler in this one's place. This one's `terminate` gets `state`; what it returns is `context.predecessor.left`
 * in the other one's `init`. The owner, if there is one, becomes that of the other.
 */
export function handOver<State, Api, HandlerApi, Arg>(
  state: NoInfer<State>,
  { to, arg, leaving }: Takeover<Api, HandlerApi, Arg>,
): HandOver<Api, State> {
  const successor = { to: to as unknown as AnyHandler, arg, leaving }
  return new HandlerStep('handOver', { answers: false }, state, successor) as unknown as HandOver<Api, State>
}

/** Answers the call, and puts another handler in this one's place. */
export function handOverAndReply<Value, State, Api, HandlerApi, Arg>(
  value: NoInfer<Value>,
  state: NoInfer<State>,
  { to, arg, leaving }: Takeover<Api, HandlerApi, Arg>,
): HandOverAndReply<Value, Api, State> {
  const successor = { to: to as unknown as AnyHandler, arg, leaving }
  return new HandlerStep('handOver', { answers: true, value }, state, successor) as unknown as HandOverAndReply<
    Value,
    Api,
    State
  >
}

/** What a callback gave in place of a step, for people. */
export function describeReturn(given: unknown): string {
  if (!(given instanceof HandlerStep)) return inWords(given)
  return `${given.kind === 'remove' ? 'removeHandler' : 'handOver'}${given.answers ? 'AndReply' : ''}(…), which has no place there`
}

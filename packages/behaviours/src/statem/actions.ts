/**
 * Actions: what a transition does besides going to a state. They are the last arguments of a step, and are done in the
 * order in which they stand there.
 *
 *     nextState('open', data, replyTo(from, 'welcome'), stateTimeout(10_000, 'lock'))
 *
 * Of several that set the same thing, one timer for example, the last one counts (action() of gen_statem).
 */
import { replyFrom, type AnyProcess } from '@agner/core'
import type { From } from '../server/definition.ts'
import { behavioursError } from '../errors.ts'
import { namedKey } from './timer-message.ts'
import type { EventOf, EventTimeoutContent, StateTimeoutContent, Timeouts } from './events.ts'

/** What all actions are: the machine does them by their kind. */
export class Act {
  readonly kind:
    | 'postpone'
    | 'hibernate'
    | 'reply'
    | 'nextEvent'
    | 'timeout'
    | 'changeCallbackModule'
    | 'pushCallbackModule'
    | 'popCallbackModule'
  /** The value of a reply, the content of a timer, an inserted event, or another machine. */
  readonly value: unknown
  /** Who is answered. */
  readonly from: From<unknown> | null
  /** Which timer: `stateTimeout`, `eventTimeout`, or `timeout` and its name. */
  readonly timer: string
  /** When it fires; `update` changes its content alone. */
  readonly ms: number | 'update'
  /** Whether `ms` is an instant. */
  readonly abs: boolean

  constructor(
    kind: Act['kind'],
    value?: unknown,
    from: From<unknown> | null = null,
    timer = '',
    ms: number | 'update' = 0,
    abs = false,
  ) {
    this.kind = kind
    this.value = value
    this.from = from
    this.timer = timer
    this.ms = ms
    this.abs = abs
  }
}

// — kinds, as the types tell them apart —

export interface Postpone {
  readonly kind: 'postpone'
}
export interface Hibernate {
  readonly kind: 'hibernate'
}
export interface ReplyTo {
  readonly kind: 'reply'
}
export interface NextEvent<in E> {
  /** Exists in the types only. */
  readonly '~event': (event: E) => void
}
export interface SetStateTimeout<in C> {
  /** Exists in the types only. */
  readonly '~stateTimeout': (content: C) => void
}
export interface SetEventTimeout<in C> {
  /** Exists in the types only. */
  readonly '~eventTimeout': (content: C) => void
}
export interface SetTimeout<in Named> {
  /** Exists in the types only. */
  readonly '~timeout': (timeouts: Named) => void
}
export interface ChangeModule<in M> {
  /** Exists in the types only. */
  readonly '~module': (module: M) => void
}
export interface PopModule {
  readonly kind: 'popCallbackModule'
}

/** What a state enter call may do: nothing that concerns the event, since the event is over. */
export type EnterAction<Own> =
  | Hibernate
  | ReplyTo
  | SetStateTimeout<StateTimeoutContent<Own>>
  | SetEventTimeout<EventTimeoutContent<Own>>
  | SetTimeout<Timeouts<Own>>

/** What a transition may do. `Same` is a machine of the same protocol, states and data. */
export type Action<Api, Own, Same> =
  | EnterAction<Own>
  | Postpone
  | NextEvent<EventOf<Api, Own>>
  | ChangeModule<Same>
  | PopModule

// — events —

/**
 * Keeps the present event, and handles it again, with all others that were postponed and in the order of their arrival,
 * once the state has changed. In a table of handlers it may stand in place of one.
 */
export const postpone: Postpone = new Act('postpone') as Postpone

/**
 * Inserts an event that is handled next, before any that waits. Several are handled in the order of the actions. It is
 * the one way to make an internal event.
 */
export function nextEvent<E>(event: NoInfer<E>): NextEvent<E> {
  return new Act('nextEvent', event) as unknown as NextEvent<E>
}

/** Answers a call: the present one, or one whose `from` was kept. The value is copied when the action is done. */
export function replyTo<R>(from: From<R>, value: NoInfer<R>): ReplyTo {
  return new Act('reply', value, from as From<unknown>) as unknown as ReplyTo
}

/** @internal */
export function answerNow(self: AnyProcess, { from, value }: Act): void {
  replyFrom(self, from!, value)
}

/** Lets the process hibernate while it waits for its next event (proc_lib:hibernate). */
export const hibernate: Hibernate = new Act('hibernate') as Hibernate

// — timers —

export interface TimeoutOptions {
  /** `ms` is an instant of `node.monotonicTimeMs()`, and no delay. */
  readonly abs?: boolean
}

type ContentThen<C> = undefined extends C
  ? [content?: NoInfer<C>, options?: TimeoutOptions]
  : [content: NoInfer<C>, options?: TimeoutOptions]

export interface StateTimeout {
  /**
   * Starts the state timeout: an event `stateTimeout` after `ms`, unless the state changes before. Set again it begins
   * anew. With 0 it needs no clock: it comes when no event waits, and before any message that has not been fetched.
   * Infinity cancels it.
   *
   * @throws `statem.bad_time`
   */
  <C>(ms: number, ...content: ContentThen<C>): SetStateTimeout<C>
  /** Stops it. Once stopped it never comes, even if its time was over. */
  cancel(): SetStateTimeout<unknown>
  /** Changes what it will bring, not when. If it does not run, it comes at once, as with 0. */
  update<C>(content: NoInfer<C>): SetStateTimeout<C>
}

export interface EventTimeout {
  /** Starts the event timeout: an event `eventTimeout` after `ms`, unless any other event comes before. @throws `statem.bad_time` */
  <C>(ms: number, ...content: ContentThen<C>): SetEventTimeout<C>
  cancel(): SetEventTimeout<unknown>
  /** The event timeout is over with each event, so this one comes at once, as with 0. */
  update<C>(content: NoInfer<C>): SetEventTimeout<C>
}

export interface Timeout {
  /**
   * Starts the timeout of that name: an event `timeout` after `ms`, whatever happens before. There is one of each name.
   *
   * @throws `statem.bad_time`
   */
  <Named, Name extends keyof Named & string>(
    name: Name,
    ms: number,
    ...content: ContentThen<Named[Name]>
  ): SetTimeout<Named>
  cancel<Named>(name: NoInfer<keyof Named & string>): SetTimeout<Named>
  update<Named, Name extends keyof Named & string>(name: Name, content: NoInfer<Named[Name]>): SetTimeout<Named>
}

export const stateTimeout: StateTimeout = /* @__PURE__ */ timer('stateTimeout') as unknown as StateTimeout
export const eventTimeout: EventTimeout = /* @__PURE__ */ timer('eventTimeout') as unknown as EventTimeout
export const timeout: Timeout = /* @__PURE__ */ namedTimer() as unknown as Timeout

function timer(key: string): object {
  const set = (ms: number, content?: unknown, options?: TimeoutOptions) => toSet(key, key, ms, content, options)
  const cancel = () => toSet(key, key, Infinity, undefined, undefined)
  const update = (content: unknown) => new Act('timeout', content, null, key, 'update')
  return Object.freeze(Object.assign(set, { cancel, update }))
}

function namedTimer(): object {
  const set = (name: string, ms: number, content?: unknown, options?: TimeoutOptions) =>
    toSet(`timeout "${name}"`, namedKey(name), ms, content, options)
  const cancel = (name: string) => set(name, Infinity)
  const update = (name: string, content: unknown) => new Act('timeout', content, null, namedKey(name), 'update')
  return Object.freeze(Object.assign(set, { cancel, update }))
}

function toSet(what: string, key: string, ms: number, content: unknown, options: TimeoutOptions | undefined): Act {
  const abs = options?.abs === true
  if (!(typeof ms === 'number' && (ms >= 0 || (abs && !Number.isNaN(ms)))))
    throw behavioursError('statem.bad_time', { timer: what, value: String(ms) })
  return new Act('timeout', content, null, key, ms, abs)
}

// — callback modules —

/** Goes on with the callbacks of another machine of the same protocol, states and data, from the next callback on. */
export function changeCallbackModule<M>(module: NoInfer<M>): ChangeModule<M> {
  return new Act('changeCallbackModule', module) as unknown as ChangeModule<M>
}

/** The same, and remembers the present one for {@link popCallbackModule}. */
export function pushCallbackModule<M>(module: NoInfer<M>): ChangeModule<M> {
  return new Act('pushCallbackModule', module) as unknown as ChangeModule<M>
}

/** Goes back to the callbacks of the machine that was pushed away. If there is none, the machine crashes. */
export const popCallbackModule: PopModule = new Act('popCallbackModule') as PopModule

/**
 * What a protocol speaks of, as types: the calls, casts and messages of a server.
 *
 *     interface CounterApi {
 *       calls: { add(by: number): number }      // asked and answered
 *       casts: { reset(): void }                // said, with no answer
 *       info: { type: 'tick' } | Down           // plain messages, those of the system among them
 *     }
 *
 * A call or cast takes one payload or none. An Api holds no state and no code of the server, so a client needs nothing
 * else of it.
 */
import type { Accepts, Sendable } from '@agner/core'

/** The shape that every Api has; each part may be left out. */
export interface ApiShape {
  readonly calls?: object
  readonly casts?: object
  readonly info?: { readonly type: string }
  /** What an event manager of this protocol is notified of. */
  readonly events?: { readonly type: string }
}

/** A table without entries. */
export type Nothing = Record<never, never>

export type Calls<Api> = Api extends { readonly calls: infer C } ? C : Nothing
export type Casts<Api> = Api extends { readonly casts: infer C } ? C : Nothing
/** Every plain message that the server takes, those of the system included. */
export type Info<Api> = Api extends { readonly info: infer M extends { readonly type: string } } ? M : never
/** What the handlers of an event manager are told of. */
export type Events<Api> = Api extends { readonly events: infer E extends { readonly type: string } } ? E : never
/**
 * The messages by their type, several of one type together. Written so that it takes one step for each message; to pick
 * a type out of a union takes one for each pair.
 */
export type ByType<M extends { readonly type: string }> = { readonly [One in M as One['type']]: One }
/** What others may send it. */
export type Messages<Api> = Accepts<Info<Api>>

export type CallName<Api> = keyof Calls<Api> & string
export type CastName<Api> = keyof Casts<Api> & string

/** The payload of a call or cast; `undefined` when it takes none. */
export type Payload<Method> = Method extends (...args: infer A) => unknown
  ? A extends []
    ? undefined
    : A extends [payload?: infer P]
      ? A extends [unknown]
        ? P
        : P | undefined
      : never
  : never

export type Result<Method> = Method extends (...args: never) => infer R ? R : never

/** The arguments that follow a name in `call`: none are needed when there is no payload. */
export type PayloadThen<Method, Options> =
  undefined extends Payload<Method>
    ? [payload?: Payload<Method>, options?: Options]
    : [payload: Payload<Method>, options?: Options]

type CheckedMethod<Method> = Method extends (...args: infer A) => infer R
  ? A extends []
    ? () => Sendable<R>
    : A extends [payload?: infer P]
      ? (payload: Sendable<P>) => Sendable<R>
      : 'a call or cast takes one payload: put several values into one object'
  : 'write calls and casts as methods: name(payload: P): Result'

type CheckedMethods<Methods> = { [N in keyof Methods]: CheckedMethod<Methods[N]> }

type CheckedInfo<M> = M extends { readonly type: infer T extends string }
  ? T extends `$agner/${string}`
    ? { readonly type: 'types that begin with $agner/ belong to the library' }
    : Sendable<M>
  : never

/** `Api` as it must be: where it is wrong, a sentence stands in place of the offending part. */
export interface CheckedApi<Api> {
  readonly calls?: CheckedMethods<Calls<Api>>
  readonly casts?: CheckedMethods<Casts<Api>>
  readonly info?: CheckedInfo<Info<Api>>
  readonly events?: CheckedInfo<Events<Api>>
}

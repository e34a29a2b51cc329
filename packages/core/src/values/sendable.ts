/**
 * What may be sent, as a type.
 *
 * `Sendable<T>` is `T` where every part of `T` is in the domain of values, and an explaining string type where it is not, so that
 * the compile error lands on the offending property and reads as a sentence.
 */
import type { Pid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import type { ReplyAddress } from '../kernel/request.ts'

type Refused<Why extends string> = `not sendable: ${Why}`

type Atom = string | number | bigint | boolean | null | undefined | Date | Uint8Array | Ref | Error

/** `T` if it can be sent; otherwise a string type that says what cannot. */
export type Sendable<T> = unknown extends T
  ? T
  : T extends Atom | Pid | ReplyAddress<never>
    ? T
    : T extends (...args: never) => unknown
      ? Refused<'a function'>
      : T extends symbol
        ? Refused<'a symbol'>
        : T extends Promise<unknown>
          ? Refused<'a promise'>
          : T extends ReadonlyMap<infer K, infer V>
            ? ReadonlyMap<Sendable<K>, Sendable<V>>
            : T extends ReadonlySet<infer V>
              ? ReadonlySet<Sendable<V>>
              : T extends object
                ? { [K in keyof T]: K extends symbol ? Refused<'what stands under a symbol key'> : Sendable<T[K]> }
                : T

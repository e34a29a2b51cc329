/**
 * The functions that other nodes may call, as types: what a client and the module that has them share.
 *
 *     interface PricesApi { priceOf(product: string): number; reload(): void }
 *
 * A function takes one argument or none, and gives a value, now or later: whether it is async is its own affair.
 */
import type { Process, Sendable } from '@agner/core'

/** The argument of a function; `undefined` when it takes none. */
export type Argument<F> = F extends (...args: infer A) => unknown
  ? A extends []
    ? undefined
    : A extends [argument?: infer P]
      ? A extends [unknown]
        ? P
        : P | undefined
      : never
  : never

/** What a function gives, once it has it. */
export type Result<F> = F extends (...args: never) => infer R ? Awaited<R> : never

export type FunctionName<Api> = keyof Api & string

/** The arguments that follow a name in `call`: none are needed when the function takes none. */
export type ArgumentThen<F, Options> =
  undefined extends Argument<F>
    ? [argument?: Argument<F>, options?: Options]
    : [argument: Argument<F>, options?: Options]

type Checked<F> = F extends (...args: infer A) => infer R
  ? A extends []
    ? () => Sendable<Awaited<R>>
    : A extends [argument?: infer P]
      ? (argument: Sendable<P>) => Sendable<Awaited<R>> | Promise<Sendable<Awaited<R>>>
      : 'a function takes one argument: put several values into one object'
  : 'write functions as methods: name(argument: A): Result'

/** `Api` as it must be: where it is wrong, a sentence stands in place of the offending part. */
export type CheckedFunctions<Api> = { [Name in keyof Api]: Checked<Api[Name]> }

/** The functions themselves. Each runs in a process of its own, which is its second argument. */
export type Implementation<Api> = {
  readonly [Name in keyof Api]: (
    argument: Argument<Api[Name]>,
    self: Process<unknown>,
  ) => Result<Api[Name]> | Promise<Result<Api[Name]>>
}

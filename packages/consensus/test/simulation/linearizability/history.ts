/**
 * What clients saw: each operation with when it was called and when it was answered, on one line of time.
 *
 * Times are places in the order of all calls and answers, so that no two are equal. An operation that nobody answered may have taken effect at any time
 * after its call, or never.
 */
export interface Operation<Input, Output> {
  readonly client: string
  /** Operations on different keys have nothing to do with each other: each key is an object of its own. */
  readonly key: string
  readonly input: Input
  readonly calledAt: number
  /** Infinity while there is no answer. */
  readonly answeredAt: number
  /** Undefined while there is no answer. */
  readonly output: Output | undefined
}

/** How one object behaves when operations come one after the other. */
export interface SequentialModel<Input, Output, State extends string | number> {
  readonly initial: State
  /** The state after it, and what it answers. */
  readonly step: (state: State, input: Input) => { readonly state: State; readonly output: Output }
  readonly isSame: (left: Output, right: Output) => boolean
}

export function byKey<Input, Output>(
  operations: readonly Operation<Input, Output>[],
): Map<string, Operation<Input, Output>[]> {
  return Map.groupBy(operations, ({ key }) => key)
}

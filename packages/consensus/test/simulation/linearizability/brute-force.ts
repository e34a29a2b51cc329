/** The definition itself, for histories of a few operations of one key: every order of every choice of the unanswered ones. */
import type { Operation, SequentialModel } from './history.ts'

export function isLinearizableByDefinition<Input, Output, State extends string | number>(
  model: SequentialModel<Input, Output, State>,
  operations: readonly Operation<Input, Output>[],
): boolean {
  const place = (left: readonly Operation<Input, Output>[], state: State): boolean => {
    if (left.every(({ answeredAt }) => answeredAt === Infinity)) return true
    return left.some((next) => {
      // Whatever was answered before it was called comes before it.
      if (left.some((other) => other !== next && other.answeredAt < next.calledAt)) return false
      const { state: after, output } = model.step(state, next.input)
      if (next.output !== undefined && !model.isSame(output, next.output)) return false
      return place(
        left.filter((other) => other !== next),
        after,
      )
    })
  }
  return place(operations, model.initial)
}

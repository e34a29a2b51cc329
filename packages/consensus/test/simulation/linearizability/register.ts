/** The object that the clients of the simulation use: a number that is read, set, added to, and compared before it is set. */
import type { SequentialModel } from './history.ts'

export type RegisterInput =
  | { readonly type: 'get' }
  | { readonly type: 'put'; readonly value: number }
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'compareAndSet'; readonly expected: number; readonly value: number }

/** What it is afterwards; whether it was set, for a comparison. */
export type RegisterOutput = number | boolean

export const register: SequentialModel<RegisterInput, RegisterOutput, number> = {
  initial: 0,
  step: (state, input) => {
    switch (input.type) {
      case 'get':
        return { state, output: state }
      case 'put':
        return { state: input.value, output: input.value }
      case 'add':
        return { state: state + input.by, output: state + input.by }
      case 'compareAndSet':
        return state === input.expected ? { state: input.value, output: true } : { state, output: false }
    }
  },
  isSame: (left, right) => left === right,
}

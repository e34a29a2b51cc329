/**
 * What the members agree on: a few registers, and a digest of everything that happened to them, so that two members with the same digest have applied the same
 * commands in the same order.
 */
import type { Machine } from '../../../src/machine/machine.ts'
import { register, type RegisterInput, type RegisterOutput } from '../linearizability/register.ts'

export const keys = ['x', 'y', 'z'] as const
export type Key = (typeof keys)[number]

export interface Command {
  /** Each operation of a client has its own. */
  readonly operation: number
  readonly key: Key
  readonly input: RegisterInput
}

export interface Registers {
  readonly x: number
  readonly y: number
  readonly z: number
  readonly digest: number
}

export type RegistersMachine = Machine<Command, RegisterOutput, Registers, Key, number>

/** `onEffect` is told whenever a command takes effect, at each member. */
export function createRegisters(onEffect: (operation: number, index: number) => void): RegistersMachine {
  return {
    name: 'registers',
    init: () => ({ x: 0, y: 0, z: 0, digest: 0 }),
    apply: (state, { operation, key, input }, { index }) => {
      onEffect(operation, index)
      const { state: value, output } = register.step(state[key], input)
      const digest = (Math.imul(state.digest, 31) + operation * 7919 + index) | 0
      return { state: { ...state, [key]: value, digest }, result: output }
    },
    query: (state, key) => state[key],
  }
}

/**
 * A machine as code that can be started.
 */
import type { GenCode } from '../gen/code.ts'
import type { MachineCallbacks } from './callbacks.ts'
import { machineCallbacksOf } from './callbacks-of.ts'
import { Machine } from './machine.ts'

export function toMachineCode(callbacks: MachineCallbacks): GenCode {
  const { module, version, trapExits } = callbacks
  return { module, version, trapExits, make: (self, beginning) => new Machine(callbacks, self, beginning) }
}

/** @throws `statem.bad_definition` for what defineStatem did not make. */
export function machineCodeOf(statem: object): GenCode {
  return toMachineCode(machineCallbacksOf(statem))
}

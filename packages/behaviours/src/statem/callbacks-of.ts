/**
 * The callbacks behind each machine, out of reach of its users.
 */
import { behavioursError } from '../errors.ts'
import type { MachineCallbacks } from './callbacks.ts'

const known = new WeakMap<object, MachineCallbacks>()

export function rememberMachine(statem: object, callbacks: MachineCallbacks): void {
  known.set(statem, callbacks)
}

/** @returns undefined for what defineStatem did not make. */
export function knownMachine(statem: unknown): MachineCallbacks | undefined {
  return typeof statem === 'object' && statem !== null ? known.get(statem) : undefined
}

/** @throws `statem.bad_definition` for what defineStatem did not make. */
export function machineCallbacksOf(statem: object): MachineCallbacks {
  const callbacks = knownMachine(statem)
  if (callbacks !== undefined) return callbacks
  const problem = 'it is not what defineStatem returned'
  throw behavioursError('statem.bad_definition', { module: 'what was passed', problem })
}

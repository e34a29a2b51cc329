/**
 * The callbacks behind each server, out of reach of its users.
 */
import { behavioursError } from '../errors.ts'
import type { Callbacks } from './callbacks.ts'

const known = new WeakMap<object, Callbacks>()

export function remember(server: object, callbacks: Callbacks): void {
  known.set(server, callbacks)
}

/** @throws `server.bad_definition` for what defineServer did not make. */
export function callbacksOf(server: object): Callbacks {
  const callbacks = known.get(server)
  if (callbacks !== undefined) return callbacks
  const problem = 'it is not what defineServer returned'
  throw behavioursError('server.bad_definition', { module: 'what was passed', problem })
}

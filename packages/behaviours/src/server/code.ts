/**
 * A server as code that can be started.
 */
import type { GenCode } from '../gen/code.ts'
import { callbacksOf } from './callbacks-of.ts'
import type { Callbacks } from './callbacks.ts'
import { RunningServer } from './running.ts'

export function toCode(callbacks: Callbacks): GenCode {
  const { module, version, trapExits } = callbacks
  return { module, version, trapExits, make: (self, beginning) => new RunningServer(callbacks, self, beginning) }
}

/** @throws `server.bad_definition` for what defineServer did not make. */
export function codeOf(server: object): GenCode {
  return toCode(callbacksOf(server))
}

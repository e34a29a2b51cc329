/**
 * A server as code that can be started.
 */
import type { GenCode } from '../gen/code.ts'
import { callbacksOf } from './callbacks-of.ts'
import type { Callbacks } from './callbacks.ts'
import { RunningServer } from './running.ts'

const codes = new WeakMap<Callbacks, GenCode>()

export function toCode(callbacks: Callbacks): GenCode {
  const known = codes.get(callbacks)
  if (known !== undefined) return known
  const { module, version, trapExits } = callbacks
  const make: GenCode['make'] = (self, beginning) => new RunningServer(callbacks, self, beginning)
  const code = { module, version, trapExits, make }
  codes.set(callbacks, code)
  return code
}

/** @throws `server.bad_definition` for what defineServer did not make. */
export function codeOf(server: object): GenCode {
  return toCode(callbacksOf(server))
}

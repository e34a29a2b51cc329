/**
 * The errors of the client's side. They stand apart from the others so that a client brings no text about supervisors
 * along.
 */
import { AgnerError, formatError } from '@agner/core'

export const clientTemplates = {
  'protocol.bad_name': 'A protocol needs a name, by custom a package name such as "@acme/counter"; got {value}.',
  'protocol.bad_schema':
    '{module}: the schema of {name} is no Standard Schema (version 1): pass a schema of zod, valibot, ArkType or the like.',
  'call.bad_wait': 'waitForNameMs must be a number of milliseconds from 0 up, or Infinity; got {value}.',
  'call.needs_name':
    'Servers on many nodes are addressed by one local name: pass the protocol, or protocol.at("name"); got {value}.',
} as const

export function clientError(
  code: keyof typeof clientTemplates,
  details: Readonly<Record<string, unknown>>,
): AgnerError {
  return new AgnerError(code, formatError(clientTemplates[code], details), details)
}

/** The errors of `@agner/global`, one registry. */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'global.no_such_name':
    'No process is registered as "{name}" in {scope}. Look it up with whereis() first, or wait until it is registered.',
  'global.no_boss':
    'The name "{name}" could not be decided on: the member of {scope} that decides ({boss}) was lost again and again. Try again when the cluster is calm.',
} as const

export type GlobalErrorCode = keyof typeof templates

export function globalError(code: GlobalErrorCode, details: Readonly<Record<string, unknown>>): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

/** The errors of `@agner/groups`, one registry. */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'groups.not_a_member':
    'Node {node} is not in the group "{group}"; its groups are: {own}. Names of a group are known to its members only.',
  'groups.bad_group':
    'The group "{group}" is not well-formed: give it a name and a list of node names (name@host), each once.',
} as const

export type GroupsErrorCode = keyof typeof templates

export function groupsError(code: GroupsErrorCode, details: Readonly<Record<string, unknown>>): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

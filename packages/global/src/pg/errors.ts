/** The errors of process groups. */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'pg.not_local':
    'The process {pid} lives on {node}, and only processes of this node, {here}, can join, leave or monitor here. Let the process, or somebody on its node, do it.',
  'pg.bad_group':
    'A group needs a name of 1 to {limit} characters; got {value}. Make one with group(name), or give a string.',
  'pg.bad_process': 'Only processes can join and leave, as a pid or an array of pids; got {value}.',
  'pg.full':
    'The scope "{scope}" has {limit} memberships of processes of this node, and takes no more. Leave groups that nobody needs, or set limits.localMembers.',
  'pg.too_many_monitors':
    'The scope "{scope}" has {limit} monitors on this node, and takes no more. Take back those that nobody needs, or set limits.monitors.',
  'pg.not_running':
    'The scope "{scope}" does not run on this node: it was stopped, or is being restarted. Start it, or try again in a moment.',
  'pg.already_started':
    'The scope "{scope}" runs on {node} already: use what startPg() gave there, or stop that first. Another scope needs another name.',
  'pg.bad_option': 'The option {option} of startPg {problem}.',
} as const

export type PgErrorCode = keyof typeof templates

export function pgError(code: PgErrorCode, details: Readonly<Record<string, unknown>>): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

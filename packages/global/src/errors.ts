/** The errors of `@agner/global`, one registry. */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'global.no_such_name':
    'No process is registered as "{name}" in {scope}. Look it up with whereis() first, or wait until it is registered.',
  'global.no_boss':
    'The name "{name}" could not be decided on: the member of {scope} that decides ({boss}) was lost again and again. Try again when the cluster is calm.',
  'global.bad_name': 'A name is a string of 1 to {limit} whole characters; got {value}.',
  'global.bad_pid': 'Only a process can have a name, by its pid; got {value}.',
  'global.bad_resolve':
    'This is no resolve method: {value}. Give randomExit, randomNotify, notifyAll, { type: "handOver" }, { type: "module", module, function }, or a function.',
  'global.resolve_elsewhere':
    'The process {pid} lives on {node}, where this resolve function is not. Register the name there, or give { type: "module", module, function } of a module that is registered there.',
  'global.not_a_member':
    'The process {pid} cannot have a name: its node {node} is not connected to the member that decides, or has no part in these names. Connect it, and wait for sync().',
  'global.has_name':
    'The process {pid} cannot be started as "{name}": it has the name "{present}" already, or has ended. A process has one name.',
  'global.too_many_names':
    'Processes of {node} have {limit} names in {scope}, and may have no more. Unregister some, or set limits.names.',
  'global.busy': '{limit} registrations wait in {scope} already. Try again later, or set limits.waiting.',
  'global.bad_question':
    'The keeper of the names of {scope} was asked what it does not know. Use the functions of this package, of the same version on all nodes.',
  'global.already_started':
    'The names of {scope} are kept on {node} already, by {holder}: use what started them, or stop that first.',
  'global.not_running': 'The names of {scope} are not kept on {node}. Start them there before they are used.',
  'global.bad_lock':
    'A lock is { resource, requester }, each a string, number, bigint, boolean, pid or ref; nodes are names, and retries a number of at least 0. Got {value}.',
  'global.bad_option': 'Global names cannot take this as "{option}": that is {wanted}.',
  'global.too_many_locks':
    'The node {node} keeps {limit} locks, and takes no more. Take some back, or set limits.locks.',
} as const

export type GlobalErrorCode = keyof typeof templates

export function globalError(code: GlobalErrorCode, details: Readonly<Record<string, unknown>>): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

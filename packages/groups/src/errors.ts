/** The errors of `@agner/groups`, one registry. */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'groups.not_a_member':
    'Node {node} is not in the group "{group}"; its groups are: {own}. Names of a group are known to its members only.',
  'groups.bad_group':
    'The group "{group}" cannot be: give it a well-formed name of 1 to 64 characters and a list of node names (name@host), each once.',
  'groups.bad_option': 'Groups cannot take this as "{option}": that is {wanted}.',
  'groups.not_among_nodes':
    'Node {node} cannot found the group "{group}" without being in it: put it among the nodes, or ask one of them to found it.',
  'groups.name_in_use':
    'The group "{group}" cannot have these nodes, which are in another group of that name, or are about to be: {nodes}. Take another name, or leave them out with ifMissing: "leave_out".',
  'groups.unreachable':
    'The group "{group}" cannot have these nodes, which do not answer: {nodes}. Start groups on them and see that they can be connected to, or leave them out with ifMissing: "leave_out".',
  'groups.no_majority':
    'The group "{group}" has no majority that could decide within {timeoutMs} ms: {what} was not done. Try again when more of its members are connected; if they are gone for good, an operator can call reform("{group}").',
  'groups.unknown_outcome':
    'It is not known whether {what} was done in the group "{group}": the majority was lost on the way. Look at the group, or do it again: doing it twice is harmless.',
  'groups.last_member':
    'Removing these nodes would leave the group "{group}" without any: delete it with deleteGroup("{group}").',
  'groups.too_many': 'Node {node} would have more {what} than the limit of {limit} allows: raise {option}.',
  'groups.no_information':
    'Nothing is known here of {what}: ask on one of its members, or for a group or node that shares a group with {node}.',
  'groups.no_such_name':
    'No process is registered as "{name}" in the group "{group}", as node {node} knows it. Register it there first, or see names("{group}").',
  'groups.bad_question':
    'The process {of} was asked what it does not understand: see that all nodes run versions of @agner/groups that go together.',
  'groups.bad_answer':
    'What {target} answered makes no sense here: see that its node runs a version of @agner/groups that goes with this one.',
  'groups.stopped': 'The groups of node {node} were stopped: start them again with startGroups().',
  'groups.bad_address': 'A message cannot be relayed to {value}: give a pid, { group, name } or { name, node }.',
  'groups.relay_full':
    'As much as may waits for {target} already, or there are as many destinations as may be. Await relay.room(), send less, or raise the limits of the relay.',
  'groups.relay_too_large':
    'A message to {target} is larger than the limit of {limit} bytes of the relay: send it in parts, connect the nodes, or raise limits.messageBytes.',
  'groups.relay_timeout': '{target} did not answer within {timeoutMs} ms; it may have got the request.',
  'groups.relay_no_process': 'There is no {target}: see that it runs, and that it is asked for by its name.',
  'groups.relay_no_connection':
    'No way leads to {target}, or it was lost before the answer came; it may have got the request. See that a gateway of its group is connected to one of an own group.',
  'groups.relay_exited': '{target} ended before it answered. The reason: {words}',
} as const

export type GroupsErrorCode = keyof typeof templates

export function groupsError(
  code: GroupsErrorCode,
  details: Readonly<Record<string, unknown>>,
  options?: { readonly cause: unknown },
): AgnerError {
  const error = new AgnerError(code, formatError(templates[code], details), details)
  if (options !== undefined) error.cause = options.cause
  return error
}

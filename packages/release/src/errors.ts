/** The errors of `@agner/release`, one registry. */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'release.bad_option': 'This cannot be taken as "{option}": that is {wanted}.',
  'release.bad_table': 'The table of distributed applications is wrong at {application}: {problem}.',
  'release.unknown_application':
    '{application} is not in the table of distributed applications of {node}; there are: {known}. Name it there, on every node.',
  'release.table_mismatch':
    '{application} is not run by {node} as long as {other} is connected, whose table differs for it: {ours} here, {theirs} there. Give all nodes the same nodes, timeout and arbiter.',
  'release.mandatory_missing':
    '{node} does not begin: of the nodes that it must not be without, {missing} did not come within {timeoutMs} ms.',
  'release.already_started': '{application} was started on {node} already.',
  'release.not_started': '{application} was not started on {node}.',
  'release.start_failed': '{application} did not start on {node}: {why}',
  'release.runs_here': '{application} runs on {node} already.',
  'release.runs_nowhere': '{application} runs nowhere that {node} knows of, so it cannot be taken over. Start it.',
  'release.not_permitted': '{application} is not permitted to run on {node}. Call permit first.',
  'release.not_among_nodes': '{application} cannot run on {node}: its nodes are {nodes}.',
  'release.not_given': '{application} was not taken over by {node}: {why}. It may run where it did; try again.',
  'release.stopped': '{application} was stopped on {node} meanwhile, or the node left.',
  'release.too_many_watchers':
    'More than {limit} processes watch distributed applications. End those that need not, or raise limits.watchers.',
  'release.arbiter_failed': '{question}() of "{arbiter}", the arbiter of {application}, failed: {why}. {advice}',
  'release.keeper_ended':
    'The keeper of the distributed applications of {node} has ended: {why}. What ran here of {applications} is killed, since other nodes may start it now, and this node has no part in them any more. Call startDistributedApplications again, or restart the node.',
  'release.gate_ended':
    'The gate of {node}, which lets calls through to its applications, has ended: {why}. What was under way through it is unknown to its clients; those that come now wait. Another one begins in {restMs} ms.',
  'release.gate_failed':
    'The gate of {node} cannot find out whether {application} runs there and may act: {why}. Calls to it are refused until that works again. Make running(), and isHeld() of what it gives, answer whatever happens, and at once.',
  'release.fenced':
    'This was refused: the claim of {application} with token {token} is over, and another may run it. Stop what you do as its holder, and claim it anew.',
  'release.not_running':
    'No node was found within {timeoutMs} ms that runs {application} and may be asked ({last}). Nothing was asked. See that one of {nodes} is up and runs it, and try again.',
  'release.outcome_unknown':
    'It is not known what came of {name} to {application} ({last}): it may have been done, or may yet be, but no more often than it was asked. Look before you ask anew; or, if doing it twice does no harm, say repeat: "safe".',
  'release.client_full':
    'A call to {application} was refused: {limit} calls of this client wait already. Await some before making more, or raise limits.waiting.',
} as const

export type ReleaseErrorCode = keyof typeof templates

export function releaseError(code: ReleaseErrorCode, details: Readonly<Record<string, unknown>>): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

export function badOption(option: string, wanted: string): AgnerError {
  return releaseError('release.bad_option', { option, wanted })
}

/**
 * The errors of the command line, one registry: what happened, and what to do. Each has the exit code that it ends with.
 */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'cli.usage': '{problem}\nTry: agner --help',
  'cli.no_cookie':
    'There is no cookie to connect with. Set AGNER_COOKIE, or name a file with --cookie-file, or a cluster file with --cluster.{looked}',
  'cli.bad_file': '{file} cannot be used: {problem}.',
  'cli.no_mapper':
    'No node is running on this host, as far as can be seen: nobody serves the port mapper at {at} ({reason}). If the nodes use another one, name it with --port-mapper.',
  'cli.mapper_hangs':
    'The port mapper at {at} does not answer: the node that serves it hangs, or is stopped, and the other nodes of its host cannot be found meanwhile. End the program that listens there, and another node takes its place; if no program does, the host cannot be reached.',
  'cli.bad_mapper':
    'The port mapper at {at} cannot be asked: {reason}. If the nodes talk by TLS or Unix sockets, the cluster file has to say so (--cluster).',
  'cli.no_node': 'There is no node {wanted}. {known}',
  'cli.which_node': 'Which node? {known}',
  'cli.wrong_cookie': '{node} has another cookie than that of {from}.',
  'cli.cannot_connect': 'No connection to {node}: {reason}',
  'cli.not_inspectable':
    '{node} does not let itself be looked at. Start it with the inspector: createNode({ modules: [Inspector] }), with Inspector of @agner/behaviours.',
  'cli.other_version':
    'The inspector of {node} is of another version than this program: its answer to "{question}" is not as expected. Look with the program of the version of its @agner/behaviours: npx agner@VERSION top.',
  'cli.exists':
    '{file} is there already, and nothing is overwritten: nothing was made. Move it away, or choose another folder with --dir.',
  'cli.no_process': '{node} has no process {wanted}.',
  'cli.elsewhere': '{wanted} runs on {other}, and {node} knows nothing of it: agner top {other} --process {wanted}',
  'cli.cannot_write': 'What was to be printed could not be written: {reason}. Nothing, or not all of it, is there.',
  'cli.no_terminal': 'This is no terminal. Use --once for text, or --json for scripts.',
} as const

export type CliErrorCode = keyof typeof templates

export function cliError(code: CliErrorCode, details: Readonly<Record<string, unknown>> = {}): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

/** 2 for what was typed, 1 for what was met. */
export function exitCodeOf(error: AgnerError): number {
  return error.code === 'cli.usage' || error.code === 'cli.which_node' ? 2 : 1
}

/**
 * The errors of `@agner/behaviours`, one registry.
 *
 * A programmer's error is thrown where it is made; an operating error (a server that did not start, a child that is not
 * there) is the rejection of what was awaited. Calls that fail are rejected with the `call.*` errors of `@agner/core`.
 */
import { AgnerError, formatError, type AnyPid, type ExitReason } from '@agner/core'
import { explain } from './explain.ts'
import { clientTemplates } from './protocol/errors.ts'

const ownTemplates = {
  'call.bad_argument': 'The argument of {name} is not what {module} takes: {problems}. The call was not made.',
  'call.bad_timeout': 'timeoutMs must be a number of milliseconds from 0 up, or Infinity; got {value}.',
  'call.deadlock':
    'The call to {target} would wait for ever: {path}. Let one of them answer without waiting, by a cast or by an answer given later.',
  'registry.bad_definition': 'The registry "{registry}" is wrong: {problem}.',
  'registry.bad_key':
    'A key of {registry} is a string, number, bigint, boolean, pid or ref; got {value}. Of several parts make one string.',
  'registry.taken': 'The key {key} of {registry} is taken by {holder}.',
  'registry.not_unique': '{registry} has duplicate keys: a key of it is no name, and has no single value.',
  'registry.full': '{registry} has {limit} entries, its limit. Raise `limit`, or find what registers without end.',
  'registry.no_process': 'Cannot register {pid} in {registry}: it is not a live process of this node.',
  'task.failed': 'The task {pid} has no value: {why}',
  'task.timeout':
    'The task {pid} gave no value within {timeoutMs} ms. Give it more time, or use yieldTask, which may be asked again.',
  'task.bad_option': 'A stream of tasks has no option {option} with the value {value}.',
  'server.bad_definition': 'The definition of {module} is wrong: {problem}.',
  'server.bad_return':
    '{module}: {callback} returned {value}. Return reply(…), noreply(…), stop(…) or stopAndReply(…), with the state.',
  'server.unknown_call':
    '{module} has no call {name}. It has: {known}. Is the caller of another version, or is this another server?',
  'server.unknown_cast':
    '{module} has no cast {name}. It has: {known}. Is the sender of another version, or is this another server?',
  'server.not_named':
    '{module}: the process does not have the name {name} that it should go on under. Register it first.',
  'start.already_started': '{module} was not started: the name "{name}" is taken by {holder}.',
  'start.failed': '{module} did not start: {why}',
  'start.ignored': '{module} chose not to start: its init returned ignore().',
  'start.timeout': '{module} did not start: its init took longer than {timeoutMs} ms, and it was ended.',
  'start.needs_process': 'Only a process can start a server on another node: pass `self` in place of the node.',
  'sys.not_suspended': '{module} is running. Suspend it first: its code is changed between two messages.',
  'sys.no_version': 'The node has no module {module} in version {version}. Register it first: node.register(…).',
  'sys.code_not_changed': '{module} goes on with the code and the state that it has: {why}',
  'sys.callback_failed': '{module} goes on, but cannot be looked at: its {callback} failed: {why}',
  'sys.state_not_replaced': '{module} goes on with the state that it has: {why}',
  'sys.already_installed': 'A debug function with the id "{id}" is installed already. Remove it, or take another id.',
  'sys.not_here': 'A function does not travel: call this from a process of the node where the other one runs.',
  'sys.unsendable': '{module} holds what cannot be sent to another node. Ask from a process of its own node.',
  'sys.unknown_request': 'The process does not know the system request {request}. Is it of an earlier version?',
  'inspector.failed': 'The inspector of {node} cannot answer this question: {why}',
  'supervisor.bad_child': 'The child {id} is wrong: {problem}.',
  'supervisor.bad_definition': 'The supervisor is wrong: {problem}.',
  'supervisor.duplicate_child': 'Two children have the id "{id}". Give each child of a supervisor an id of its own.',
  'supervisor.already_present':
    'The supervisor already has a child "{id}" that is not running. Use restartChild, or deleteChild first.',
  'supervisor.already_started': 'The supervisor already runs a child "{id}": {pid}.',
  'supervisor.child_failed': 'The child "{id}" did not start: {why}',
  'supervisor.not_found': 'The supervisor has no child "{id}".',
  'supervisor.running': 'The child "{id}" is running. Use terminateChild first.',
  'supervisor.restarting': 'The child "{id}" is being restarted.',
  'supervisor.by_pid':
    'The children of a dynamic supervisor have no ids and are not kept: name "{id}" by its pid, and start a new one.',
  'supervisor.full': 'The supervisor has {maxChildren} children, which is all that it may have (maxChildren).',
  'supervisor.static': 'The supervisor has no template for its children: give startChild a specification.',
  'supervisor.unknown_call': 'A supervisor has no call "{name}". It has: {known}.',
  'supervisor.unknown_cast': 'A supervisor has no cast "{name}". It is asked by calls: {known}.',
  'supervisor.fixed_state':
    'The state of a supervisor is its children: change it by startChild, terminateChild and the like.',
  'supervisor.unsendable': 'The supervisor did what it was asked to, but its answer cannot be sent: {problem}',
  'supervisor.bridge': 'A supervisor bridge has no children that could be named: what is behind it is its own affair.',
  'supervisor.partition_name':
    'A partition is given by its key, and cannot be registered: use it to call, not to name.',
  'supervisor.no_partition': '{supervisor} is no partitioned supervisor that runs on this node.',
  'supervisor.remote_child':
    "A child specification holds functions, which stay on their node: call startChild from the supervisor's node {node}.",
  'events.bad_definition': 'The event handler {handler} is wrong: {problem}.',
  'events.bad_return':
    'The event handler {handler}: {callback} returned {value}. Return noreply(…), removeHandler() or handOver(…), for a call reply(…), removeHandlerAndReply(…) or handOverAndReply(…).',
  'events.handler_failed': 'The event handler {handler} failed, and was removed: {why}',
  'events.no_handler': 'The event manager has no handler {handler}. Was it removed, or added under another id?',
  'events.not_added': 'The event handler {handler} was not added: its init failed: {why}',
  'events.unknown_call':
    'The event handler {handler} has no call "{call}". It has: {known}. Is the caller of another version?',
  'events.unknown_handler':
    "The event handler {handler} is not known on the manager's node: pass its module to `createNode({ modules })` or `node.register` there.",
  'statem.bad_definition': 'The state machine {module} is wrong: {problem}.',
  'statem.bad_return':
    '{module}: {callback} returned {value}. Return nextState(…), keepState(…), keepStateAndData(…), repeatState(…), repeatStateAndData(…), stop(…) or stopAndReplyTo(…).',
  'statem.bad_action': '{module}: {callback} gave the action {value}: {problem}.',
  'statem.bad_time': 'The time of {timer} must be milliseconds from 0 up, or Infinity; got {value}.',
  'statem.bad_state': '{module}: {callback} went to the state {state}, which is none of its states: {known}.',
  'statem.bad_state_and_data': 'State and data are needed, both of them: { state, data }.',
  'statem.unhandled_event':
    '{module} has no handler for {event} in the state {state}. It handles there: {known}. Add one, or one for all states in `any`.',
  'logger.attached': 'The node {node} has a logging already: attach one, before the first logger of it is made.',
  'logger.bad_option': 'The option {option} of the logger is wrong: {value}.',
  'logger.exists': 'There is a log {what} called "{id}" already: remove it first.',
  'logger.unknown_handler': 'There is no log handler called "{id}".',
  'application.bad_definition': 'The application {name} is wrong: {problem}.',
  'application.bad_setting': 'The setting {key} of the application {name} is no plain data: {problem}',
  'application.not_loaded':
    'The application {name} is not loaded. Load it, or name it in `includedApplications` of the one that starts it.',
  'application.already_loaded': 'The application {name} is loaded already.',
  'application.clash': 'Another application is loaded as {name}. Unload that one first, or give this one another name.',
  'application.registered_clash':
    'The application {name} registers the name "{registered}", and so does {other}, which is loaded.',
  'application.running': 'The application {name} is running. Stop it first.',
  'application.already_started': 'The application {name} is running already. Use ensureStarted if that is fine.',
  'application.not_started':
    'The application {name} needs {dependency}, which is not running. Start it first, or use ensureAllStarted.',
  'application.failed': 'The application {name} did not start: {why}',
  'application.cycle': 'Applications depend on each other in a circle: {path}.',
  'application.not_running': 'The application {name} is not running on this node.',
  'application.stopped': 'The application {name} was not started: the node is stopping.',
  'application.config_changing':
    'The node was not configured: configChange of the application {name} is running, and its settings would change again. Configure the node when that is over.',
  'application.config_change_failed':
    'The node is configured, but configChange failed in {names}. See details.failures for why.',
} as const

export type BehavioursErrorCode = keyof typeof ownTemplates | keyof typeof clientTemplates

const templates: Readonly<Record<BehavioursErrorCode, string>> = { ...clientTemplates, ...ownTemplates }

/** A server, supervisor or application did not start. `reason` is data: what its init failed with. */
export class StartError extends AgnerError {
  readonly reason: ExitReason

  constructor(code: string, message: string, reason: ExitReason, details: Readonly<Record<string, unknown>> = {}) {
    super(code, message, { ...details, reason })
    this.name = 'StartError'
    this.reason = reason
    if (reason instanceof Error) this.cause = reason
  }
}

export function behavioursError(
  code: BehavioursErrorCode,
  details: Readonly<Record<string, unknown>> = {},
): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

export function startError(
  code: BehavioursErrorCode,
  reason: ExitReason,
  details: Readonly<Record<string, unknown>>,
): StartError {
  const known = { ...details, why: explain(reason) }
  return new StartError(code, formatError(templates[code], known), reason, details)
}

/** The name was taken: `details.pid` is its holder (`{already_started, Pid}`). */
export function alreadyStarted(module: string, name: string, holder: AnyPid): StartError {
  return startError(
    'start.already_started',
    { alreadyStarted: holder },
    { module, name, holder: String(holder), pid: holder },
  )
}

/**
 * The errors of `@agner/core`, one registry.
 *
 * Each has a stable `code`, says what happened, and what to do. A programmer's error is thrown where it is made; an operating
 * error (a dead process, a lost node, time that ran out) is the value of an exit reason or the rejection of a call.
 */

const templates = {
  'copy.unsendable':
    'Cannot send {what} at {path}. Send plain data: null, booleans, numbers, bigints, strings, bytes, dates, arrays, plain objects, Maps, Sets, errors, pids and refs.',
  'copy.too_deep':
    'Cannot send a value nested more than {limit} levels deep (at {path}): it has a cycle, or wants flattening.',
  'send.no_such_name':
    'No process is registered as "{name}" on this node. Register it first, or look it up with whereis().',
  'send.peer_full':
    'A {op} to {node} was refused: as much as may wait for it does, and it takes less than it is sent. A process that sends without ever awaiting cannot be made to wait: let it await self.yield() now and then, or ask first with self.trySend(). See limits.outputBytes and limits.queuedSignals of the distribution.',
  'hand_over.part':
    'These {bytes} bytes are not all of their buffer, which has {of}: others may be in it, so it cannot be handed over. Send them as they are (they are copied), or make a Uint8Array of their own.',
  'receive.pending': 'This process already waits in receive(). Await the first receive before starting another.',
  'receive.in_callback':
    'A callback process has no receive(): its messages come to its message callback. Spawn an async function for selective receive.',
  'receive.bad_timeout': 'timeoutMs must be a number of milliseconds from 0 up, or Infinity; got {value}.',
  'timer.bad_delay': 'A timer needs a delay in milliseconds from 0 to {longestMs}; got {value}.',
  'timer.bad_time':
    'A timer with { abs: true } needs an instant in milliseconds, as node.monotonicTimeMs() gives it; got {value}.',
  'timer.too_many':
    'The node has {limit} timers, its limit. Raise timerLimit in createNode(), or find what sets timers without end.',
  'pid.bad': '{operation}() wants a pid; got {value}.',
  'ref.bad': '{operation}() wants a ref; got {value}.',
  'address.bad': 'A process is addressed by its pid, its registered name, or { name, node }; got {value}.',
  'limit.bad': '{name} is a number of at least 1, or Infinity; got {value}.',
  'name.taken': 'The name "{name}" is taken by {holder}. Unregister it first, or choose another.',
  'name.bad': '"{name}" cannot be a process name: use a non-empty string of at most {limit} characters.',
  'name.process_has_name': 'This process is already registered as "{name}"; a process has one local name at most.',
  'name.dead_process': 'Cannot register {pid} as "{name}": it is not a live process of this node.',
  'name.too_many':
    'The node has {limit} names, its limit. Raise nameLimit in createNode(), or find what registers without end.',
  'name.unknown': 'No process is registered as "{name}", so there is nothing to unregister.',
  'node.stopped': 'The node {node} is stopped. Create another with createNode().',
  'node.bad_name': '"{name}" cannot be a node name: use name@host, for example "chat1@127.0.0.1".',
  'node.too_many_processes':
    'The node has {limit} processes, its limit. Raise processLimit in createNode(), or find what spawns without end.',
  'node.router_attached': 'This node already takes part in a cluster; a second router cannot be attached.',
  'module.unknown':
    'Nothing is registered as {module}. Pass it to createNode({ modules: […] }) or node.register() on node {node}.',
  'module.no_function': '{module} has no function "{name}". It has: {known}.',
  'module.clash': 'Another module is already registered as {module}. Give the new code a new version.',
  'module.bad': 'A module needs a name and a version, both non-empty strings; got {value}.',
  'call.timeout':
    'The call to {target} got no answer within {timeoutMs} ms. The server is not touched by this, and a late answer is dropped.',
  'call.no_process':
    'The call failed: {target} is not a live process. It has ended, or nothing was started under this name. Call by its name, not by its pid, what is started again after a crash.',
  'call.no_connection':
    'The call failed: there is no connection to the node of {target}, or it was lost before the answer came.',
  'call.not_carried':
    'The call to {target} failed: the request, or its answer, could not be carried to the other node.',
  'call.exited': 'The call failed: {target} ended before it answered.',
  'call.calling_self': 'A process cannot call itself: it would wait for its own answer for ever.',
  'request.foreign': 'The response comes to {pid}, which sent the request. Wait for it there.',
  'request.over':
    'No response will come: this request was given up, or its response has been taken as a message. Look at it with checkResponse().',
  'call.bad_timeout': 'timeoutMs must be a number of milliseconds from 0 up, or Infinity; got {value}.',
  'monitor.too_many':
    'Process {pid} has {limit} monitors, its limit. Raise monitorLimit in createNode(), or find where it forgets to demonitor.',
  'peer.too_many':
    'Node {peer} has {limit} {what} open on {node}, its limit: one more is refused. Raise peerLimit in createNode() on {node}, or find where {peer} forgets to end them.',
  'monitor.bad_option':
    'monitor() knows no {name} like {value}: a tag is a string, an alias "explicitUnalias", "demonitor" or "replyDemonitor".',
  'reply.not_a_request': 'reply() wants the request or `from` that the server received; got {value}.',
  'spawn.no_connection': 'Cannot spawn on node {node}: there is no connection to it, or it was lost.',
  'trace_context.bad':
    'A trace context is { traceId: 32 digits of lower-case hex, spanId: 16 of them, flags: 0 to 255 }, no id all zero; got {value}.',
  'become.not_async': '{module}.{name} and the process that becomes it must both be async functions.',
  'spawn.not_carried': 'Cannot spawn on node {node}: the request could not be carried there.',
  'spawn.bad_option': 'A spawn request has no option "{option}" with the value {value}.',
  'spawn.bad_body': 'spawn() wants an async function (self) => … or an object { init, message }; got {value}.',
  'info.bad_item': 'There is nothing called {item} to ask about a process. There are: {known}.',
  'info.not_local':
    '{pid} lives on another node, which alone knows about it. Call a process there, and let it ask its own node.',
  'flag.unknown': 'A process has no flag {name}. It has: {known}.',
  'flag.bad_value': 'The flag {name} of a process takes {wanted}; got {value}.',
  'suspend.itself': 'A process cannot suspend itself: nobody but the one who suspended it could resume it.',
  'suspend.no_process': 'Cannot suspend {pid}: it is not a live process of this node.',
  'resume.not_suspended': 'Cannot resume {pid}: it is dead, or was not suspended from here.',
  'trace.bad_option': 'A trace cannot take {value} as "{option}": that is {wanted}.',
  'system_monitor.bad_option': 'A system monitor cannot take {value} as "{option}": that is {wanted}.',
  'listing.bad_option': 'A listing of processes cannot take {value} as "{option}": that is {wanted}.',
  'leader.no_process': 'Cannot set the group leader of {pid}: it is not a live process of this node.',
  'port.closed': 'The port {port} is closed ({reason}): nothing more can be read from it or written to it.',
  'port.bad_source':
    'Cannot make a port of {value}. Give a stream of Node.js, a web stream, or an async iterable; openListener, openHttp, openEvents and openDriver take others.',
  'port.bad_option': 'A port has no option {name} with the value {value}.',
  'port.bad_active':
    "active() wants 'once', true, false, or a count of at most {limit}, what is left included; got {value}.",
  'port.bad_owner': 'Cannot hand {port} over to {pid}: it is not a live process of this node.',
  'port.not_passive': 'read() wants a passive port, and {port} sends its items as messages. Call active(false) first.',
  'port.read_pending': 'A read of {port} waits already. Await it before reading again, or handing the port over.',
  'port.not_writable': 'Nothing can be written to the port: its source cannot be written to, or the end was written.',
  'port.not_bytes': 'Packets and text are made of strings and bytes; got a value of type {value}.',
  'port.packet_too_large':
    'A packet has {size} bytes or more; the limit is {limit}. Raise packetLimitBytes, or the header.',
  'port.packet_cut': 'The source ended within a packet; {length} bytes of it came.',
  'port.cut_off': 'The source was closed before its end: what came is not all.',
  'port.write_overflow':
    'More than {limit} bytes wait for the other side, which is too slow. Await write() before writing more.',
  'port.overflow': 'More than {limit} items came that were not asked for, and the source cannot be paused.',
  'port.unasked': 'The driver gave an item that it was not asked for. It gives one for each pull.',
  'own.not_closed':
    'Something that a process owned ({what}) was not closed {limitMs} ms after its death, which is announced all the same. Let its close() settle.',
  'core.second_copy':
    'Two copies of @agner/core ({first} and {second}) were loaded in one program; their pids would be strangers. Make the packages share one (npm ls @agner/core shows who brings the second).',
} as const

export type CoreErrorCode = keyof typeof templates

/** An error of Agner. `code` is stable and may be tested for; the message may change. */
export class AgnerError extends Error {
  readonly code: string
  /** What the message speaks of, as data; for a failed call, `reason` is the exit reason of the other side. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'AgnerError'
    this.code = code
    this.details = details
  }
}

/** Fills a message template; each package uses it with a registry of its own. */
export function formatError(template: string, details: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key]))
}

export function coreError(code: CoreErrorCode, details: Readonly<Record<string, unknown>> = {}): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

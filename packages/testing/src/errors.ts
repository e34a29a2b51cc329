/**
 * The errors of `@agner/testing`, one registry. They end a test that would otherwise hang, and say where it stood.
 */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'testing.hang':
    'The promise has not settled, and nobody will settle it: {how} ({seed}). Look for a process that waits for a message that is never sent, for a node that has crashed or was stopped, or for real input and output.{advice}',
  'testing.turn_limit':
    'Still busy after {limit} turns, at {atMs} ms of virtual time ({seed}): something goes round and round. Find it, or raise turnLimit in createVirtualRuntime().',
  'testing.already_driven':
    'settle(), advance() or runUntil() of this runtime is still running. Await one before starting the next, and never call them from inside a process.',
  'testing.bad_delay':
    'A virtual timer takes a delay from 0 to 2^31 - 1 ms, as those of Node.js do; got {value}. Longer waits are chained by the caller.',
  'testing.bad_time': 'Virtual time goes forward by a finite number of milliseconds from 0 up; got {value}.',
  'testing.bad_seed': 'A seed is an integer from 0 to 2^32 - 1; got {value}.',
  'testing.bad_count':
    'The number of seeds to try, or AGNER_SEEDS, must be an integer from 1 up; got {value}. A test of no seed would pass whatever it says.',
  'testing.bad_first_seed': 'The first seed to try, or AGNER_SEEDS_FROM, must be an integer; got {value}.',
  'testing.no_such_node':
    'The cluster has no node {name}; its nodes are {names}. Name it in nodes, or in later if it is to start later.',
  'testing.node_is_down':
    'The node {name} is down: it was not started, has crashed, or was stopped. restart() gives it a new life.',
  'testing.node_is_up': 'The node {name} is up already. restart() crashes it first.',
  'testing.bad_option': '{call}: {option} must be {wanted}; got {value}.',
  'testing.tasks_failed': '{count} tasks failed at once, of which details.errors has all. The first: {first}',
  'testing.life_ended':
    'The node {name} ended before its {what} was over: it crashed, or was stopped or restarted meanwhile. Wait for one before the other.',
  'testing.peer_bad_option': 'startPeer: {option} must be {wanted}; got {value}.',
  'testing.peer_start_failed': 'The peer {name} did not come up: {how}.{reason} {output}',
  'testing.peer_start_timeout':
    'The peer {name} was not up within {timeoutMs} ms, and was killed. Raise startTimeoutMs, or find what its start() waits for. {output}',
  'testing.peer_no_program':
    'The default export of {module} is no program of a peer. Write: export default definePeer({ start: (self) => ({ … }) }).',
  'testing.peer_not_connected': 'The peer could not connect to {name}: {reason}',
  'testing.peer_no_call': 'The program of the peer gave no function {call}; its start() gave: {calls}.',
  'testing.peer_call_timeout':
    'The peer {name} did not answer {call}() within {timeoutMs} ms. Raise callTimeoutMs, or find what it waits for. {output}',
  'testing.peer_stopping':
    'The peer {name} is being stopped, and answers nothing any more. Call {call}() before stop().',
  'testing.peer_bad_timeout': 'stop() of a peer: timeoutMs must be {wanted}; got {value}.',
  'testing.peer_silent':
    'Within {timeoutMs} ms the peer {name} said nothing that fits; it has said {count} messages before. {output}',
  'testing.peer_gone': 'The peer {name} is not there any more: it ended with {how}. {output}',
  'testing.peer_unsendable':
    'This cannot be said to a peer, or by it: {reason}. Say plain data, pids, refs and errors, as in messages between nodes.',
  'testing.no_free_port': 'On 127.0.0.1 no port from {from} to {to} is free. The last one tried: {reason}.',
  'testing.no_network_namespaces':
    'No network namespaces can be made here: {why}. They need Linux, root, ip (iproute2) and nft (nftables). Ask whyNoNetworkNamespaces() first, and leave the test out.',
  'testing.no_such_machine': 'There is no machine {machine}; createNetworkNamespaces() was given: {machines}.',
  'testing.network_closed':
    'The network of the machines {machines} is closed. Cut and heal it before close(), the end of its `using`, or a signal that ends this process.',
  'testing.network_command_failed':
    '`{command}` failed: {reason}. Leave the namespaces as createNetworkNamespaces() made them, and their filters to it.',
  'testing.bad_percentage': 'lose() takes a percentage from 0 to 100; got {value}.',
  'testing.peer_no_parent':
    'The process {starterPid}, which started this peer, is not its parent: it has ended, or a program of `prefix` stays in between. Such a program has to become the command that follows it, as exec does.',
  'testing.peer_alone': 'This file is the beginning of a peer, and is started by startPeer().',
} as const

export type TestingErrorCode = keyof typeof templates

export function testingError(code: TestingErrorCode, details: Readonly<Record<string, unknown>> = {}): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

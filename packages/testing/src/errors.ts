/**
 * The errors of `@agner/testing`, one registry. They end a test that would otherwise hang, and say where it stood.
 */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'testing.hang':
    'Nothing is left to run at {atMs} ms of virtual time ({seed}), and the promise has not settled: nobody will settle it. Look for a process that waits for a message that is never sent, or for real input and output.',
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
  'testing.no_such_node':
    'The cluster has no node {name}; its nodes are {names}. Name it in nodes, or in later if it is to start later.',
  'testing.node_is_down':
    'The node {name} is down: it was not started, has crashed, or was stopped. restart() gives it a new life.',
  'testing.node_is_up': 'The node {name} is up already. restart() crashes it first.',
} as const

export type TestingErrorCode = keyof typeof templates

export function testingError(code: TestingErrorCode, details: Readonly<Record<string, unknown>> = {}): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}

/**
 * How a call to another node fails: what the function did, or why it was not run, each with a code of its own.
 *
 *     erpc.failed        it threw an Error, which is the `cause`            error:{exception, Reason, Stack}
 *     erpc.threw         it threw something else: `details.value`           throw:Term
 *     erpc.exited        it ended its process: `details.reason`             exit:{exception, Reason}
 *     erpc.killed        its process got an exit signal: `details.reason`   exit:{signal, Reason}
 *     erpc.undefined     there is no such function                          error:{exception, undef, …}
 *     erpc.no_connection, erpc.timeout, erpc.bad_argument, erpc.unsupported, erpc.system_limit           error:{erpc, …}
 */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'erpc.failed': '{name} of {module} on {node} failed: {text}',
  'erpc.threw': '{name} of {module} on {node} threw {text}.',
  'erpc.exited': '{name} of {module} on {node} ended its process, with the reason {text}.',
  'erpc.killed':
    '{name} of {module} on {node} gave nothing: its process was ended from outside, with the reason {text}.',
  'erpc.undefined':
    '{node} has no function {name} of {module} that may be called. Register the module there: createNode({ modules: [erpc.defineFunctions(…)] }). It said: {text}',
  'erpc.no_connection':
    '{name} of {module} was not answered: there is no connection to {node}, or it was lost. Whether it ran is not known.',
  'erpc.timeout':
    '{name} of {module} on {node} has not answered within {timeoutMs} ms. It may still be running; what it gives is dropped.',
  'erpc.unsupported': '{node} takes no calls: it runs a version without erpc. Send to a process there, or update it.',
  'erpc.system_limit': '{node} cannot start a process for {name} of {module}: {text}',
  'erpc.bad_argument': 'erpc: {what} must be {wanted}.',
} as const

export type ErpcErrorCode = keyof typeof templates

export function erpcError(code: ErpcErrorCode, details: Readonly<Record<string, unknown>>): AgnerError {
  const error = new AgnerError(code, formatError(templates[code], details), details)
  if (details['reason'] instanceof Error) error.cause = details['reason']
  return error
}

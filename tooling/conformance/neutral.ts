/**
 * Values of Agner in the neutral form of raw.ts.
 */
import { AgnerError, Pid, Ref, timedOut } from '../../packages/core/src/index.ts'
import type { Raw } from './raw.ts'

/** What Erlang raises where Agner has an error with a code. The words are Erlang's. */
const inErlang: Readonly<Record<string, string>> = {
  'name.taken': 'badarg',
  'name.process_has_name': 'badarg',
  'name.dead_process': 'badarg',
  'name.bad': 'badarg',
  'name.unknown': 'badarg',
  'send.no_such_name': 'badarg',
  'pid.bad': 'badarg',
  'ref.bad': 'badarg',
  'address.bad': 'badarg',
  'monitor.bad_option': 'badarg',
  'spawn.bad_body': 'badarg',
  'spawn.bad_option': 'badopt',
  'spawn.no_connection': 'noconnection',
  'info.bad_item': 'badarg',
  'flag.unknown': 'badarg',
  'flag.bad_value': 'badarg',
  'suspend.itself': 'badarg',
  'suspend.no_process': 'badarg',
  'resume.not_suspended': 'badarg',
  'leader.no_process': 'badarg',
  'timer.bad_delay': 'badarg',
  'timer.bad_time': 'badarg',
  'receive.bad_timeout': 'timeout_value',
  'port.not_passive': 'einval',
  'port.bad_active': 'einval',
  'port.bad_owner': 'badarg',
  'port.closed': 'closed',
  'global.no_such_name': 'badarg',
  'pg.not_local': 'nolocal',
  'pg.not_running': 'noproc',
  'call.timeout': 'timeout',
  'call.no_process': 'noproc',
  'call.no_connection': 'noconnection',
  'call.calling_self': 'calling_self',
}

/** The word for an error: Erlang's for a coded one, otherwise its message. */
export function errorWord(error: unknown): Raw {
  if (!(error instanceof Error)) return toRaw(error, '')
  const code = (error as { readonly code?: unknown }).code
  return typeof code === 'string' ? (inErlang[code] ?? code) : error.message
}

/** @param node the name of the node that it is a value of. */
export function toRaw(value: unknown, node: string): Raw {
  if (value === undefined) return 'undefined'
  if (value === timedOut) return 'nothing'
  if (value instanceof Pid) return { $pid: String(value) }
  if (value instanceof Ref) return { $ref: String(value) }
  if (value instanceof AgnerError || value instanceof Error) return { error: errorWord(value) }
  if (Array.isArray(value)) return value.map((part) => toRaw(part, node))
  if (value === null) return value
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([key, part]) => !(key === 'node' && part === node))
    return Object.fromEntries(entries.map(([key, part]) => [key, toRaw(part, node)]))
  }
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value
  throw new TypeError(`A trace cannot hold a ${typeof value}.`)
}

/**
 * What a trace may be asked for, and whether it is asked for rightly.
 */
import { coreError } from '../errors.ts'
import { Pid, type AnyPid } from '../identity/pid.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { ProcessInfo } from '../process-info.ts'
import { describeValue } from '../values/describe.ts'
import type { TraceDetails, TraceEnd, TraceEvent, TraceEventType } from './events.ts'
import type { TraceRate } from './limit.ts'

/** Who gets the events: a process of this node, which is then traced by nobody, or a function. */
export type TraceTo<Type extends TraceEventType> =
  | Pid<TraceEvent<Type> | TraceEnd>
  | ((event: TraceEvent<Type> | TraceEnd) => void)

export interface TraceOptions<Type extends TraceEventType = TraceEventType> {
  /**
   * Whom to look at: those that exist now, those that come, both; some, by pid or registered name; or those that a function picks, asked once for each that
   * exists, and for each new one when it is spawned. Processes of other nodes are refused, dead ones passed over.
   */
  readonly processes: 'all' | 'existing' | 'new' | readonly (AnyPid | string)[] | ((info: ProcessInfo) => boolean)
  /** Which events; default: all but `turn`. */
  readonly events?: readonly Type[]
  /** Only events that it lets through are told, and count. It sees copies. */
  readonly where?: NoInfer<(event: TraceEvent<Type>) => boolean>
  /** What a traced process spawns is traced, too (set_on_spawn). */
  readonly onSpawn?: 'inherit'
  /** What a traced process links itself to is traced, too (set_on_link). */
  readonly onLink?: 'inherit'
  /** How many events may be told before the trace ends, in all, or within a time; default 1,000. `Infinity` for no limit. */
  readonly limit?: number | TraceRate
}

/** A trace that tells somebody; one without is iterated over. */
export interface ToldTraceOptions<Type extends TraceEventType = TraceEventType> extends TraceOptions<Type> {
  /**
   * Who gets the events. A function is called at once, on the stack of what it is told of, so that the last event before a program hangs is seen, too; keep it
   * short. What it does is not traced.
   */
  readonly to: NoInfer<TraceTo<Type>>
}

/** Options whose types are forgotten. */
export interface AnyTraceOptions extends Omit<TraceOptions, 'events' | 'where'> {
  readonly events?: readonly TraceEventType[]
  readonly where?: (event: never) => unknown
  readonly to?: AnyPid | ((event: never) => unknown)
}

const kinds: { readonly [Type in keyof TraceDetails]: true } = {
  send: true,
  receive: true,
  spawn: true,
  spawned: true,
  exit: true,
  link: true,
  linked: true,
  unlink: true,
  unlinked: true,
  monitor: true,
  demonitor: true,
  register: true,
  unregister: true,
  call: true,
  returnFrom: true,
  exceptionFrom: true,
  turn: true,
}

const usual = Object.keys(kinds).filter((kind) => kind !== 'turn') as readonly TraceEventType[]
const usualLimit = 1000

/** A trace as it was asked for, its types forgotten. */
export interface TraceSettings {
  readonly wants: ReadonlySet<TraceEventType>
  readonly where: ((event: TraceEvent) => unknown) | null
  /** Those chosen by hand; null if they are chosen by a rule. */
  readonly chosen: readonly ProcessRecord[] | null
  readonly existing: boolean
  readonly coming: boolean
  readonly picks: ((info: ProcessInfo) => unknown) | null
  readonly onSpawn: boolean
  readonly onLink: boolean
  readonly limit: number | TraceRate
  readonly to: ProcessRecord | ((event: TraceEvent | TraceEnd) => unknown) | null
}

/** @throws `trace.bad_option`, `pid.bad` */
export function toSettings(kernel: Kernel, options: AnyTraceOptions): TraceSettings {
  const { processes, where, onSpawn, onLink, limit = usualLimit } = options
  const { events = usual } = options
  if (!Array.isArray(events) || !events.every((kind) => typeof kind === 'string' && Object.hasOwn(kinds, kind)))
    throw bad('events', events, `a list of: ${Object.keys(kinds).join(', ')}`)
  if (where !== undefined && typeof where !== 'function') throw bad('where', where, 'a function')
  if (onSpawn !== undefined && onSpawn !== 'inherit') throw bad('onSpawn', onSpawn, "'inherit'")
  if (onLink !== undefined && onLink !== 'inherit') throw bad('onLink', onLink, "'inherit'")
  if (!isLimit(limit)) throw bad('limit', limit, 'a number from 1 up, or { events, perMs } of such numbers')
  const rules = ['all', 'existing', 'new']
  const isRule = typeof processes === 'string' && rules.includes(processes)
  if (!isRule && typeof processes !== 'function' && !Array.isArray(processes))
    throw bad('processes', processes, "'all', 'existing', 'new', a list of pids and names, or a function")
  return {
    wants: new Set(events),
    where: (where as TraceSettings['where'] | undefined) ?? null,
    chosen: Array.isArray(processes) ? toRecords(kernel, processes) : null,
    existing: processes === 'all' || processes === 'existing' || typeof processes === 'function',
    coming: processes === 'all' || processes === 'new' || typeof processes === 'function',
    picks: typeof processes === 'function' ? processes : null,
    onSpawn: onSpawn === 'inherit',
    onLink: onLink === 'inherit',
    limit,
    to: toTarget(kernel, options.to) as TraceSettings['to'],
  }
}

function isLimit(limit: unknown): limit is number | TraceRate {
  const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 1
  if (typeof limit !== 'object' || limit === null) return isCount(limit)
  return isCount((limit as TraceRate).events) && isCount((limit as TraceRate).perMs)
}

function toRecords(kernel: Kernel, processes: readonly unknown[]): ProcessRecord[] {
  const records = new Set<ProcessRecord>()
  for (const each of processes) {
    if (!(each instanceof Pid) && typeof each !== 'string') throw bad('processes', each, 'a pid or a registered name')
    const record = typeof each === 'string' ? (kernel.names.get(each) ?? null) : kernel.local(each)
    if (record === 'remote') throw bad('processes', each, 'a process of this node')
    if (record?.lives === true) records.add(record)
  }
  return [...records]
}

/** Who gets events, of a trace or a system monitor. @throws `trace.bad_option` */
export function toTarget<Event>(
  kernel: Kernel,
  to: AnyPid | ((event: Event) => unknown) | undefined,
): ProcessRecord | ((event: Event) => unknown) | null {
  if (to === undefined || typeof to === 'function') return to ?? null
  const record = to instanceof Pid ? kernel.local(to) : null
  if (record === null || record === 'remote' || !record.lives)
    throw bad('to', to, 'a function or the pid of a live process of this node')
  return record
}

function bad(option: string, value: unknown, wanted: string): Error {
  return coreError('trace.bad_option', { option, value: describeValue(value), wanted })
}

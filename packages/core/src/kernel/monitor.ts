/**
 * One monitor.
 *
 * While it is set it stands in two lists, that of its watcher and that of the process that it is set on, and its ref holds it: taking it away
 * needs no table. It is its own signal on the way to its target.
 *
 *     monitor() ──► in the watcher's list ──(in its turn)──► in the target's list ──death──► DownSignal ──► ended
 *                              └────────── demonitor(), or the watcher's death, at any time ─────────────► ended
 */
import { coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import type { ProcessRecord } from './process-record.ts'
import type { NameAddress } from './router.ts'
import { Signal } from './signal.ts'

/**
 * How long the alias of a monitor lasts: until `unalias` says so, until the monitor ends (by `demonitor` or its DOWN), or until then or the first message
 * that comes through it, which also ends the monitor (erlang:monitor/3).
 */
export type MonitorAlias = 'explicitUnalias' | 'demonitor' | 'replyDemonitor'

const aliases: ReadonlySet<unknown> = new Set<MonitorAlias>(['explicitUnalias', 'demonitor', 'replyDemonitor'])

/** What only some monitors have. */
export interface MonitorTerms {
  /** The type of its DOWN message. */
  readonly tag?: string | undefined
  readonly alias?: MonitorAlias | undefined
  /** Takes the place of the `Down` message when the kernel itself, or a behaviour, watches. */
  readonly onDown?: ((reason: ExitReason) => void) | undefined
}

/** Only what is used of the options that somebody gave, as it is now. Null for nothing special. @throws `monitor.bad_option` */
export function toTerms(options: Pick<MonitorTerms, 'tag' | 'alias'> | undefined): MonitorTerms | null {
  if (options === undefined) return null
  const { tag, alias } = options
  if (tag !== undefined && typeof tag !== 'string')
    throw coreError('monitor.bad_option', { name: 'tag', value: typeof tag })
  if (alias !== undefined && !aliases.has(alias))
    throw coreError('monitor.bad_option', { name: 'alias', value: String(alias) })
  return tag === undefined && alias === undefined ? null : { tag, alias }
}

export class Monitor extends Signal {
  readonly watcher: AnyPid
  readonly ref: Ref
  /** How the watcher named the process; its DOWN names it the same way. */
  readonly by: AnyPid | NameAddress
  readonly terms: MonitorTerms | null
  /** The process that it is set on, once it is. */
  on: ProcessRecord | null = null
  /** Taken away, or told: nothing comes of it any more. */
  ended = false
  /** Neighbours among what its watcher monitors: a ring, as every list here, so that one alone is its own neighbour. */
  earlierOfWatcher: Monitor = this
  laterOfWatcher: Monitor = this
  /** Neighbours among those set on the same process. */
  earlierOfTarget: Monitor = this
  laterOfTarget: Monitor = this

  constructor(watcher: AnyPid, ref: Ref, by: AnyPid | NameAddress, terms: MonitorTerms | null) {
    super()
    this.watcher = watcher
    this.ref = ref
    this.by = by
    this.terms = terms
  }

  /** Its turn has come at its target. */
  handle(receiver: ProcessRecord): boolean {
    receiver.kernel.monitors.watched(receiver, this)
    return false
  }

  override orphaned(receiver: ProcessRecord): void {
    receiver.kernel.monitors.tell(this, 'noproc')
  }
}

/** What a process monitors, in order of setting. It knows the last, whose neighbour on the other side is the first. */
export class Watching {
  #last: Monitor | null = null
  size = 0

  add(monitor: Monitor): void {
    const last = this.#last
    this.#last = monitor
    this.size++
    if (last === null) return
    monitor.earlierOfWatcher = last
    monitor.laterOfWatcher = last.laterOfWatcher
    last.laterOfWatcher.earlierOfWatcher = monitor
    last.laterOfWatcher = monitor
  }

  /** Takes out one that stands here. */
  delete(monitor: Monitor): void {
    const { earlierOfWatcher: earlier, laterOfWatcher: later } = monitor
    this.size--
    if (this.#last === monitor) this.#last = earlier === monitor ? null : earlier
    if (earlier === monitor) return
    earlier.laterOfWatcher = later
    later.earlierOfWatcher = earlier
    monitor.earlierOfWatcher = monitor.laterOfWatcher = monitor
  }

  *[Symbol.iterator](): Iterator<Monitor> {
    const last = this.#last
    if (last === null) return
    for (let monitor = last.laterOfWatcher, later; ; monitor = later) {
      later = monitor.laterOfWatcher
      yield monitor
      if (monitor === last) return
    }
  }
}

/** The monitors that are set on a process, in order of setting. */
export class WatchedBy {
  #last: Monitor | null = null

  add(monitor: Monitor): void {
    const last = this.#last
    this.#last = monitor
    if (last === null) return
    monitor.earlierOfTarget = last
    monitor.laterOfTarget = last.laterOfTarget
    last.laterOfTarget.earlierOfTarget = monitor
    last.laterOfTarget = monitor
  }

  /** Takes out one that stands here. */
  delete(monitor: Monitor): void {
    const { earlierOfTarget: earlier, laterOfTarget: later } = monitor
    if (this.#last === monitor) this.#last = earlier === monitor ? null : earlier
    if (earlier === monitor) return
    earlier.laterOfTarget = later
    later.earlierOfTarget = earlier
    monitor.earlierOfTarget = monitor.laterOfTarget = monitor
  }

  *[Symbol.iterator](): Iterator<Monitor> {
    const last = this.#last
    if (last === null) return
    for (let monitor = last.laterOfTarget, later; ; monitor = later) {
      later = monitor.laterOfTarget
      yield monitor
      if (monitor === last) return
    }
  }
}

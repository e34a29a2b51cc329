/**
 * Suspending a process (erlang:suspend_process/2).
 *
 *     suspend ──► messages wait, answers, timers and promises are held; links, monitors, exits, questions act ──► resume ──► it goes on
 *
 * One that is suspended handles signals and runs none of its code. What came meanwhile it gets in the order in which that came, once nobody
 * suspends it any more. Each suspender counts for itself, and its death ends all that it suspends.
 */
import { coreError } from '../errors.ts'
import type { AnyPid } from '../identity/pid.ts'
import { wantPid } from '../identity/wanted.ts'
import { BusyPeer } from './busy-peers.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessRecord } from './process-record.ts'
import { flood } from './scheduler.ts'
import type { Signal } from './signal.ts'

/** A signal that would have resumed the code of a suspended process. */
interface Held {
  readonly signal: Signal
  /** What was in the mailbox before it. */
  readonly mark: number
}

/** A process's part in suspensions, on either side. */
export class Suspension {
  /** Whom it suspends, and how many times. */
  readonly of: Map<ProcessRecord, number> = new Map()
  /** Who suspends it: processes, and peers that it has sent too much. */
  readonly by: Set<ProcessRecord | BusyPeer> = new Set()
  /** In the order in which they came. */
  held: Held[] = []
  /** Where in the mailbox that begins which came while it was suspended. */
  mark = 0
}

/** Keeps a signal until its receiver goes on. */
export function hold(receiver: ProcessRecord, signal: Signal): false {
  suspensionOf(receiver).held.push({ signal, mark: endOf(receiver) })
  return false
}

export class Suspensions {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /**
   * What was sent to the process before is handled first; messages among it wait.
   *
   * @returns false if it was suspended by the same process already, and that was not wanted.
   * @throws `suspend.itself`, `suspend.no_process`, `pid.bad`
   */
  suspend(by: ProcessRecord, pid: AnyPid, unlessSuspending: boolean): boolean {
    wantPid('suspend', pid)
    if (pid === by.pid) throw coreError('suspend.itself')
    const record = this.#kernel.local(pid)
    if (record === null || record === 'remote' || !record.lives || !record.visible)
      throw coreError('suspend.no_process', { pid: String(pid) })
    const { of } = suspensionOf(by)
    const times = of.get(record) ?? 0
    if (times > 0 && unlessSuspending) return false
    of.set(record, times + 1)
    this.hold(record, by)
    record.fetch()
    if (record.lives) return true
    throw coreError('suspend.no_process', { pid: String(pid) })
  }

  /** From its next step on the process is suspended by `holder`. */
  hold(record: ProcessRecord, holder: ProcessRecord | BusyPeer): void {
    const suspension = suspensionOf(record)
    suspension.by.add(holder)
    if (record.suspended) return
    suspension.mark = endOf(record)
    record.suspended = true
  }

  /** `holder` suspends it no longer. */
  letGo(record: ProcessRecord, holder: ProcessRecord | BusyPeer): void {
    const suspension = suspensionOf(record)
    suspension.by.delete(holder)
    if (suspension.by.size === 0) this.#goOn(record, suspension)
  }

  /** @throws `resume.not_suspended`, `pid.bad` */
  resume(by: ProcessRecord, pid: AnyPid): void {
    wantPid('resume', pid)
    const record = this.#kernel.local(pid)
    const mine = by.belongings?.suspension ?? null
    const times = (record === 'remote' || record === null ? undefined : mine?.of.get(record)) ?? 0
    if (times === 0) throw coreError('resume.not_suspended', { pid: String(pid) })
    if (times > 1) mine!.of.set(record as ProcessRecord, times - 1)
    else this.#lift(by, record as ProcessRecord)
  }

  /** A process has died: it suspends nobody any more, and is suspended by nobody. */
  release(record: ProcessRecord, suspension: Suspension): void {
    for (const holder of suspension.by) {
      if (holder instanceof BusyPeer) holder.held.delete(record)
      else suspensionOf(holder).of.delete(record)
    }
    suspension.by.clear()
    suspension.held = []
    for (const other of suspension.of.keys()) this.#lift(record, other)
  }

  #lift(by: ProcessRecord, record: ProcessRecord): void {
    suspensionOf(by).of.delete(record)
    this.letGo(record, by)
  }

  /** Messages, and what resumes code, arrive once more, in front of what has not been handled yet. */
  #goOn(record: ProcessRecord, suspension: Suspension): void {
    record.putBack(takeBack(record, suspension))
    suspension.held = []
    record.suspended = false
    record.attention = true
    const { scheduler } = this.#kernel
    if (record.mailboxLength >= flood) scheduler.hurry(record)
    else scheduler.enqueue(record)
  }
}

/** What came while it was suspended, in that order, out of the mailbox. */
function takeBack(record: ProcessRecord, { held, mark }: Suspension): unknown[] {
  const { saved } = record
  if (saved === null) return held.map(({ signal }) => signal)
  const items: unknown[] = []
  let next = 0
  const end = saved.end
  for (let position = Math.max(saved.start, mark); position < end; position++) {
    while (next < held.length && held[next]!.mark <= position) items.push(held[next++]!.signal)
    if (saved.at(position) !== undefined) items.push(record.again(position))
  }
  for (; next < held.length; next++) items.push(held[next]!.signal)
  return items
}

function endOf({ saved }: ProcessRecord): number {
  return saved === null ? 0 : saved.end
}

function suspensionOf(record: ProcessRecord): Suspension {
  return (record.belong().suspension ??= new Suspension())
}

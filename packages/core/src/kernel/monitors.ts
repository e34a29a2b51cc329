/**
 * Monitors: one way, each counted, each firing once at most.
 *
 * A monitor by name is resolved once, when its signal is handled; its DOWN names the process the way it was named.
 */
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import { ownReason } from './deaths.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessRecord } from './process-record.ts'
import type { NameAddress } from './router.ts'
import { DownSignal, MonitorSignal } from './signal.ts'

/**
 * How long the alias of a monitor lasts: until `unalias` says so, until the monitor ends (by `demonitor` or its DOWN), or until then or the first message
 * that comes through it, which also ends the monitor (erlang:monitor/3).
 */
export type MonitorAlias = 'explicitUnalias' | 'demonitor' | 'replyDemonitor'

export interface MonitorEntry {
  readonly signal: MonitorSignal
  /** The type of its DOWN message. */
  readonly tag?: string | undefined
  readonly alias?: MonitorAlias | undefined
  /** Takes the place of the `Down` message when the kernel itself, or a behaviour, watches. */
  readonly onDown: ((down: DownSignal) => void) | null
}

export class Monitors {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** @param target a pid, or a name with its node. */
  monitor(
    record: ProcessRecord,
    target: AnyPid | NameAddress,
    ref: Ref,
    { onDown = null, tag, alias }: Partial<Omit<MonitorEntry, 'signal'>> = {},
  ): void {
    const watched = this.#kernel.locate(target)
    // Of itself there is a ref and no monitor (erlang:monitor/2).
    if (alias !== undefined) this.#kernel.aliases.activate(record, ref, alias)
    if (watched === record) return
    const signal = new MonitorSignal(record.pid, ref, target)
    ;(record.monitors ??= new Map<Ref, MonitorEntry>()).set(ref, { signal, onDown, tag, alias })
    if (watched === 'remote') {
      this.#kernel.peers.relate(record, target.node)
      this.#kernel.peers.route(target.node, { op: 'monitor', from: record.pid, to: target, ref })
    } else if (watched === null) this.#kernel.push(record, new DownSignal(ref, target, 'noproc'))
    else this.place(watched, signal)
  }

  /** Sets the monitor on its target, now or in its turn. */
  place(target: ProcessRecord, signal: MonitorSignal): void {
    if (this.#kernel.mayAct(target)) this.watched(target, signal)
    else this.#kernel.push(target, signal)
  }

  /** @returns whether there was a monitor to end. No DOWN for it will be handled after this. */
  demonitor(record: ProcessRecord, ref: Ref): boolean {
    const entry = record.monitors?.get(ref)
    if (entry === undefined) return false
    record.monitors!.delete(ref)
    if (entry.alias !== undefined && entry.alias !== 'explicitUnalias') this.#kernel.aliases.end(record, ref)
    const { by } = entry.signal
    if (this.#kernel.locate(by) === 'remote')
      this.#kernel.peers.route(by.node, { op: 'demonitor', from: record.pid, to: by, ref })
    else this.lift(entry.signal)
    return true
  }

  /** Takes a monitor off its target, wherever its signal has got to. */
  lift(signal: MonitorSignal): void {
    signal.lifted = true
    signal.on?.watchers?.delete(signal.ref)
    signal.on = null
  }

  watched(receiver: ProcessRecord, signal: MonitorSignal): void {
    if (signal.lifted) return
    signal.on = receiver
    ;(receiver.watchers ??= new Map<Ref, MonitorSignal>()).set(signal.ref, signal)
  }

  /** The watcher's turn has come. A monitor that was taken away in the meantime says nothing. */
  down(receiver: ProcessRecord, ref: Ref, from: AnyPid | NameAddress, reason: ExitReason): boolean {
    const entry = receiver.monitors?.get(ref)
    if (entry === undefined) return false
    receiver.monitors!.delete(ref)
    if (entry.alias !== undefined && entry.alias !== 'explicitUnalias') this.#kernel.aliases.end(receiver, ref)
    if (entry.onDown !== null) {
      entry.onDown(new DownSignal(ref, from, ownReason(reason)))
      return false
    }
    if (receiver.phase !== 'alive') return false
    const down = { type: entry.tag ?? 'down', ref, process: from, reason: ownReason(reason) }
    return receiver.body.message(receiver, down)
  }

  tell(signal: MonitorSignal, reason: ExitReason): void {
    if (signal.lifted) return
    signal.on = null
    const watcher = this.#kernel.local(signal.watcher)
    if (watcher === 'remote') {
      this.#kernel.peers.unwatched(signal)
      this.#kernel.peers.route(signal.watcher.node, {
        op: 'down',
        from: signal.by,
        to: signal.watcher,
        ref: signal.ref,
        reason,
      })
    } else if (watcher !== null) this.#kernel.push(watcher, new DownSignal(signal.ref, signal.by, reason))
  }

  announce(record: ProcessRecord, reason: ExitReason): void {
    const watchers = record.watchers
    if (watchers === null) return
    record.watchers = null
    for (const signal of watchers.values()) this.tell(signal, reason)
  }

  /** A dying process watches nobody any more. */
  release(record: ProcessRecord): void {
    if (record.monitors === null) return
    for (const ref of [...record.monitors.keys()]) this.demonitor(record, ref)
    record.monitors = null
  }
}

/**
 * Monitors: one way, each counted, each firing once at most.
 *
 * A monitor by name is resolved once, when its signal is handled; its DOWN names the process the way it was named.
 */
import { coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import { Pid, type AnyPid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import { wantRef } from '../identity/wanted.ts'
import { ActiveAlias } from './aliases.ts'
import { ownReason } from './deaths.ts'
import type { Kernel } from './kernel.ts'
import { Monitor, WatchedBy, Watching, type MonitorTerms } from './monitor.ts'
import type { ProcessRecord } from './process-record.ts'
import type { NameAddress } from './router.ts'
import { DownSignal } from './signal.ts'

export class Monitors {
  readonly #kernel: Kernel
  readonly #limit: number

  /** @param limit how many monitors a process can have at once. */
  constructor(kernel: Kernel, limit: number) {
    this.#kernel = kernel
    this.#limit = limit
  }

  /**
   * @param target a pid, or a name with its node.
   * @throws `monitor.too_many`
   */
  monitor(record: ProcessRecord, target: AnyPid | NameAddress, ref: Ref, terms: MonitorTerms | null = null): void {
    const watched = this.#kernel.locate(target)
    // Of itself there is a ref, and neither a monitor nor an alias (erlang:monitor/3).
    if (watched === record) return
    if (record.monitors !== null && record.monitors.size >= this.#limit && record.visible) this.#refuse(record)
    const monitor = this.#watch(record, ref, target, terms)
    if (record.traced) this.#kernel.tracing?.tell(record, 'monitor', { target, ref })
    if (watched === 'remote') {
      this.#kernel.peers.relate(record, target.node)
      this.#kernel.peers.say(target.node, { op: 'monitor', from: record.pid, to: target, ref }, record.pid)
    } else if (watched === null) this.#kernel.push(record, new DownSignal(monitor, 'noproc'))
    else if (this.#kernel.mayAct(watched)) this.watched(watched, monitor)
    else this.#kernel.push(watched, monitor)
  }

  /** Notes a monitor that is set on the other side already: of a process that was born with it, on another node. */
  adopt(record: ProcessRecord, ref: Ref, target: AnyPid, terms: MonitorTerms | null): void {
    this.#watch(record, ref, target, terms)
  }

  #watch(record: ProcessRecord, ref: Ref, target: AnyPid | NameAddress, terms: MonitorTerms | null): Monitor {
    const monitor = new Monitor(record.pid, ref, target, terms)
    ;(record.monitors ??= new Watching()).add(monitor)
    ref.holds = monitor
    if (terms !== null && terms.alias !== undefined) this.#kernel.aliases.activate(record, ref, terms.alias, monitor)
    return monitor
  }

  #refuse(record: ProcessRecord): never {
    this.#kernel.limitsMet.refusedMonitors++
    throw coreError('monitor.too_many', { pid: String(record.pid), limit: this.#limit })
  }

  /**
   * @returns whether there was a monitor to end. No DOWN for it will be handled after this.
   * @throws `ref.bad`
   */
  demonitor(record: ProcessRecord, ref: Ref): boolean {
    wantRef('demonitor', ref)
    const monitor = this.find(record, ref)
    if (monitor === null) return false
    if (record.traced) this.#kernel.tracing?.tell(record, 'demonitor', { target: monitor.by, ref })
    this.#end(record, monitor)
    if (monitor.on !== null) this.lift(monitor)
    else if (this.#kernel.locate(monitor.by) === 'remote')
      this.#kernel.peers.say(monitor.by.node, { op: 'demonitor', from: record.pid, to: monitor.by, ref }, record.pid)
    return true
  }

  /** The monitor that a process has under this ref. */
  find(record: ProcessRecord, ref: Ref): Monitor | null {
    const held = ref.holds
    const monitor = held instanceof ActiveAlias ? held.monitor : held
    return monitor instanceof Monitor && monitor.watcher === record.pid ? monitor : null
  }

  /** On the watcher's side a monitor is over. */
  #end(record: ProcessRecord, monitor: Monitor): void {
    const { ref, terms } = monitor
    monitor.ended = true
    record.monitors!.delete(monitor)
    if (ref.holds === monitor) {
      ref.holds = null
      return
    }
    this.#kernel.aliases.outlive(ref)
    if (terms?.alias !== 'explicitUnalias') this.#kernel.aliases.end(record, ref)
  }

  /** Takes a monitor off its target, wherever its signal has got to. */
  lift(monitor: Monitor): void {
    monitor.ended = true
    monitor.on?.watchers!.delete(monitor)
    monitor.on = null
  }

  watched(receiver: ProcessRecord, monitor: Monitor): void {
    if (monitor.ended) return
    monitor.on = receiver
    ;(receiver.watchers ??= new WatchedBy()).add(monitor)
  }

  /** The watcher's turn has come. A monitor that was taken away in the meantime says nothing. */
  down(receiver: ProcessRecord, monitor: Monitor, reason: ExitReason): boolean {
    if (monitor.ended) return false
    this.#end(receiver, monitor)
    const { ref, by: process, terms } = monitor
    if (terms?.onDown !== undefined) {
      terms.onDown(ownReason(reason))
      return false
    }
    return receiver.lives && receiver.hear({ type: terms?.tag ?? 'down', ref, process, reason: ownReason(reason) })
  }

  /** Tells the watcher that its target has ended, or is not there. @param target who it was, if its address does not say. */
  tell(monitor: Monitor, reason: ExitReason, target: AnyPid | null = null): void {
    if (monitor.ended) return
    monitor.on = null
    const { watcher: to, by: from, ref } = monitor
    const watcher = this.#kernel.local(to)
    if (watcher === 'remote') {
      monitor.ended = true
      this.#kernel.peers.unwatched(monitor)
      this.#kernel.peers.route(to.node, { op: 'down', from, to, ref, reason }, from instanceof Pid ? from : target)
    } else if (watcher !== null) this.#kernel.push(watcher, new DownSignal(monitor, reason))
  }

  announce(record: ProcessRecord, reason: ExitReason): void {
    const watchers = record.watchers
    if (watchers === null) return
    record.watchers = null
    for (const monitor of watchers) {
      monitor.earlierOfTarget = monitor.laterOfTarget = monitor
      this.tell(monitor, reason, record.pid)
    }
  }

  /** A dying process watches nobody any more. */
  release(record: ProcessRecord): void {
    const watching = record.monitors
    if (watching !== null) for (const monitor of watching) this.demonitor(record, monitor.ref)
  }
}

/**
 * Signals: what goes from process to process besides plain messages.
 *
 * Every signal, whatever its kind, takes its turn in the receiver's inbox, so that all signals between two processes arrive in
 * the order of sending (Erlang reference manual, "Delivery of Signals"). A message is stored bare; an instance of `Signal` is
 * handled by the kernel. A user's message can never be one: the copy at send refuses class instances.
 */
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { Alias } from '../identity/ref.ts'
import { stillborn } from './link-set.ts'
import type { Monitor } from './monitor.ts'
import type { ProcessRecord } from './process-record.ts'
import { hold } from './suspension.ts'

/**
 * Something that takes its turn in an inbox and then acts on the receiver.
 *
 * `handle` runs on the receiver's turn, while it lives or is on its way out. It says true when it resumed an async body, which
 * must then run before any other signal is handled.
 */
export abstract class Signal {
  abstract handle(receiver: ProcessRecord): boolean

  /** Whether it ends up in the mailbox because somebody sent it there, and so counts against the mailbox limit. */
  isMessageTo(_receiver: ProcessRecord): boolean {
    return false
  }

  /** The receiver died with this signal still unhandled: what a signal to a dead process means. */
  orphaned(_receiver: ProcessRecord): void {}
}

/** erlang:exit/2. `from` is null when code outside any process sent it. */
export class ExitSignal extends Signal {
  readonly from: AnyPid | null
  readonly reason: ExitReason

  constructor(from: AnyPid | null, reason: ExitReason) {
    super()
    this.from = from
    this.reason = reason
  }

  handle(receiver: ProcessRecord): boolean {
    return receiver.kernel.deaths.exitSignal(receiver, this.from, this.reason)
  }
}

/** A linked process ended, or its node was lost. Acts only while the link is active on the receiver's side. */
export class LinkExitSignal extends Signal {
  readonly from: AnyPid
  readonly reason: ExitReason

  constructor(from: AnyPid, reason: ExitReason) {
    super()
    this.from = from
    this.reason = reason
  }

  handle(receiver: ProcessRecord): boolean {
    return receiver.kernel.links.exited(receiver, this.from, this.reason)
  }
}

/** Nobody was there to link to. */
export class StillbornSignal extends LinkExitSignal {
  constructor(from: AnyPid) {
    super(from, 'noproc')
  }

  override handle(receiver: ProcessRecord): boolean {
    return receiver.kernel.links.exited(receiver, this.from, this.reason, stillborn)
  }
}

export class LinkSignal extends Signal {
  readonly from: AnyPid

  constructor(from: AnyPid) {
    super()
    this.from = from
  }

  handle(receiver: ProcessRecord): boolean {
    receiver.kernel.links.linked(receiver, this.from)
    return false
  }

  override orphaned(receiver: ProcessRecord): void {
    receiver.kernel.links.refuse(receiver.pid, this.from)
  }
}

export class UnlinkSignal extends Signal {
  readonly from: AnyPid
  readonly id: number

  constructor(from: AnyPid, id: number) {
    super()
    this.from = from
    this.id = id
  }

  handle(receiver: ProcessRecord): boolean {
    receiver.kernel.links.unlinked(receiver, this.from, this.id)
    return false
  }

  override orphaned(receiver: ProcessRecord): void {
    receiver.kernel.links.acknowledge(receiver.pid, this.from, this.id)
  }
}

export class UnlinkAckSignal extends Signal {
  readonly from: AnyPid
  readonly id: number

  constructor(from: AnyPid, id: number) {
    super()
    this.from = from
    this.id = id
  }

  handle(receiver: ProcessRecord): boolean {
    receiver.kernel.links.acknowledged(receiver, this.from, this.id)
    return false
  }
}

/** The end of what a process monitors, on its way to the watcher. */
export class DownSignal extends Signal {
  readonly monitor: Monitor
  readonly reason: ExitReason

  constructor(monitor: Monitor, reason: ExitReason) {
    super()
    this.monitor = monitor
    this.reason = reason
  }

  handle(receiver: ProcessRecord): boolean {
    return receiver.kernel.monitors.down(receiver, this.monitor, this.reason)
  }
}

/** A message sent to an alias: it is checked when it is handled, not when it was sent. */
export class AliasMessage extends Signal {
  readonly alias: Alias<unknown>
  readonly message: unknown

  constructor(alias: Alias<unknown>, message: unknown) {
    super()
    this.alias = alias
    this.message = message
  }

  handle(receiver: ProcessRecord): boolean {
    return receiver.kernel.aliases.arrived(receiver, this.alias, this.message)
  }

  override isMessageTo(): boolean {
    return true
  }
}

/** A timer of the runtime or a foreign promise settled: the receiver may go on. */
export class WakeSignal extends Signal {
  readonly wake: () => void
  readonly era: number | null

  /** @param era the body's when the wait began: what has become another function since is not woken. */
  constructor(wake: () => void, era: number | null = null) {
    super()
    this.wake = wake
    this.era = era
  }

  handle(receiver: ProcessRecord): boolean {
    if (!receiver.lives || (this.era !== null && this.era !== receiver.body.era)) return false
    if (receiver.suspended) return hold(receiver, this)
    this.wake()
    return true
  }
}

/** The receiver lets others go first. One that was sent in the midst of its turn ends that: the others come before the next. */
export class YieldSignal extends WakeSignal {
  private endsTurn: boolean

  constructor(wake: () => void, era: number, endsTurn: boolean) {
    super(wake, era)
    this.endsTurn = endsTurn
  }

  override handle(receiver: ProcessRecord): boolean {
    if (!this.endsTurn || !receiver.lives) return super.handle(receiver)
    this.endsTurn = false
    receiver.kernel.push(receiver, this)
    return true
  }
}

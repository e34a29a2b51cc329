/**
 * A process as data.
 *
 * The record holds what the kernel knows of one process and nothing of how it is driven: the scheduler gives it turns, the body
 * says what a message means. Tables that few processes need are made when first used.
 *
 *     alive ──die──► exiting (owned resources are closing, nobody has been told) ──announce──► dead
 */
import type { AnyPid } from '../identity/pid.ts'
import type { Alias } from '../identity/ref.ts'
import type { Body } from './body.ts'
import type { Kernel } from './kernel.ts'
import { Inbox, nothing } from './mailbox.ts'
import type { LinkSet } from './link-set.ts'
import type { WatchedBy, Watching } from './monitor.ts'
import { ExitSignal, LinkExitSignal, Signal } from './signal.ts'
import type { Request } from './request.ts'
import { Ring } from './ring.ts'
import type { Scheduler } from './scheduler.ts'
import type { TimerEntry } from '../timers/timer-queue.ts'

export type Phase = 'alive' | 'exiting' | 'dead'

/** What only some processes have. */
export interface Belongings {
  timers: Set<TimerEntry> | null
  aliases: Set<Alias<unknown>> | null
  owned: Closable[] | null
  abort: AbortController | null
  /** Nodes that the process has links, monitors or watchers on. */
  peers: Set<string> | null
  label: unknown
}

/** Something that `self.own` closes at death. */
export type Closable = Disposable | AsyncDisposable | { close(): unknown }

export class ProcessRecord {
  readonly kernel: Kernel
  readonly pid: AnyPid
  readonly body: Body
  readonly inbox: Inbox = new Inbox()
  /** Messages that were handled and not received yet, in order of arrival. */
  saved: Ring<unknown> | null = null
  phase: Phase = 'alive'
  /** Stands in the run queue. */
  queued = false
  trapsExits = false
  /** Signals that it may handle in one turn: few, for one whose handlers turned out slow. */
  allowance = 16
  /** Listed, counted and reported; false for the kernel's own. */
  visible = true
  name: string | null = null
  readonly parent: AnyPid | null
  /** The first of the group that this process was born into: what the leader spawned, and those, belong to it (group leader). */
  leader: AnyPid | null = null
  readonly mailboxLimit: number
  links: LinkSet | null = null
  /** What it monitors. */
  monitors: Watching | null = null
  /** The monitors that are set on it. */
  watchers: WatchedBy | null = null
  /** Head of the list of requests that this process has and has not answered. */
  incoming: Request | null = null
  /** Head of the list of requests that this process waits for. */
  outgoing: Request | null = null
  belongings: Belongings | null = null

  constructor(kernel: Kernel, pid: AnyPid, body: Body, parent: AnyPid | null, mailboxLimit: number) {
    this.kernel = kernel
    this.pid = pid
    this.body = body
    this.parent = parent
    this.mailboxLimit = mailboxLimit
  }

  /** Messages that wait, handled or not. */
  get mailboxLength(): number {
    return this.inbox.size + (this.saved === null ? 0 : this.saved.size)
  }

  belong(): Belongings {
    return (this.belongings ??= {
      timers: null,
      aliases: null,
      owned: null,
      abort: null,
      peers: null,
      label: undefined,
    })
  }

  save(message: unknown): void {
    ;(this.saved ??= new Ring()).push(message)
  }

  /**
   * Takes the process's turn: handles what is in the inbox, as long as the scheduler gives credit.
   *
   * @returns true when an async body was resumed: it must run before anything else is handled.
   */
  turn(scheduler: Scheduler): boolean {
    scheduler.credit--
    if (this.body.begin(this)) return true
    for (let left = this.allowance; this.phase !== 'dead'; left--) {
      const item = this.inbox.shift()
      if (item === nothing || this.handle(item)) return item !== nothing
      if (scheduler.credit-- <= 0) return false
      if (left <= 1) {
        scheduler.usedUp(this)
        return false
      }
    }
    return false
  }

  /** An exit signal that was sent before the process ran for the first time meets no code of it: it is handled first. */
  meetEarlyExit(): void {
    if (this.inbox.some((item) => item instanceof ExitSignal || item instanceof LinkExitSignal)) this.fetch()
  }

  /** Handles everything that has arrived, so that what is asked of the process is in step with what was sent to it before. */
  fetch(): void {
    if (this.inbox.size === 0) return
    this.body.hold()
    for (let left = this.inbox.size; left > 0 && this.phase === 'alive'; left--) this.handle(this.inbox.shift())
  }

  private handle(item: unknown): boolean {
    if (typeof item === 'object' && item instanceof Signal) return item.handle(this)
    return this.phase === 'alive' && this.body.message(this, item)
  }
}

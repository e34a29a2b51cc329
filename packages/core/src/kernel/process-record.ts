/**
 * A process as data.
 *
 * The record holds what the kernel knows of one process and nothing of how it is driven: the scheduler gives it turns, the body
 * says what a message means. Tables that few processes need are made when first used. The operations that its own code may use
 * are added by `process/self.ts`: one object in all.
 *
 *     alive ──die──► exiting (owned resources are closing, nobody has been told) ──announce──► dead
 */
import type { AnyPid } from '../identity/pid.ts'
import type { Alias } from '../identity/ref.ts'
import type { Body } from './body.ts'
import type { Contexts } from './contexts.ts'
import type { Kernel } from './kernel.ts'
import type { LinkSet } from './link-set.ts'
import { Mailbox } from './mailbox.ts'
import { again, hearWithContext } from './message-context.ts'
import type { WatchedBy, Watching } from './monitor.ts'
import { ExitSignal, LinkExitSignal, Signal } from './signal.ts'
import type { Suspension } from './suspension.ts'
import type { Request } from './request.ts'
import type { Scheduler } from './scheduler.ts'
import type { Dictionary } from '../process/dictionary.ts'
import { none } from '../timers/timer-slots.ts'

/** What only some processes have. */
export interface Belongings {
  /** Its own limit; NaN for the node's. */
  mailboxLimit: number
  /** Where its timers are. */
  timerSlot: number
  aliases: Set<Alias<unknown>> | null
  owned: Closable[] | null
  abort: AbortController | null
  /** Nodes that the process has links, monitors or watchers on. */
  peers: Set<string> | null
  label: unknown
  dictionary: Dictionary | null
  /** What it was spawned as, once it has become something else. */
  initialCall: string | null
  /** Which messages a callback body takes now; null for all. */
  takes: ((message: unknown) => boolean) | null
  /** Whom it suspends, and who suspends it. */
  suspension: Suspension | null
  /** What is to be set free at its death, before anyone is told. */
  releases: Set<(pid: AnyPid) => void> | null
  /** How often its reductions have wrapped. */
  wraps: number
  /** What came along with its messages. */
  contexts: Contexts | null
}

/** Something that `self.own` closes at death. */
export type Closable = Disposable | AsyncDisposable | { close(): unknown }

export class ProcessRecord extends Mailbox {
  // What a message touches stands together.
  readonly kernel: Kernel
  /** What it runs: an async function, or callbacks; of these also the state that the last one returned. */
  code: object | null
  state: unknown
  body: Body
  /** When its body was resumed last, by the scheduler's count: until it has run, nothing else is handled. */
  resumedAt = 0
  readonly pid: AnyPid
  name: string | null = null
  readonly parent: AnyPid | null
  /** The first of the group that this process was born into: what the leader spawned, and those, belong to it (group leader). */
  leader: AnyPid | null = null
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

  constructor(kernel: Kernel, pid: AnyPid, body: Body, code: object | null, argument: unknown, parent: AnyPid | null) {
    super()
    this.kernel = kernel
    this.pid = pid
    this.body = body
    this.code = code
    this.state = argument
    this.parent = parent
  }

  belong(): Belongings {
    return (this.belongings ??= {
      mailboxLimit: Number.NaN,
      timerSlot: none,
      aliases: null,
      owned: null,
      abort: null,
      peers: null,
      label: null,
      dictionary: null,
      initialCall: null,
      takes: null,
      suspension: null,
      releases: null,
      wraps: 0,
      contexts: null,
    })
  }

  get mailboxLimit(): number {
    const own = this.belongings === null ? Number.NaN : this.belongings.mailboxLimit
    return own >= 0 ? own : this.kernel.mailboxLimit
  }

  /** Messages that wait, handled or not: {@link mailboxLength} without the signals that arrived and are none. */
  get messagesWaiting(): number {
    return this.arrived === 0 ? this.mailboxLength : this.mailboxLength - this.countArrived(isNoMessage, this)
  }

  /** Something is to be done at its next turn. */
  get runnable(): boolean {
    return !this.isDead && (this.arrived > 0 || this.wantsTurn)
  }

  /**
   * Takes the process's turn: handles what is in the inbox, as long as the scheduler gives credit.
   *
   * @returns true when an async body was resumed: it must run before anything else is handled.
   */
  turn(scheduler: Scheduler): boolean {
    if (this.attention && this.body.begin(this)) return false
    scheduler.credit--
    const { allowance } = this
    let done = 1
    let resumed = false
    while (this.arrived > 0 && !this.isDead) {
      resumed = this.handle(this.takeArrived())
      if (resumed) break
      done++
      if (--scheduler.credit <= 0 && scheduler.endsTurn()) break
      if (done > allowance) {
        scheduler.usedUp(this)
        break
      }
    }
    this.spend(done)
    return resumed
  }

  /** Counts what was done: as much as it took of the scheduler's credit. */
  spend(done: number): void {
    this.reductions = (this.reductions + done) | 0
    if (this.reductions < 0) this.wrap()
  }

  private wrap(): void {
    this.reductions &= 2 ** 31 - 1
    this.belong().wraps++
  }

  /** All that was done, of which {@link reductions} is what is left above a multiple of 2^31. */
  get allReductions(): number {
    return (this.belongings === null ? 0 : this.belongings.wraps) * 2 ** 31 + (this.reductions >>> 0)
  }

  /** An exit signal that was sent before the process ran for the first time meets no code of it: it is handled first. */
  meetEarlyExit(): void {
    if (this.arrived > 0 && this.hasArrived(isExit)) this.fetch()
  }

  /**
   * Handles everything that has arrived, so that what is asked of the process is in step with what was sent to it before. Not while a trace is
   * told of something: that is in the midst of the handling of something else, which later things must not overtake.
   */
  fetch(): void {
    if (this.arrived === 0 || this.kernel.tracing?.isTelling === true || !this.body.hold(this)) return
    for (let left = this.arrived; left > 0 && this.lives; left--) this.handle(this.takeArrived())
  }

  /** A message has its turn: the one way to the body. True when an async body was resumed. */
  hear(message: unknown): boolean {
    return this.isUnseen ? this.body.message(this, message) : this.hearSeen(message)
  }

  private hearSeen(message: unknown): boolean {
    // A suspended process hears it once more, when it goes on.
    if (this.lives && !this.suspended) this.kernel.tracing?.tell(this, 'receive', { message })
    if (!this.lives) return false
    return this.contextual ? hearWithContext(this, message) : this.body.message(this, message)
  }

  /** Takes a message that waits, as it is to arrive once more. */
  again(position: number): unknown {
    return this.contextual ? again(this, position) : this.saved!.take(position)
  }

  private handle(item: unknown): boolean {
    if (typeof item === 'object' && item instanceof Signal) return item.handle(this)
    return this.hear(item)
  }
}

function isNoMessage(item: unknown, receiver: ProcessRecord): boolean {
  return item instanceof Signal && !item.isMessageTo(receiver)
}

function isExit(item: unknown): boolean {
  return item instanceof ExitSignal || item instanceof LinkExitSignal
}

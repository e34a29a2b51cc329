/**
 * The kernel of one node: its tables and queues, and the few operations that all of them share.
 */
import { coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import { identityIn } from '../identity/realm.ts'
import { Pid, type AnyPid, type NodeIdentity } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { checkSpawnable, ModuleRegistry, type Spawnable } from '../modules.ts'
import type { Node } from '../node-interface.ts'
import { Self } from '../process/self.ts'
import type { Report, Reporter } from '../report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { Clock } from '../timers/clock.ts'
import { LongMailboxes } from '../system-monitor/long-mailboxes.ts'
import type { Tracing } from '../tracing/tracing.ts'
import { TimerQueue } from '../timers/timer-queue.ts'
import { Aliases } from './aliases.ts'
import { RunningAsync, type AnyAsync } from './async-body.ts'
import { callbackBody } from './callback-body.ts'
import { noLimitsMet, type LimitsMet } from './counters.ts'
import { crashReport } from './crash-report.ts'
import { Deaths } from './deaths.ts'
import { toLimit } from './limit.ts'
import { Links } from './links.ts'
import { inherit, outgoing } from './message-context.ts'
import { Monitors } from './monitors.ts'
import { Names } from './names.ts'
import { Peers } from './peers.ts'
import { checkPriority, type Priority } from './priority.ts'
import type { ProcessRecord } from './process-record.ts'
import { ProcessTable } from './process-table.ts'
import type { Request } from './request.ts'
import type { NameAddress } from './router.ts'
import { flood, Scheduler } from './scheduler.ts'
import { Signal } from './signal.ts'
import { TurnWatch } from './turn-watch.ts'
import { Suspensions } from './suspension.ts'
import { isThenable } from './thenable.ts'

export interface KernelOptions {
  readonly name: string
  readonly runtime: Runtime
  readonly report: Reporter
  /** Whether reports below a warning reach anybody. */
  readonly hearsInfo: boolean
  readonly processLimit: number
  readonly mailboxLimit: number
  readonly nameLimit: number
  readonly monitorLimit: number
  readonly peerLimit: number
  readonly timerLimit: number
}

export interface SpawnSettings {
  readonly parent?: AnyPid | null
  readonly leads?: boolean | undefined
  readonly name?: string | undefined
  readonly mailboxLimit?: number | undefined
  readonly trapExits?: boolean | undefined
  readonly priority?: Priority | undefined
  readonly visible?: boolean
  /** Makes its pid: a port is one of its own kind. */
  readonly toPid?: (identity: NodeIdentity, id: number) => AnyPid
  /** The second argument of an async function, or that of `init`. */
  readonly argument?: unknown
}

export class Kernel {
  readonly runtime: Runtime
  /** When the node was made, by the runtime's clock. */
  readonly startedMs: number
  readonly identity: NodeIdentity
  readonly scheduler: Scheduler
  readonly clock: Clock
  readonly timers: TimerQueue<Kernel>
  readonly timerLimit: number
  /** Whether reports below a warning reach anybody: else they need not be made. */
  readonly hearsInfo: boolean
  readonly table: ProcessTable
  readonly names: Names
  readonly modules: ModuleRegistry
  readonly links: Links
  readonly monitors: Monitors
  readonly aliases: Aliases
  readonly deaths: Deaths
  readonly peers: Peers
  readonly suspensions: Suspensions
  readonly turns: TurnWatch
  /** What is traced; null as long as nothing is. */
  tracing: Tracing | null = null
  /** What another node may have open here, of each kind. */
  readonly peerLimit: number
  /** How often limits were met. */
  readonly limitsMet: LimitsMet = noLimitsMet()
  /** The public face of this node; set by createNode before anything runs. */
  node!: Node
  /** Processes that are not listed: the outside of the node, and ports. */
  hidden = 0
  readonly mailboxLimit: number
  /** The smallest that any process ever had: below it there is no need to ask for a process's own. */
  #leastMailboxLimit: number
  /** Those that look for long mailboxes; null as long as nobody does. */
  #longMailboxes: LongMailboxes | null = null
  /** Mailboxes up to this length concern nobody. */
  #ofNoConcern: number
  /** Looks for circles of calls; null as long as nobody does. */
  callIntoWaiting: ((request: Request, server: ProcessRecord) => void) | null = null
  requestIds = 0
  refIds = 0
  /** The message over which a callback body crashes just now. Not kept with each process: old objects that hold young ones cost the collector. */
  crashedOver: unknown = undefined
  stopped = false
  /** Stands for the code that is no process; set with the node's public face. */
  outside: ProcessRecord | null = null
  /** What ends with the node. */
  readonly atStop: Set<() => void> = new Set<() => void>()
  readonly #options: KernelOptions
  readonly #endWatchers = new Set<(record: ProcessRecord) => void>()

  constructor(options: KernelOptions) {
    this.#options = options
    this.runtime = options.runtime
    this.startedMs = options.runtime.nowMs()
    this.identity = identityIn(options.runtime.world ?? null, options.name, newIncarnation(options.runtime))
    this.scheduler = new Scheduler(options.runtime)
    this.clock = new Clock(options.runtime)
    this.timers = new TimerQueue(options.runtime, this)
    this.timerLimit = options.timerLimit
    this.hearsInfo = options.hearsInfo
    this.peerLimit = options.peerLimit
    this.mailboxLimit = this.#leastMailboxLimit = this.#ofNoConcern = options.mailboxLimit
    this.table = new ProcessTable(options.processLimit, this.limitsMet)
    this.names = new Names(options.nameLimit, this.limitsMet)
    this.modules = new ModuleRegistry(options.name)
    this.links = new Links(this)
    this.monitors = new Monitors(this, options.monitorLimit)
    this.aliases = new Aliases(this)
    this.deaths = new Deaths(this)
    this.peers = new Peers(this)
    this.suspensions = new Suspensions(this)
    this.turns = new TurnWatch(this.scheduler, options.runtime)
  }

  /** @throws `spawn.bad_body`, `node.stopped`, `name.taken`, `node.too_many_processes` */
  spawn(code: Spawnable, settings: SpawnSettings): ProcessRecord {
    checkSpawnable(code)
    if (this.stopped) throw coreError('node.stopped', { node: this.identity.name })
    const mailboxLimit = toLimit('mailboxLimit', settings.mailboxLimit, this.mailboxLimit)
    if (settings.priority !== undefined) checkPriority(settings.priority)
    if (settings.name !== undefined) this.names.check(settings.name)
    const id = this.table.reserve()
    const pid: AnyPid =
      settings.toPid === undefined ? new Pid(this.identity, id, null) : settings.toPid(this.identity, id)
    const isAsync = typeof code === 'function'
    const record: ProcessRecord = new Self(
      this,
      pid,
      isAsync ? new RunningAsync(code as AnyAsync, settings.argument) : callbackBody,
      code,
      isAsync ? null : settings.argument,
      settings.parent ?? null,
    )
    pid.process = record
    if (mailboxLimit !== this.mailboxLimit) this.limitMailbox(record, mailboxLimit)
    const parent = this.#parentOf(settings)
    record.leader = settings.leads === true ? pid : parent === null ? null : parent.leader
    if (parent !== null && parent.contextual) inherit(record, outgoing(parent))
    this.table.insert(record)
    if (settings.name !== undefined) this.names.register(settings.name, record)
    if (settings.trapExits === true) record.trapsExits = true
    if (settings.priority !== undefined) this.scheduler.rank(record, settings.priority)
    if (settings.visible === false) {
      record.visible = false
      this.hidden++
    }
    if (this.tracing !== null) this.tracing.spawned(record)
    this.scheduler.enqueue(record)
    return record
  }

  limitMailbox(record: ProcessRecord, limit: number): void {
    record.belong().mailboxLimit = limit
    this.#leastMailboxLimit = Math.min(this.#leastMailboxLimit, limit)
    this.#ofNoConcern = Math.min(this.#ofNoConcern, limit)
  }

  #parentOf({ parent = null }: SpawnSettings): ProcessRecord | null {
    const above = parent === null ? null : this.local(parent)
    return above === 'remote' ? null : above
  }

  /** Puts a signal, or a message that was copied already, into an inbox of this node. */
  push(record: ProcessRecord, item: unknown): void {
    if (record.isDead) {
      if (item instanceof Signal) item.orphaned(record)
      return
    }
    record.arrive(item)
    if (record.mailboxLength > this.#ofNoConcern) this.#mayOverflow(record, item)
    if (!record.queued) this.scheduler.enqueue(record)
    else if ((record.arrived & (flood - 1)) === 0) this.scheduler.hurry(record)
  }

  /** Brings a message that was copied already: into the mailbox, or to the body, if nothing waits in front of it. */
  deliver(record: ProcessRecord, message: unknown): void {
    if (record.body === callbackBody || record.arrived > 0 || !record.body.takesAtOnce(record, message))
      this.push(record, message)
    else if (record.mailboxLength > this.#ofNoConcern) this.#mayOverflow(record, message)
  }

  /** Tells of mailboxes that become long. @returns what ends it. */
  watchMailboxes(...[lengths, tell]: Parameters<LongMailboxes['watch']>): () => void {
    const long = (this.#longMailboxes ??= new LongMailboxes(this))
    const unwatch = long.watch(lengths, tell)
    const look = (): void => {
      this.#ofNoConcern = Math.min(this.#leastMailboxLimit, long.ofNoConcern)
    }
    look()
    return () => {
      unwatch()
      look()
    }
  }

  /** A mailbox that overflows ends its process, never its sender. Exits, DOWNs, answers always fit. */
  #mayOverflow(record: ProcessRecord, item: unknown): void {
    this.#longMailboxes?.grew(record)
    const { mailboxLimit } = record
    if (record.mailboxLength <= mailboxLimit || !record.lives) return
    if ((item instanceof Signal && !item.isMessageTo(record)) || record.messagesWaiting <= mailboxLimit) return
    this.limitsMet.mailboxOverflows++
    this.report({ type: 'mailbox_overflow', pid: record.pid, name: record.name, limit: mailboxLimit })
    this.deaths.die(record, { mailboxOverflow: mailboxLimit }, false)
  }

  /**
   * True when nothing waits in front of a signal to `target`, so that handling it now is the same as handling it in its turn. Only
   * for signals that run no code of the receiver.
   */
  mayAct(target: ProcessRecord): boolean {
    return target.arrived === 0
  }

  /** The process of a pid: null if it is dead, or of an earlier incarnation of this node; 'remote' if it is another node's. */
  local(pid: AnyPid): ProcessRecord | null | 'remote' {
    const record = pid.process
    if (record !== null && record.kernel === this) return record
    return pid.identity === this.identity || pid.identity.name === this.identity.name ? null : 'remote'
  }

  locate(target: AnyPid | NameAddress): ProcessRecord | null | 'remote' {
    if (target instanceof Pid) return this.local(target)
    return target.node === this.identity.name ? (this.names.get(target.name) ?? null) : 'remote'
  }

  makeRef(owner: ProcessRecord | null): Ref {
    const ref = new Ref(this.identity, ++this.refIds)
    if (owner !== null && owner.saved !== null) {
      ref.mark = owner.saved.end
      ref.maker = owner.pid
    }
    return ref
  }

  report(report: Report): void {
    try {
      const told: unknown = this.#options.report(report)
      if (isThenable(told)) Promise.resolve(told).catch(() => {})
    } catch {
      // A reporter that fails must not take the reported process, or the scheduler, with it.
    }
  }

  reportCrash(record: ProcessRecord, reason: ExitReason): void {
    this.report(crashReport(record, reason))
  }

  processEnded(record: ProcessRecord): void {
    if (!record.visible) this.hidden--
    else for (const watcher of this.#endWatchers) watcher(record)
  }

  /** Calls back whenever a process has ended. */
  onProcessEnd(watcher: (record: ProcessRecord) => void): () => void {
    this.#endWatchers.add(watcher)
    return () => this.#endWatchers.delete(watcher)
  }
}

function newIncarnation(runtime: Runtime): number {
  const bytes = runtime.randomBytes(4)
  const value = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  return value === 0 ? 1 : value
}

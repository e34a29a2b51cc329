/**
 * The kernel of one node: its tables and queues, and the few operations that all of them share.
 */
import { coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import { internIdentity } from '../identity/realm.ts'
import { Pid, type AnyPid, type NodeIdentity } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { ModuleRegistry } from '../modules.ts'
import type { Node } from '../node.ts'
import { Self } from '../process/self.ts'
import type { Report, Reporter } from '../report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { TimerQueue } from '../timers/timer-queue.ts'
import { Aliases } from './aliases.ts'
import type { RunningAsync } from './async-body.ts'
import type { RunningCallback } from './callback-body.ts'
import { noLimitsMet, type LimitsMet } from './counters.ts'
import { Deaths } from './deaths.ts'
import { toLimit } from './limit.ts'
import { Links } from './links.ts'
import { Monitors } from './monitors.ts'
import { Names } from './names.ts'
import { Peers } from './peers.ts'
import { ProcessRecord } from './process-record.ts'
import { ProcessTable } from './process-table.ts'
import type { NameAddress } from './router.ts'
import { Scheduler } from './scheduler.ts'
import { Signal } from './signal.ts'

export interface KernelOptions {
  readonly name: string
  readonly runtime: Runtime
  readonly report: Reporter
  readonly processLimit: number
  readonly mailboxLimit: number
  readonly nameLimit: number
  readonly monitorLimit: number
}

export interface SpawnSettings {
  readonly parent?: AnyPid | null
  readonly leads?: boolean | undefined
  readonly name?: string | undefined
  readonly mailboxLimit?: number | undefined
  readonly trapExits?: boolean | undefined
  readonly visible?: boolean
}

export class Kernel {
  readonly runtime: Runtime
  readonly identity: NodeIdentity
  readonly scheduler: Scheduler
  readonly timers: TimerQueue
  readonly table: ProcessTable
  readonly names: Names
  readonly modules: ModuleRegistry
  readonly links: Links
  readonly monitors: Monitors
  readonly aliases: Aliases
  readonly deaths: Deaths
  readonly peers: Peers
  /** How often limits were met. */
  readonly limitsMet: LimitsMet = noLimitsMet()
  /** The public face of this node; set by createNode before anything runs. */
  node!: Node
  requestIds = 0
  stopped = false
  readonly #options: KernelOptions
  #refIds = 0
  readonly #endWatchers = new Set<(record: ProcessRecord) => void>()

  constructor(options: KernelOptions) {
    this.#options = options
    this.runtime = options.runtime
    this.identity = internIdentity(options.name, newIncarnation(options.runtime))
    this.scheduler = new Scheduler(options.runtime)
    this.timers = new TimerQueue(options.runtime)
    this.table = new ProcessTable(options.processLimit, this.limitsMet)
    this.names = new Names(options.nameLimit, this.limitsMet)
    this.modules = new ModuleRegistry(options.name)
    this.links = new Links(this)
    this.monitors = new Monitors(this, options.monitorLimit)
    this.aliases = new Aliases(this)
    this.deaths = new Deaths(this)
    this.peers = new Peers(this)
  }

  spawn(body: RunningAsync | RunningCallback, settings: SpawnSettings): ProcessRecord {
    if (this.stopped) throw coreError('node.stopped', { node: this.identity.name })
    const mailboxLimit = toLimit('mailboxLimit', settings.mailboxLimit, this.#options.mailboxLimit)
    if (settings.name !== undefined) this.names.check(settings.name)
    const pid: AnyPid = new Pid(this.identity, this.table.reserve(), null)
    const record = new ProcessRecord(this, pid, body, settings.parent ?? null, mailboxLimit)
    pid.process = record
    record.leader = settings.leads === true ? pid : this.#leaderOf(settings.parent ?? null)
    this.table.insert(record)
    if (settings.name !== undefined) this.names.register(settings.name, record)
    if (settings.trapExits === true) record.trapsExits = true
    if (settings.visible === false) record.visible = false
    body.attach(new Self(record))
    this.scheduler.enqueue(record)
    return record
  }

  #leaderOf(parent: AnyPid | null): AnyPid | null {
    const above = parent === null ? null : this.local(parent)
    return above === null || above === 'remote' ? null : above.leader
  }

  /** Puts a signal, or a message that was copied already, into an inbox of this node. */
  push(record: ProcessRecord, item: unknown): void {
    if (record.phase === 'dead') {
      if (item instanceof Signal) item.orphaned(record)
      return
    }
    record.inbox.push(item)
    if (
      record.inbox.size > record.mailboxLimit ||
      (record.saved !== null && record.mailboxLength > record.mailboxLimit)
    )
      this.#overflow(record, item)
    this.scheduler.enqueue(record)
  }

  /** A mailbox that overflows ends its process, never its sender. Exits, DOWNs, answers always fit. */
  #overflow(record: ProcessRecord, item: unknown): void {
    if (record.phase !== 'alive' || (item instanceof Signal && !item.isMessageTo(record))) return
    this.limitsMet.mailboxOverflows++
    this.report({ type: 'mailbox_overflow', pid: record.pid, name: record.name, limit: record.mailboxLimit })
    this.deaths.die(record, { mailboxOverflow: record.mailboxLimit }, false)
  }

  /**
   * True when nothing waits in front of a signal to `target`, so that handling it now is the same as handling it in its turn. Only
   * for signals that run no code of the receiver.
   */
  mayAct(target: ProcessRecord): boolean {
    return target.inbox.size === 0
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
    const ref = new Ref(this.identity, ++this.#refIds)
    if (owner !== null && owner.saved !== null) ref.mark = owner.saved.end
    return ref
  }

  report(report: Report): void {
    try {
      this.#options.report(report)
    } catch {
      // A reporter that fails must not take the reported process, or the scheduler, with it.
    }
  }

  reportCrash(record: ProcessRecord, reason: ExitReason): void {
    const { pid, name, parent, body, mailboxLength } = record
    const label = record.belongings?.label
    this.report({
      type: 'crash',
      pid,
      name,
      label: typeof label === 'string' ? label : null,
      reason,
      parent,
      lastMessage: body.lastMessage,
      mailboxLength,
    })
  }

  processEnded(record: ProcessRecord): void {
    if (record.visible) for (const watcher of this.#endWatchers) watcher(record)
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

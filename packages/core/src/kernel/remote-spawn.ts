/**
 * Spawning on other nodes, and for them.
 *
 * Only what is registered can be spawned from outside: a module by name, a version or the newest, and a function of it. Link and
 * monitor are set before the new process runs, so that no death goes unseen (SPAWN_REQUEST of Erlang's protocol).
 */
import { AgnerError, coreError } from '../errors.ts'
import { describeReason, isNotCarried, type ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import { tooMany } from './demands.ts'
import type { Kernel } from './kernel.ts'
import { inherit, outgoing } from './message-context.ts'
import { Monitor, type MonitorTerms } from './monitor.ts'
import type { ProcessRecord } from './process-record.ts'
import type { RemoteSignal } from './router.ts'
import { messageOf } from '../values/thrown.ts'

/** What to run: a function of a registered module. */
export interface SpawnTarget {
  readonly module: string
  readonly version?: string | undefined
  readonly name: string
  readonly argument: unknown
}

/** What a process wants with the one that it spawns, before that runs. */
export interface Bonds {
  readonly link: boolean
  /** The ref of the monitor; null for none. */
  readonly monitor: Ref | null
  readonly terms: MonitorTerms | null
}

/** Is told how a spawn on another node went: once at most, and not on the turn of the process that asked. */
export interface SpawnWaiter {
  /** What the request goes by, so that it can be given up. */
  readonly ref: Ref | null
  made(pid: AnyPid): void
  failed(error: AgnerError): void
}

interface PendingSpawn {
  readonly id: number
  readonly node: string
  readonly record: ProcessRecord
  readonly bonds: Bonds
  readonly waiter: SpawnWaiter
}

/** What a request that was given up leaves behind: no child runs on without the one that it was to be linked to. */
interface GivenUp {
  readonly node: string
  readonly from: AnyPid
  readonly bonds: Bonds
  readonly reason: ExitReason
}

export class RemoteSpawns {
  readonly #kernel: Kernel
  readonly #pending = new Map<number, PendingSpawn>()
  readonly #byRecord = new Map<ProcessRecord, Set<PendingSpawn>>()
  readonly #givenUp = new Map<number, GivenUp>()
  #ids = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Asks `node` to spawn. */
  spawn(record: ProcessRecord, node: string, target: SpawnTarget, bonds: Bonds, waiter: SpawnWaiter): void {
    const pending: PendingSpawn = { id: ++this.#ids, node, record, bonds, waiter }
    this.#pending.set(pending.id, pending)
    const ofRecord = this.#byRecord.get(record)
    if (ofRecord === undefined) this.#byRecord.set(record, new Set([pending]))
    else ofRecord.add(pending)
    const { module, version = null, name, argument } = target
    const { link, monitor } = bonds
    const asked = { from: record.pid, node, id: pending.id, module, version, name, argument, link, monitor }
    try {
      const context = record.contextual ? outgoing(record) : null
      const { leader } = record
      const along = { ...(leader !== null && { leader }), ...(context !== null && { context }) }
      this.#kernel.peers.say(node, { op: 'spawn', ...asked, ...along }, record.pid)
    } catch (error) {
      const refusal = error as AgnerError
      this.#kernel.runtime.microtask(() => this.failed(node, pending.id, refusal))
    }
  }

  /** A process is dead. What it asked for is still made, and then meets the death through its link. */
  creatorDied(record: ProcessRecord, reason: ExitReason): void {
    if (this.#byRecord.size === 0) return
    for (const pending of this.#byRecord.get(record) ?? []) this.giveUp(pending, reason)
  }

  /**
   * Nobody wants to know any more. The process may be made all the same; if it was to be linked, it then gets an exit signal with
   * `reason`.
   *
   * @returns false if it is settled already.
   */
  giveUp(pending: PendingSpawn, reason: ExitReason): boolean {
    const { id, node, record, bonds } = pending
    if (this.#take(node, id) === undefined) return false
    if (bonds.link || bonds.monitor !== null) this.#givenUp.set(id, { node, from: record.pid, bonds, reason })
    return true
  }

  /** What a process asked for under `ref`, as long as that is open. */
  find(record: ProcessRecord, ref: Ref): PendingSpawn | undefined {
    return [...(this.#byRecord.get(record) ?? [])].find(({ waiter }) => waiter.ref === ref)
  }

  succeeded(node: string, id: number, pid: AnyPid): void {
    const pending = this.#take(node, id)
    if (pending === undefined) return this.#madeInVain(node, id, pid)
    const { record, bonds, waiter } = pending
    const { peers, links, monitors } = this.#kernel
    const { link, monitor, terms } = bonds
    if (link) links.adopt(record, pid)
    if (monitor !== null) monitors.adopt(record, monitor, pid, terms)
    if (link || monitor !== null) peers.relate(record, node)
    waiter.made(pid)
  }

  #madeInVain(node: string, id: number, to: AnyPid): void {
    const given = this.#givenUp.get(id)
    if (given === undefined || given.node !== node) return
    this.#givenUp.delete(id)
    const { from, bonds, reason } = given
    const { peers } = this.#kernel
    if (bonds.monitor !== null) peers.route(node, { op: 'demonitor', from, to, ref: bonds.monitor })
    if (bonds.link) peers.route(node, { op: 'linkExit', from, to, reason })
  }

  failed(node: string, id: number, error: AgnerError): void {
    const pending = this.#take(node, id)
    if (pending !== undefined) pending.waiter.failed(error)
    else if (this.#givenUp.get(id)?.node === node) this.#givenUp.delete(id)
  }

  /** The request came back. */
  bounced(node: string, id: number, reason: ExitReason): void {
    if (!isNotCarried(reason)) return this.failed(node, id, coreError('spawn.no_connection', { node }))
    const error = coreError('spawn.not_carried', { node, reason })
    error.message += ` The reason: ${describeReason(reason.notCarried)}`
    this.failed(node, id, error)
  }

  lost(node: string): void {
    this.#lost((each) => each === node)
  }

  lostAll(): void {
    this.#lost(() => true)
  }

  #lost(isLost: (node: string) => boolean): void {
    for (const requests of [this.#pending, this.#givenUp]) {
      for (const [id, { node }] of [...requests])
        if (isLost(node)) this.failed(node, id, coreError('spawn.no_connection', { node }))
    }
  }

  /** Another node asks for a process here. */
  requested(peer: string, signal: RemoteSignal & { readonly op: 'spawn' }): void {
    const kernel = this.#kernel
    const { from, id } = signal
    try {
      const code = kernel.modules.function(signal.module, signal.version ?? undefined, signal.name)
      if (!kernel.peers.maySpawn(peer)) throw tooMany(kernel, peer, 'processes')
      if (signal.link && !kernel.peers.mayLink(peer)) throw tooMany(kernel, peer, 'links')
      if (signal.monitor !== null && !kernel.peers.mayWatch(peer)) throw tooMany(kernel, peer, 'monitors')
      const record = kernel.spawn(code, { parent: from, argument: signal.argument })
      if (signal.leader !== undefined) record.leader = signal.leader
      if (signal.context !== undefined) inherit(record, signal.context)
      if (signal.link || signal.monitor !== null) kernel.peers.relate(record, peer)
      if (signal.link) kernel.links.adopt(record, from)
      // A ref that is in use already would watch twice, and be taken back once.
      if (signal.monitor !== null && !kernel.peers.isPlaced(peer, signal.monitor)) {
        const placed = new Monitor(from, signal.monitor, record.pid, null)
        kernel.peers.placed(peer, placed)
        kernel.monitors.watched(record, placed)
      }
      kernel.peers.route(peer, { op: 'spawned', to: from, id, pid: record.pid })
    } catch (error) {
      const code = error instanceof AgnerError ? error.code : 'spawn.failed'
      kernel.peers.route(peer, {
        op: 'spawnFailed',
        to: from,
        id,
        code,
        message: messageOf(error),
      })
    }
  }

  /** Only the node that was asked may answer. */
  #take(node: string, id: number): PendingSpawn | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined || pending.node !== node) return undefined
    this.#pending.delete(id)
    const ofRecord = this.#byRecord.get(pending.record)
    ofRecord?.delete(pending)
    if (ofRecord?.size === 0) this.#byRecord.delete(pending.record)
    return pending
  }
}

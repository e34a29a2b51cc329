/**
 * Spawning on other nodes, and for them.
 *
 * Only what is registered can be spawned from outside: a module by name, a version or the newest, and a function of it. Link and
 * monitor are set before the new process runs, so that no death goes unseen (SPAWN_REQUEST of Erlang's protocol).
 */
import { AgnerError, coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessRecord } from './process-record.ts'
import type { RemoteSignal } from './router.ts'
import { Monitor } from './monitor.ts'
import { WakeSignal } from './signal.ts'

/** What to run: a function of a registered module. */
export interface SpawnTarget {
  readonly module: string
  readonly version?: string | undefined
  readonly name: string
  readonly argument: unknown
}

interface PendingSpawn {
  readonly node: string
  readonly record: ProcessRecord
  readonly link: boolean
  readonly monitor: Ref | null
  readonly resolve: (pid: AnyPid) => void
  readonly reject: (error: Error) => void
  /** Why its creator died while it was being made. */
  orphanedBy: ExitReason | undefined
}

export class RemoteSpawns {
  readonly #kernel: Kernel
  readonly #pending = new Map<number, PendingSpawn>()
  #ids = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Asks `node` to spawn; the promise settles on the turn of `record`. */
  spawn(record: ProcessRecord, node: string, target: SpawnTarget, link: boolean, monitor: Ref | null): Promise<AnyPid> {
    return new Promise((resolve, reject) => {
      const id = ++this.#ids
      this.#pending.set(id, { node, record, link, monitor, resolve, reject, orphanedBy: undefined })
      const { module, version = null, name, argument } = target
      this.#kernel.peers.route(node, {
        op: 'spawn',
        from: record.pid,
        node,
        id,
        module,
        version,
        name,
        argument,
        link,
        monitor,
      })
    })
  }

  /** A process is dead. What it asked for is still made, and then meets the death through its link. */
  creatorDied(record: ProcessRecord, reason: ExitReason): void {
    if (this.#pending.size === 0) return
    for (const pending of this.#pending.values()) if (pending.record === record) pending.orphanedBy = reason
  }

  succeeded(node: string, id: number, pid: AnyPid): void {
    const pending = this.#take(node, id)
    if (pending === undefined) return
    const { record, link, monitor } = pending
    if (record.phase !== 'alive') {
      const { peers } = this.#kernel
      if (link) peers.route(node, { op: 'linkExit', from: record.pid, to: pid, reason: pending.orphanedBy ?? 'noproc' })
      if (monitor !== null) peers.route(node, { op: 'demonitor', from: record.pid, to: pid, ref: monitor })
      return
    }
    if (link || monitor !== null) this.#kernel.peers.relate(record, node)
    if (link) this.#kernel.links.adopt(record, pid)
    if (monitor !== null) this.#kernel.monitors.adopt(record, monitor, pid, null)
    this.#kernel.push(record, new WakeSignal(() => pending.resolve(pid)))
  }

  failed(node: string, id: number, code: string, message: string | null): void {
    const pending = this.#take(node, id)
    if (pending === undefined) return
    const error =
      message === null ? coreError('spawn.no_connection', { node: pending.node }) : new AgnerError(code, message)
    this.#kernel.push(pending.record, new WakeSignal(() => pending.reject(error)))
  }

  lost(node: string): void {
    for (const [id, pending] of [...this.#pending])
      if (pending.node === node) this.failed(node, id, 'spawn.no_connection', null)
  }

  lostAll(): void {
    for (const [id, { node }] of [...this.#pending]) this.failed(node, id, 'spawn.no_connection', null)
  }

  /** Another node asks for a process here. */
  requested(peer: string, signal: RemoteSignal & { readonly op: 'spawn' }): void {
    const kernel = this.#kernel
    const { from, id } = signal
    try {
      const body = kernel.modules.body(signal.module, signal.version ?? undefined, signal.name, signal.argument)
      const record = kernel.spawn(body, { parent: from })
      if (signal.link || signal.monitor !== null) kernel.peers.relate(record, peer)
      if (signal.link) kernel.links.adopt(record, from)
      if (signal.monitor !== null) {
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
        message: error instanceof Error ? error.message : String(error),
      })
    }
  }

  /** Only the node that was asked may answer. */
  #take(node: string, id: number): PendingSpawn | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined || pending.node !== node) return undefined
    this.#pending.delete(id)
    return pending
  }
}

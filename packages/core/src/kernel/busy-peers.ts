/**
 * Processes that wait for a peer which takes less than it is sent (erlang's busy_dist_port).
 *
 *     send ──router: busy──► the sender is suspended after its present step ──router: ready──► it goes on, in the order of being held
 *
 * It is a suspension like any other: signals act, messages, answers and timers wait. It ends with the connection, too, and with
 * the process. What was sent is sent: nothing is lost or sent again.
 */
import type { AnyPid } from '../identity/pid.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessRecord } from './process-record.ts'

/** What holds processes in place of one that suspends them. */
export class BusyPeer {
  readonly node: string
  readonly held: Set<ProcessRecord> = new Set()

  constructor(node: string) {
    this.node = node
  }
}

type Tell = (record: ProcessRecord, node: string) => void

export class BusyPeers {
  readonly #kernel: Kernel
  readonly #peers = new Map<string, BusyPeer>()
  readonly #listeners = new Set<Tell>()
  /** The send under way is one that never makes its process wait, also not for what follows. */
  isSpared = false

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** A process of this node has sent to a peer that is busy. The outside of a node waits for nobody. */
  hold(sender: AnyPid, node: string): void {
    if (this.isSpared) return
    const record = this.#kernel.local(sender)
    if (record === null || record === 'remote' || !record.lives || !record.visible) return
    let peer = this.#peers.get(node)
    if (peer === undefined) this.#peers.set(node, (peer = new BusyPeer(node)))
    if (peer.held.has(record)) return
    peer.held.add(record)
    this.#kernel.suspensions.hold(record, peer)
    for (const tell of this.#listeners) tell(record, node)
  }

  /** One may go on. */
  ready(node: string, sender: AnyPid): void {
    const peer = this.#peers.get(node)
    const record = this.#kernel.local(sender)
    if (peer === undefined || record === null || record === 'remote' || !peer.held.delete(record)) return
    this.#kernel.suspensions.letGo(record, peer)
  }

  /** There is nothing left to wait for. */
  lost(node: string): void {
    const peer = this.#peers.get(node)
    if (peer === undefined) return
    this.#peers.delete(node)
    const held = [...peer.held]
    peer.held.clear()
    for (const record of held) this.#kernel.suspensions.letGo(record, peer)
  }

  lostAll(): void {
    for (const node of [...this.#peers.keys()]) this.lost(node)
  }

  /** Is told of each process that is held. @returns what ends it. */
  listen(tell: Tell): () => void {
    this.#listeners.add(tell)
    return () => this.#listeners.delete(tell)
  }
}

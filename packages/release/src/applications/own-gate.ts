/**
 * The gate of a node with distributed applications: it is there as long as their keeper is.
 *
 *     gate ends, keeper lives ──► reported ──► after a rest: begun anew
 *
 * Clients that come meanwhile are told by nobody, and wait; what was under way through it is unknown to them.
 */
import { describeReason, type AnyPid, type ExitReason, type Node } from '@agner/core'
import { gateProtocol } from '../calling/gate.api.ts'
import { startGate, type GateOptions } from '../calling/gate.ts'
import { reportError } from './report-error.ts'

/** One that cannot live must not take a processor. */
export const restMs = 1000

export class OwnGate {
  readonly #node: Node
  readonly #keeper: AnyPid
  readonly #running: GateOptions['running']
  #pid: AnyPid | null = null

  constructor(node: Node, keeper: AnyPid, running: GateOptions['running']) {
    this.#node = node
    this.#keeper = keeper
    this.#running = running
  }

  /** Rejects with `start.already_started` where the node has one of somebody else's. */
  async begin(): Promise<void> {
    const node = this.#node
    await startGate({ node, pid: this.#keeper }, { running: this.#running })
    const pid = node.whereis(gateProtocol.module)
    if (pid === undefined) return this.#rest()
    this.#pid = pid
    void node.exited(pid).then((reason) => this.#ended(reason))
  }

  /** It ends with the keeper, a little later: who begins anew then must not find it. */
  async hasEnded(): Promise<void> {
    if (this.#pid !== null) await this.#node.exited(this.#pid)
  }

  #ended(reason: ExitReason): void {
    if (!this.#isWanted()) return
    const details = { node: this.#node.name, why: describeReason(reason), restMs }
    reportError(this.#node, 'release.gate_ended', details, reason)
    this.#rest()
  }

  #rest(): void {
    this.#node.runtime.setTimer(restMs, () => {
      // Somebody else may have one by now: it is looked again.
      if (this.#isWanted()) this.begin().catch(() => this.#rest())
    })
  }

  #isWanted(): boolean {
    return !this.#node.isStopped && this.#node.isAlive(this.#keeper)
  }
}

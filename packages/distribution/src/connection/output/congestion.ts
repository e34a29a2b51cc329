/**
 * Who must wait for a peer that takes less than it is sent: pure.
 *
 *     more than busyBytes wait in a sender's way ──► it is held ──► less than half of that waits ──► it goes on
 *
 * In everybody's way is what the network has not taken; in a sender's own way is its lane, too. So a large message holds the
 * process that sent it, and the network's being slow holds all who send.
 */
import type { AnyPid } from '@agner/core'
import type { Lanes, Sender } from './lanes.ts'

export class Congestion {
  readonly #busyBytes: number
  readonly #lanes: Lanes
  readonly #held = new Set<AnyPid>()

  constructor(busyBytes: number, lanes: Lanes) {
    this.#busyBytes = busyBytes
    this.#lanes = lanes
  }

  get isAnyHeld(): boolean {
    return this.#held.size > 0
  }

  /** @param unwritten bytes in everybody's way. */
  isBusy(sender: Sender, unwritten: number): boolean {
    return unwritten > this.#busyBytes || (!this.#lanes.isEmpty && this.#lanes.bytesOf(sender) > this.#busyBytes)
  }

  hold(sender: AnyPid): void {
    this.#held.add(sender)
  }

  /** Those that may go on, in the order in which they were held. @param hasRoom the network takes more. */
  release(unwritten: number, hasRoom: boolean): readonly AnyPid[] {
    const half = this.#busyBytes / 2
    if (this.#held.size === 0 || !(hasRoom || unwritten < half)) return []
    const released = [...this.#held].filter((sender) => this.#lanes.bytesOf(sender) < half)
    for (const sender of released) this.#held.delete(sender)
    return released
  }
}

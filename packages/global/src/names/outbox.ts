/**
 * What this node has to tell of its own processes: all changes of one turn go to each member in one message.
 *
 * A death is noted at once, on the stack of whoever ends the process; the keeper tells of it at its next turn. A registration that is asked for before
 * takes it along ({@link losses}), so that who is restarted finds its name free.
 */
import type { Claim, Loss } from './claim.ts'

export class Outbox {
  #claims = new Map<string, Claim>()
  #losses: Loss[] = []
  readonly #wake: () => void

  /** @param wake makes the keeper call {@link take} soon. */
  constructor(wake: () => void) {
    this.#wake = wake
  }

  get losses(): readonly Loss[] {
    return this.#losses
  }

  claimed(claim: Claim): void {
    this.#noted()
    this.#claims.set(claim.name, claim)
  }

  lost(loss: Loss): void {
    this.#noted()
    this.#losses.push(loss)
    if (this.#claims.get(loss.name)?.pid === loss.pid) this.#claims.delete(loss.name)
  }

  #noted(): void {
    if (this.#claims.size === 0 && this.#losses.length === 0) this.#wake()
  }

  /** Null when there is nothing. */
  take(): { readonly claims: readonly Claim[]; readonly losses: readonly Loss[] } | null {
    if (this.#claims.size === 0 && this.#losses.length === 0) return null
    const taken = { claims: [...this.#claims.values()], losses: this.#losses }
    this.#claims = new Map()
    this.#losses = []
    return taken
  }
}

/**
 * What must be so at every moment, looked at every now and then: with an arbiter, who may act; without one, how long two instances stay that
 * could know of each other.
 */
import type { DistributedApplications } from '../../src/index.ts'
import type { Instance, Journal } from './journal.ts'
import { application } from './subject.ts'

/** A node that is up. */
export interface Seen {
  readonly applications: DistributedApplications
  /** Short names of the nodes that it is connected to. */
  readonly neighbours: readonly string[]
}

/** From a connection until one of two has heard of the other, and has stopped; more than a takeover takes. */
const settledMs = 3000

export class Watch {
  readonly wrongs: Set<string> = new Set()
  readonly #journal: Journal
  /** How long an instance may go on without its claim; null: it needs none. */
  readonly #lateMs: number | null
  readonly #heldUntilMs = new Map<string, number>()
  /** Since when an instance has no claim. */
  readonly #overSinceMs = new Map<Instance, number>()
  /** Since when two instances run on nodes that are connected. */
  readonly #besideSinceMs = new Map<string, number>()

  constructor(journal: Journal, lateMs: number | null) {
    this.#journal = journal
    this.#lateMs = lateMs
  }

  /** Its thread is. What it believes counts for nothing until it has had time to look. */
  held(node: string, untilMs: number): void {
    this.#heldUntilMs.set(node, Math.max(this.#heldUntilMs.get(node) ?? 0, untilMs))
  }

  /** @param isCut something is cut: who seems to be connected may only not have missed the other yet */
  look(nowMs: number, up: ReadonlyMap<string, Seen>, isCut: boolean): void {
    const awake = new Map([...up].filter(([name]) => (this.#heldUntilMs.get(name) ?? -1) + settledMs < nowMs))
    if (isCut) this.#besideSinceMs.clear()
    else if (this.#lateMs === null) this.#lookAtPairs(nowMs, awake)
    if (this.#lateMs === null) return
    this.#lookAtClaims(nowMs, awake, this.#lateMs)
  }

  #lookAtClaims(nowMs: number, awake: ReadonlyMap<string, Seen>, lateMs: number): void {
    const acting: string[] = []
    for (const [name, { applications }] of awake) {
      const own = applications.own(application)
      const isHeld = own?.isHeld() === true
      if (isHeld) acting.push(name)
      for (const instance of this.#journal.running()) {
        if (instance.node !== name) continue
        if (isHeld && own?.token === instance.token) this.#overSinceMs.delete(instance)
        else if (!this.#overSinceMs.has(instance)) this.#overSinceMs.set(instance, nowMs)
        else if (nowMs - this.#overSinceMs.get(instance)! > lateMs && instance.upMs !== null)
          this.wrongs.add(`#${instance.id} goes on without a claim`)
      }
    }
    if (acting.length > 1) this.wrongs.add(`${acting.join(' and ')} may act at once, at ${nowMs.toFixed(0)}`)
  }

  #lookAtPairs(nowMs: number, awake: ReadonlyMap<string, Seen>): void {
    const running = this.#journal.running().filter(({ upMs }) => upMs !== null)
    const beside = new Set<string>()
    for (const one of running)
      for (const other of running) {
        const isBeside = awake.get(one.node)?.neighbours.includes(other.node) === true && awake.has(other.node)
        if (one.id < other.id && isBeside) beside.add(`#${one.id} and #${other.id}`)
      }
    for (const pair of this.#besideSinceMs.keys()) if (!beside.has(pair)) this.#besideSinceMs.delete(pair)
    for (const pair of beside) {
      const sinceMs = this.#besideSinceMs.get(pair) ?? nowMs
      this.#besideSinceMs.set(pair, sinceMs)
      if (nowMs - sinceMs > settledMs) this.wrongs.add(`${pair} go on beside each other, at ${nowMs.toFixed(0)}`)
    }
  }
}

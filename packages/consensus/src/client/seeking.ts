/**
 * How a client looks for the leader: it asks every node that it knows, at once, and again after a while, which grows from round to round.
 *
 * A round may find one that is dead, and be told of it again and again by those who do not know: so the while goes on growing until a leader has answered
 * something (`rest`).
 */
import type { AnyProcess, Ref } from '@agner/core'
import type { Directory } from './directory.ts'

/** Rounds without a leader after which what is known of terms is forgotten. */
const patience = 16

export class Seeking {
  readonly #self: AnyProcess
  readonly #retryMs: number
  readonly #probe: (node: string) => Ref
  readonly #directory: Directory
  readonly #probes = new Set<Ref>()
  #rounds = 0
  #mayBeginMs = -Infinity
  /** When the next round is due; Infinity while nobody is sought. */
  atMs: number = Infinity

  constructor(self: AnyProcess, retryMs: number, probe: (node: string) => Ref, directory: Directory) {
    this.#self = self
    this.#retryMs = retryMs
    this.#probe = probe
    this.#directory = directory
  }

  isOwn(ref: Ref): boolean {
    return this.#probes.delete(ref)
  }

  begin(nowMs: number): void {
    if (this.atMs !== Infinity) return
    this.atMs = Math.max(nowMs, this.#mayBeginMs)
    this.time(nowMs)
  }

  time(nowMs: number): void {
    if (nowMs < this.atMs) return
    for (const node of this.#directory.nodes()) this.#probes.add(this.#probe(node))
    const delayMs = this.#retryMs * 2 ** Math.min(this.#rounds, 4) * (0.5 + this.#self.node.runtime.random())
    if (++this.#rounds % patience === 0) this.#directory.forget()
    this.atMs = nowMs + delayMs
    this.#mayBeginMs = this.atMs
  }

  /** A leader is known, or said to be. */
  end(): void {
    this.atMs = Infinity
  }

  /** It has answered. */
  rest(): void {
    this.#rounds = 0
    this.#mayBeginMs = -Infinity
  }
}

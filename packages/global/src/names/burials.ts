/**
 * Claims that were taken back. When such a claim comes after that, from wherever, it is refused: it was on its way, or its node has not heard of it.
 * The latter ones are told to whoever becomes a member. Bounded in number and in time: the oldest are forgotten first.
 */
import { takesBack, type Claim, type Loss } from './claim.ts'

interface Burial {
  readonly loss: Loss
  readonly atMs: number
  readonly isUnheard: boolean
}

type Registration = Pick<Claim, 'life' | 'born'>

export class Burials {
  /** By the life of the boss that decided on the registration, and its version: no two have the same. */
  readonly #byLife = new Map<number, Map<number, Burial>>()
  /** In the order of burying. */
  readonly #all = new Set<Burial>()
  readonly #limit: number
  readonly #ageMs: number
  /** How many were forgotten before their time. */
  forgotten = 0

  constructor(limit: number, ageMs: number) {
    this.#limit = limit
    this.#ageMs = ageMs
  }

  get size(): number {
    return this.#all.size
  }

  bury(loss: Loss, nowMs: number, isUnheard: boolean): void {
    const before = this.#find(loss)
    if (before !== undefined) this.#remove(before)
    const burial = { loss, atMs: nowMs, isUnheard: isUnheard || before?.isUnheard === true }
    const ofLife = this.#byLife.get(loss.life)
    if (ofLife === undefined) this.#byLife.set(loss.life, new Map([[loss.born, burial]]))
    else ofLife.set(loss.born, burial)
    this.#all.add(burial)
    for (const oldest of this.#all) {
      const isOver = nowMs - oldest.atMs > this.#ageMs
      if (!isOver && this.#all.size <= this.#limit) break
      if (!isOver) this.forgotten++
      this.#remove(oldest)
    }
  }

  /** What took this claim back, if anything did. */
  of(claim: Claim): Loss | undefined {
    const loss = this.#find(claim)?.loss
    return loss !== undefined && takesBack(loss, claim) ? loss : undefined
  }

  /** Those that the node of the process may not have heard of. */
  unheard(): Loss[] {
    return Array.from(this.#all).flatMap(({ loss, isUnheard }) => (isUnheard ? [loss] : []))
  }

  #find({ life, born }: Registration): Burial | undefined {
    return this.#byLife.get(life)?.get(born)
  }

  #remove(burial: Burial): void {
    const { life, born } = burial.loss
    this.#all.delete(burial)
    const ofLife = this.#byLife.get(life)
    ofLife?.delete(born)
    if (ofLife?.size === 0) this.#byLife.delete(life)
  }
}

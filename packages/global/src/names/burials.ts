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

export class Burials {
  readonly #byName = new Map<string, Burial[]>()
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
    const others = (this.#byName.get(loss.name) ?? []).filter((each) => {
      if (!isSame(each.loss, loss)) return true
      this.#all.delete(each)
      return false
    })
    const burial = { loss, atMs: nowMs, isUnheard }
    this.#byName.set(loss.name, [...others, burial])
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
    if (this.#all.size === 0) return undefined
    return this.#byName.get(claim.name)?.find(({ loss }) => takesBack(loss, claim))?.loss
  }

  /** Those that the node of the process may not have heard of. */
  unheard(): Loss[] {
    return Array.from(this.#all).flatMap(({ loss, isUnheard }) => (isUnheard ? [loss] : []))
  }

  #remove(burial: Burial): void {
    this.#all.delete(burial)
    const { name } = burial.loss
    const left = (this.#byName.get(name) ?? []).filter((each) => each !== burial)
    if (left.length === 0) this.#byName.delete(name)
    else this.#byName.set(name, left)
  }
}

function isSame(a: Loss, b: Loss): boolean {
  return a.pid === b.pid && a.born === b.born && a.life === b.life
}

/**
 * The names that one node knows of a scope. Pure data: what to tell others, and what becomes of processes, is for others.
 *
 *     by name    the claim that counts; of several, which is a conflict, the newest
 *     by node    all claims of its processes: what is lost with the node, and what is compared with what that node has
 *     by pid     the name that a process has
 */
import type { AnyPid } from '@agner/core'
import { isNewer, takesBack, type Claim, type Loss } from './claim.ts'

/** What happened to a claim. */
export interface Taken {
  /** `stale`: another claim was put in its place, which stands here. `known`: it was here, in this version or a newer one. */
  readonly outcome: 'added' | 'renewed' | 'known' | 'stale'
  /** What it was put in the place of, with what is to become of them. */
  readonly displaced: readonly { readonly claim: Claim; readonly loss: Loss }[]
}

/** The greatest version that was seen. */
export interface Clock {
  version: number
}

const nothing: readonly never[] = Object.freeze([])
const known: Taken = Object.freeze({ outcome: 'known', displaced: nothing })
const stale: Taken = Object.freeze({ outcome: 'stale', displaced: nothing })

export class NamesTable {
  readonly #best = new Map<string, Claim>()
  /** All claims to those names that have several. */
  readonly #contested = new Map<string, Claim[]>()
  readonly #ofNode = new Map<string, Set<Claim>>()
  readonly #ofPid = new Map<AnyPid, Claim>()
  readonly #clock: Clock

  /** @param clock goes on where that of an earlier scope of the node ended. */
  constructor(clock: Clock = { version: 0 }) {
    this.#clock = clock
  }

  get size(): number {
    return this.#best.size
  }

  get(name: string): Claim | undefined {
    return this.#best.get(name)
  }

  /** Every claim to a name. */
  all(name: string): readonly Claim[] {
    const contested = this.#contested.get(name)
    if (contested !== undefined) return contested
    const one = this.#best.get(name)
    return one === undefined ? nothing : [one]
  }

  claimOf(pid: AnyPid): Claim | undefined {
    return this.#ofPid.get(pid)
  }

  nameOf(pid: AnyPid): string | undefined {
    return this.#ofPid.get(pid)?.name
  }

  /** All claims of processes of a node. */
  ofNode(node: string): ReadonlySet<Claim> | undefined {
    return this.#ofNode.get(node)
  }

  /** Names that several processes have. */
  contested(): string[] {
    return [...this.#contested.keys()]
  }

  get contestedCount(): number {
    return this.#contested.size
  }

  names(): string[] {
    return [...this.#best.keys()]
  }

  /** The claims that count. */
  list(): Claim[] {
    return [...this.#best.values()]
  }

  // — versions —

  get clock(): number {
    return this.#clock.version
  }

  /** A version above everything seen so far. */
  nextVersion(): number {
    return this.#clock.version + 1
  }

  saw(version: number): void {
    if (version > this.#clock.version) this.#clock.version = version
  }

  // — changes —

  take(claim: Claim): Taken {
    const { name, pid, over } = claim
    this.saw(claim.version)
    const present = this.#best.get(name)
    if (present === undefined) {
      this.#add(claim)
      this.#best.set(name, claim)
      return { outcome: 'added', displaced: nothing }
    }
    const others = this.all(name)
    const own = others.find((each) => each.pid === pid)
    if (own !== undefined && !isNewer(claim, own)) return known
    if (others.some((each) => each !== own && each.over?.some((loss) => takesBack(loss, claim)) === true)) return stale
    const displaced: { claim: Claim; loss: Loss }[] = []
    for (const each of others) {
      const loss = each === own ? undefined : over?.find((candidate) => takesBack(candidate, each))
      if (loss !== undefined) displaced.push({ claim: each, loss })
    }
    if (own !== undefined) this.#drop(own)
    for (const each of displaced) this.#drop(each.claim)
    this.#add(claim)
    this.#settle(name, [
      ...others.filter((each) => each !== own && !displaced.some((gone) => gone.claim === each)),
      claim,
    ])
    return { outcome: own === undefined ? 'added' : 'renewed', displaced }
  }

  /** Takes a claim back, in this version or an older one. Returns what was taken out. */
  lose(loss: Loss): Claim | undefined {
    this.saw(loss.version)
    const claim = this.all(loss.name).find((each) => takesBack(loss, each))
    if (claim !== undefined) this.remove(claim)
    return claim
  }

  remove(claim: Claim): void {
    const left = this.all(claim.name).filter((each) => each !== claim)
    this.#drop(claim)
    this.#settle(claim.name, left)
  }

  /** Removes the name of a process that is gone. */
  forget(pid: AnyPid): Claim | undefined {
    const claim = this.#ofPid.get(pid)
    if (claim !== undefined) this.remove(claim)
    return claim
  }

  /** Removes the names of every process of a node that is gone. */
  forgetNode(node: string): void {
    for (const claim of this.#ofNode.get(node) ?? nothing) this.remove(claim)
  }

  clear(): void {
    for (const node of this.#ofNode.keys()) this.forgetNode(node)
  }

  #add(claim: Claim): void {
    const { node } = claim.pid
    const ofNode = this.#ofNode.get(node)
    if (ofNode === undefined) this.#ofNode.set(node, new Set([claim]))
    else ofNode.add(claim)
    this.#ofPid.set(claim.pid, claim)
  }

  #drop(claim: Claim): void {
    const { node } = claim.pid
    const ofNode = this.#ofNode.get(node)
    ofNode?.delete(claim)
    if (ofNode?.size === 0) this.#ofNode.delete(node)
    if (this.#ofPid.get(claim.pid) === claim) this.#ofPid.delete(claim.pid)
  }

  #settle(name: string, claims: Claim[]): void {
    if (claims.length > 1) this.#contested.set(name, claims)
    else if (this.#contested.size > 0) this.#contested.delete(name)
    if (claims.length === 0) return void this.#best.delete(name)
    this.#best.set(
      name,
      claims.reduce((best, each) => (isNewer(each, best) ? each : best)),
    )
  }
}

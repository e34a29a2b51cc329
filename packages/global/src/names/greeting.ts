/**
 * Who has a part in a scope: nodes become members of each other by greeting, and are none as soon as the monitor of their keeper fires.
 *
 *     newcomer ── hello(its claims) ──► member      the member takes it in, and says hello back
 *     newcomer ◄─ hello(its claims) ── member       each has all that the other has, and told of nobody else
 *
 * Nothing is passed on from third ones, so nobody brings back what is gone, and losing one member changes nothing between the others. When a member
 * is lost it may have been a boss, half-way through a decision: each node then compares its copies with those whose they are.
 */
import type { AnyPid, AnyProcess, Down } from '@agner/core'
import type { Claim } from './claim.ts'
import type { Check, Hello } from './messages.ts'
import type { Post } from './post.ts'
import type { Replica } from './replica.ts'
import type { ScopeState } from './scope-state.ts'

/** Many that are lost at once are compared for once. */
const compareAfterMs = 100

export class Greeting {
  readonly #self: AnyProcess
  readonly #state: ScopeState
  readonly #replica: Replica
  readonly #post: Post
  /** A digest of the claims that each node was greeted with, until it has answered. */
  readonly #said = new Map<string, ReturnType<Replica['digest']>>()
  #willCompare = false

  constructor(self: AnyProcess, state: ScopeState, replica: Replica, post: Post) {
    this.#self = self
    this.#state = state
    this.#replica = replica
    this.#post = post
  }

  greet(node: string, heard: boolean): void {
    const { burials, table } = this.#state
    if (!heard) this.#said.set(node, this.#replica.digest(this.#self.node.name))
    this.#post.knock(node, {
      type: 'hello',
      keeper: this.#self.pid,
      claims: this.#replica.own(),
      buried: burials.unheard(),
      clock: table.clock,
      heard,
    })
  }

  /** Returns the member that it takes the place of: the same node, in an earlier life of its keeper. */
  hello({ keeper, claims, buried, clock, heard }: Hello): string | null {
    const { members, table, candidates, counts } = this.#state
    const { node } = keeper
    const known = members.keeperOf(node)
    if (node === this.#self.node.name || (known !== keeper && !candidates().includes(node))) {
      counts.rubbish++
      return null
    }
    let lost: string | null = null
    if (known !== undefined && known !== keeper) {
      this.#self.demonitor(members.remove(node)!, { flush: true })
      this.#lost(node)
      lost = node
    }
    if (known !== keeper) members.add(keeper, this.#self.monitor(keeper))
    table.saw(clock)
    for (const loss of buried) this.#replica.lose(loss, 'unheard')
    this.replace(keeper, claims)
    if (heard) {
      members.confirm(node)
      this.#sayWhatIsNew(keeper)
    } else this.greet(node, true)
    return lost
  }

  /** What was claimed here since it was greeted was told to those who were members then, and it was none. */
  #sayWhatIsNew(keeper: AnyPid): void {
    const said = this.#said.get(keeper.node)
    this.#said.delete(keeper.node)
    if (said !== undefined && said !== this.#replica.digest(this.#self.node.name))
      this.#post.to(keeper, { type: 'mine', keeper: this.#self.pid, claims: this.#replica.own() })
  }

  /** All that a member has, as it says itself. */
  replace(keeper: AnyPid, claims: readonly Claim[]): void {
    this.#replica.replace(keeper.node, claims, (losses) => this.#post.to(keeper, { type: 'bury', losses }))
  }

  /** Returns the member that is lost, if it was one's. */
  down({ ref }: Down): string | null {
    const { members } = this.#state
    const node = members.whose(ref)
    if (node === undefined) return null
    members.remove(node)
    this.#lost(node)
    return node
  }

  #lost(node: string): void {
    this.#state.table.forgetNode(node)
    if (this.#willCompare) return
    this.#willCompare = true
    this.#self.sendAfter(compareAfterMs, this.#self.pid as never, { type: 'compare' } as never)
  }

  compare(): void {
    this.#willCompare = false
    for (const node of this.#state.members.others) this.compareWith(node)
  }

  /** Its claims here with what it has, and those of this node there: it may have been told too late to have told who asked before. */
  compareWith(node: string): void {
    const own = this.#replica.digest(this.#self.node.name)
    this.#post.tell(node, { type: 'check', keeper: this.#self.pid, digest: this.#replica.digest(node), own })
  }

  /** A member says what it has of this node, and perhaps what is its own. */
  check({ keeper, digest, own }: Check): void {
    const { node } = keeper
    if (digest !== this.#replica.digest(this.#self.node.name))
      this.#post.to(keeper, { type: 'mine', keeper: this.#self.pid, claims: this.#replica.own() })
    // That is answered with all of them.
    const here = this.#replica.digest(node)
    if (own !== undefined && own !== here)
      this.#post.to(keeper, { type: 'check', keeper: this.#self.pid, digest: here })
  }
}

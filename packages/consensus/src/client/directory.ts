/**
 * Whom a client knows: the leader if it does, and whom to ask for it.
 *
 * A leader is believed until it fails or says that it is none; a newer term's counts more. Those that can be asked are the member of this node, the members
 * that somebody told of, and the nodes that the client was started with, in turn.
 */
import type { Configuration, MemberId } from '../raft/interface.ts'
import { nodeOfMember } from '../member/group.ts'

export class Directory {
  readonly #own: string
  readonly #seeds: readonly string[]
  members: Configuration = []
  leader: MemberId | null = null
  #term = 0
  #turn = 0

  constructor(own: string, seeds: readonly string[]) {
    this.#own = own
    this.#seeds = seeds
  }

  /** What a member says of the group. */
  learn(said: { readonly leader: MemberId | null; readonly term: number; readonly members: Configuration }): void {
    if (said.members.length > 0 && said.term >= this.#term) this.members = said.members
    if (said.term > this.#term) {
      this.#term = said.term
      this.leader = said.leader
    } else if (said.term === this.#term) this.leader ??= said.leader
  }

  /** It does not lead any more, or cannot be reached. */
  distrust(id: MemberId): void {
    if (this.leader === id) this.leader = null
  }

  /** What an older term says counts again: those of the newer one may be no more. */
  forget(): void {
    this.#term = 0
  }

  /** Nodes to ask. */
  nodes(): string[] {
    return [...new Set([this.#own, ...this.members.map(({ id }) => nodeOfMember(id)), ...this.#seeds])]
  }

  /** The next of them. */
  next(): string {
    const nodes = this.nodes()
    return nodes[this.#turn++ % nodes.length]!
  }
}

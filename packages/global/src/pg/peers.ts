/**
 * The other nodes of a scope, as one keeper follows them. Pure: it says what to do with what they say, and does nothing.
 *
 * Each peer's state and updates are numbered by its keeper. What is older than what is known is dropped; a gap is never bridged: the
 * keeper asks for all anew. So nothing that was sent over a connection that is gone counts after one that came later.
 */
import type { AnyPid, Ref } from '@agner/core'
import type { Entry, StatePart, Update } from './messages.ts'

export interface Peer {
  readonly keeper: AnyPid
  readonly monitor: Ref
  /** It was told all that we have: updates go to it. */
  isTold: boolean
  /** The last number whose changes are in the table; null before its first state is whole. */
  seq: number | null
  /** The parts of a state that have come. */
  coming: { readonly seq: number; readonly parts: StatePart[]; size: number } | null
  /** It had too many members: what it says is not heard. */
  isLeftOut: boolean
}

export type Heard =
  | { readonly do: 'replace'; readonly state: ReadonlyMap<string, readonly AnyPid[]> }
  | { readonly do: 'apply' }
  /** The next part may complete it. */
  | { readonly do: 'wait' }
  /** It is known already, or was overtaken. */
  | { readonly do: 'drop' }
  /** Something is missing. */
  | { readonly do: 'ask' }
  /** It has more members than one node may have. */
  | { readonly do: 'leaveOut' }

export class PgPeers {
  readonly #byNode = new Map<string, Peer>()
  readonly #limit: number

  /** @param limit of the memberships of one node. */
  constructor(limit: number) {
    this.#limit = limit
  }

  get(node: string): Peer | undefined {
    return this.#byNode.get(node)
  }

  all(): IterableIterator<Peer> {
    return this.#byNode.values()
  }

  /** The nodes whose members are known. */
  nodes(): string[] {
    return [...this.#byNode].filter(([, { seq }]) => seq !== null).map(([node]) => node)
  }

  add(keeper: AnyPid, monitor: Ref): Peer {
    const peer: Peer = { keeper, monitor, isTold: false, seq: null, coming: null, isLeftOut: false }
    this.#byNode.set(keeper.node, peer)
    return peer
  }

  /** The peer whose monitor fired, now removed; undefined for another monitor. */
  remove(monitor: Ref): Peer | undefined {
    for (const [node, peer] of this.#byNode) {
      if (peer.monitor !== monitor) continue
      this.#byNode.delete(node)
      return peer
    }
    return undefined
  }

  /** An update of a peer, of whom `known` memberships are known; its number counts from now on if it is to be applied. */
  update(peer: Peer, { seq, changes }: Update, known: number): Heard {
    // The state that was asked for will have it, or comes before it.
    if (peer.seq === null) return { do: 'drop' }
    if (seq <= peer.seq) return { do: 'drop' }
    if (seq !== peer.seq + 1) {
      peer.seq = null
      return { do: 'ask' }
    }
    const joining = changes.reduce((sum, [type, , pids]) => (type === 'join' ? sum + pids.length : sum), 0)
    if (known + joining > this.#limit) return { do: 'leaveOut' }
    peer.seq = seq
    return { do: 'apply' }
  }

  /** A part of all that a peer has. */
  state(peer: Peer, message: StatePart): Heard {
    const { seq, part, parts, groups } = message
    if (peer.seq !== null && seq < peer.seq) return { do: 'drop' }
    if (part === 0) peer.coming = { seq, parts: [], size: 0 }
    const { coming } = peer
    if (coming === null || coming.seq !== seq || coming.parts.length !== part) {
      peer.coming = null
      return { do: 'ask' }
    }
    coming.parts.push(message)
    coming.size += groups.reduce((sum, [, pids]) => sum + Math.max(1, pids.length), 0)
    if (coming.size > this.#limit) return { do: 'leaveOut' }
    if (coming.parts.length < parts) return { do: 'wait' }
    peer.coming = null
    peer.seq = seq
    return { do: 'replace', state: gather(coming.parts.flatMap((each) => each.groups)) }
  }
}

function gather(entries: readonly Entry[]): Map<string, AnyPid[]> {
  const state = new Map<string, AnyPid[]>()
  for (const [group, pids] of entries) {
    if (pids.length === 0) continue
    const known = state.get(group)
    if (known === undefined) state.set(group, [...pids])
    else for (const pid of pids) known.push(pid)
  }
  return state
}

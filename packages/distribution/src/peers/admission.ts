/**
 * Who may come in: what an acceptor decides once a peer has proven the cookie. Pure.
 *
 * When two nodes connect to each other at once, the connection that the node with the greater name began survives:
 * - the acceptor has no connection and no attempt that was heard of: admitted;
 * - its own attempt has reached the peer, and its own name is the greater: refused as simultaneous, since the peer is
 *   about to admit that attempt;
 * - it has an older connection: that one is dead in the peer's eyes; it goes down, and is reported, before the new one
 *   comes up.
 */
import type { RefusalCode } from '../handshake/messages.ts'
import type { Party } from '../wire/parties.ts'

export interface Standing {
  readonly self: string
  readonly peer: Party
  /** When the new stream began, on the node's count of events. */
  readonly birth: number
  /** The connection that there is to a node of that name. */
  readonly old: { readonly peer: Party; readonly direction: 'out' | 'in'; readonly birth: number } | null
  /** This node's own attempt has heard of the peer. */
  readonly isAttempting: boolean
  readonly isStopping: boolean
  readonly isAllowed: boolean
  /** There are as many connections as there may be, with those that this node makes itself, and none of them is for the peer. */
  readonly isFull: boolean
}

export type Verdict = 'admit' | 'replace' | RefusalCode

export function admission(standing: Standing): Verdict {
  const { self, peer, birth, old, isAttempting, isStopping, isAllowed, isFull } = standing
  if (isStopping) return 'stopping'
  if (!isAllowed) return 'not_allowed'
  const isGreater = self > peer.name
  if (old !== null) {
    // It came up while this handshake was under way, and by our own doing: the two are simultaneous, not one after the
    // other.
    const isRival = old.peer.incarnation === peer.incarnation && old.direction === 'out' && old.birth > birth
    return isRival && isGreater ? 'simultaneous' : 'replace'
  }
  if (isAttempting && isGreater) return 'simultaneous'
  return isFull ? 'busy' : 'admit'
}

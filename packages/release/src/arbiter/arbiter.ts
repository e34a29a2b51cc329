/**
 * Who may run an application: the seam between distributed applications and whatever decides that by a majority, or by one clock.
 *
 *     owner ── claim('database') ──► arbiter ──► held, with a token that grows        taken, by somebody        unavailable, nobody could be asked
 *       ▲                              │
 *       └────────── claimLost ─────────┘ before anybody else can have it, as far as clocks run at about the same rate
 *
 * A claim belongs to the process that asked: when that ends, it is given back at once. Nobody can promise that a thread which was held for long notices in
 * time that its claim is over. So two things hold together: a holder is told, and stops; and what it writes shows its token, which storage compares.
 */
import type { AnyProcess } from '@agner/core'

/**
 * Says who may run an application. `leaseArbiter`, `leaderArbiter` and `postgresArbiter` make one; yours is as good if it keeps to this:
 *
 * - of all claims of one application a later one has a greater token, over all nodes and all time;
 * - a claim is over here (`isHeld()` is false) before another can be given, as long as clocks run at about the same rate and no thread is held;
 * - each claim that was given ends once: by `release`, by the end of its owner, or by one {@link ClaimLost};
 * - whoever comes with a token that is older than the newest is refused by what the arbiter protects, whatever clocks and threads do.
 */
export interface Arbiter {
  /** For people: shown in states and reports. */
  readonly name: string
  /**
   * True: it says by itself which node is to run an application, as a log says who leads it. Then every node that may run it keeps asking, and priorities
   * come about by `release({ to })`. False: it gives a claim to whoever asks first, and the rules of the asker say whose turn it is.
   */
  readonly decides: boolean
  /**
   * Whether this node could use a claim now. While it is false nothing is taken over from a node that runs the application; asking is still of use where nobody does.
   * Asked again and again, so it must be quick; what it throws counts as false, and is reported (`release.arbiter_failed`), and so does a promise. Without it: always.
   */
  readonly isReady?: () => boolean
  /**
   * Asks for the right to run an application on this node. `owner` is a process of this node; when it ends while it waits, nobody waits any more.
   *
   * Rejects with `release.bad_option` only: everything else is an answer.
   */
  claim(owner: AnyProcess, application: string, options?: ClaimOptions): Promise<ClaimAnswer>
}

export interface ClaimOptions {
  /** Milliseconds to wait for one that somebody has, or for an arbiter that cannot be asked. At most 2 ** 31 - 1; default 0: one look. */
  readonly waitMs?: number
}

export type ClaimAnswer =
  | { readonly type: 'held'; readonly claim: Claim }
  /** Somebody else may run it: the node, where that is known. */
  | { readonly type: 'taken'; readonly by: string | null }
  /** It cannot be said: no majority, no database. Nothing was given, or what was given ends by itself. */
  | { readonly type: 'unavailable'; readonly reason: string }

/** The right to run an application, here and now. */
export interface Claim {
  readonly application: string
  /** A whole number above 0. Show it with every write: storage that has seen a greater one refuses. */
  readonly token: number
  /** By this node's clock: what counts when the holder looks just before it acts. False also while that is not known, as after a thread was held for long. */
  isHeld(): boolean
  /**
   * Gives it back: it is over at once, and no {@link ClaimLost} comes. Stop the application first. Resolves when others can have it, or when nothing more can
   * be done about it here. Never rejects.
   */
  release(options?: ReleaseOptions): Promise<void>
}

export interface ReleaseOptions {
  /** The node that is to have it next. An arbiter that decides by itself tries to bring that about; another one takes no notice. */
  readonly to?: string
}

/** Sent to the owner of a claim: it is over, so stop the application now. */
export interface ClaimLost {
  readonly type: 'claimLost'
  readonly application: string
  readonly token: number
  /** `expired`: it could not be renewed in time. `lost`: the arbiter says that it is another's, or nobody's. */
  readonly why: 'expired' | 'lost'
}

/**
 * Why an application starts here: the start type of OTP.
 *
 *     normal      nobody else ran it just before, or nobody says so
 *     failover    the node that ran it is lost
 *     takeover    another node runs it, and gives it up once it is up here
 */

/** Settled by whoever starts the application; its callbacks find it in their context. Frozen. */
export interface StartType {
  readonly type: 'normal' | 'failover' | 'takeover'
  /** The node that ran it; null for `normal`. */
  readonly from: string | null
  /**
   * The fencing token of the right by which it runs: a number that grows with every such right. Show it with every write to
   * what only one may write to. Null where nothing but the connections between nodes says who runs it.
   */
  readonly token: number | null
}

export const normalStart: StartType = Object.freeze({ type: 'normal', from: null, token: null })

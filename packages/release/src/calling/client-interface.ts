/**
 * Calling an application by its name, as users see it: `startApplicationClient` of `client.ts` makes one.
 */
import type {
  Address,
  Caller,
  CallName,
  Calls,
  CastName,
  Casts,
  PayloadThen,
  Protocol,
  Result,
} from '@agner/behaviours'
import type { AnyPid } from '@agner/core'

export interface ApplicationClientOptions {
  readonly application: string
  /** The nodes that may run it. */
  readonly nodes: readonly string[]
  readonly limits?: Partial<ApplicationClientLimits>
}

export interface ApplicationClientLimits {
  /** Calls that wait for the application to be found, or for a place; more are refused with `release.client_full`. Default 16,384. */
  readonly waiting: number
  /** Calls that are under way at once; more wait. Default 4,096. */
  readonly underWay: number
  /** Milliseconds of silence after which it is asked where the application is, and a call that may be repeated is made again. Default 2,000. */
  readonly attemptMs: number
  /** Milliseconds between two rounds of asking all nodes; they grow to eight times that. Default 20. */
  readonly retryMs: number
}

export interface ApplicationCallOptions {
  /** Milliseconds until it is given up, waiting for the application included. Default: the protocol's. */
  readonly timeoutMs?: number
  /**
   * What becomes of a call whose fate is unknown: the node was lost, or the process ended, while it was under way. `never` (the default): it is rejected with
   * `release.outcome_unknown`. `safe`: doing it twice does no harm, so it is made again until `timeoutMs` is over; if it was the process that ended, four
   * times at most, since the call may be why.
   */
  readonly repeat?: 'never' | 'safe'
}

/** One serves all processes of a node that want that application. */
export interface ApplicationClient {
  readonly application: string
  readonly pid: AnyPid
  /**
   * Asks a process of the application: the one that has the protocol's name, or the local name that it is at, on the node that runs it. While it moves the
   * call waits. Without `repeat: 'safe'` it is done once or not at all.
   *
   * Rejects with `release.not_running` (nobody was asked), `release.outcome_unknown`, `release.client_full`, `release.bad_option` for an address that is no local
   * name; `call.bad_argument`, `copy.unsendable`.
   */
  call<Api, Name extends CallName<Api>>(
    from: Caller,
    to: Protocol<Api> | Address<Api>,
    name: Name,
    ...given: PayloadThen<Calls<Api>[Name], ApplicationCallOptions>
  ): Promise<Result<Calls<Api>[Name]>>
  /**
   * Tells it something, once or not at all, and goes on at once. While the application moves it waits, for as long as a call would; then it is dropped.
   *
   * @throws `release.bad_option`, `copy.unsendable`
   */
  cast<Api, Name extends CastName<Api>>(
    from: Caller,
    to: Protocol<Api> | Address<Api>,
    name: Name,
    ...given: PayloadThen<Casts<Api>[Name], never>
  ): void
  /** The node where it was found last, as long as nothing speaks against it. */
  where(): string | null
  /** Ends it: what waits is rejected. */
  stop(): Promise<void>
}

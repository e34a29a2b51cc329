/**
 * Sending to processes of nodes that this one shares no group with, by way of gateways.
 *
 *     sender ──► relay ──► gateway of its group ──► gateway of the target's group ──► relay ──► target
 *
 * What is promised, for each sender and destination as it is addressed:
 * - order: messages arrive in the order of sending, those that arrive; also over a change of the way.
 * - at most once: nothing is ever sent twice. What was under way when a gateway died may be lost, and `stats().inDoubt` counts it.
 * - no loop: a circuit passes two gateways at most, and no node twice.
 * - bounded buffers: credit goes back as messages reach the target's mailbox. When as much as may waits, a send is refused; nothing is dropped in silence.
 * - a monitor gives exactly one DOWN: the target's reason, or `noconnection` when the way is lost. Then what was sent before may be lost, as with a connection.
 *
 * The way of a destination is fixed while it lives, also when a shorter one comes up.
 */
import type { CallName, Calls, CastName, Casts, PayloadThen, Protocol, Result } from '@agner/behaviours'
import type { AnyProcess, Node, Ref, Sendable } from '@agner/core'
import type { FarAddress, FarDestination, Target } from './address.ts'
import type { RelayCounters, RelayLimits, RelayTimes } from './limits.ts'

export type Caller = AnyProcess | Node

export interface RelayStats extends Readonly<RelayCounters> {
  /** Destinations of this node's processes now. */
  readonly destinations: number
  /** Circuits that pass through here now. */
  readonly circuits: number
  /** Circuits that end here now. */
  readonly targets: number
  /** Frames that wait here for busy connections now. */
  readonly waitingFrames: number
}

/** One destination, for people. */
export interface RelayPath {
  readonly to: string
  /** All nodes from this one to the target's; empty while a way is looked for. */
  readonly way: readonly string[]
  /** Which circuit of this node's it is: a greater number is a later one. */
  readonly epoch: number
  /** Messages that wait here, and those that are under way. */
  readonly waiting: number
  readonly underWay: number
}

export interface RelayRequestOptions {
  /** Milliseconds until it fails with `groups.relay_timeout`; default 5,000; Infinity waits for ever. */
  readonly timeoutMs?: number
}

export interface Relay {
  /**
   * Sends, and goes on at once; the message is copied now. To a process that is gone, or a name that nobody has, it goes nowhere, as any send.
   *
   * @throws `groups.relay_full`, `groups.relay_too_large`, `groups.bad_address`, `groups.stopped`; `copy.unsendable`, `copy.too_deep`
   */
  send<T>(from: Caller, to: FarDestination<T>, message: NoInfer<T> & Sendable<NoInfer<T>>): void
  /** As `send`; false where that throws `groups.relay_full`, and nothing was sent. */
  trySend<T>(from: Caller, to: FarDestination<T>, message: NoInfer<T> & Sendable<NoInfer<T>>): boolean
  /**
   * Resolves when half of what may wait for a destination is free, and the limit that refused the last send or request would not refuse it again: what to await after
   * a refusal. Also when there is nothing to wait for any more, since no way was found, the target is gone or the relay was stopped: the next send says so.
   */
  room(from: Caller, to: FarAddress): Promise<void>
  /**
   * Asks, and waits for the answer: the target gets a `Request`.
   *
   * Rejects with `groups.relay_timeout`, `groups.relay_no_process`, `groups.relay_no_connection`, `groups.relay_exited` (`details.reason`), and as `send`.
   */
  request(from: Caller, to: FarAddress, payload: unknown, options?: RelayRequestOptions): Promise<unknown>
  /**
   * Calls a server of `@agner/behaviours`. Rejects as `request`, and with what the server refuses the call with (`call.bad_argument`); `timeoutMs` is the protocol's
   * if nothing else is said.
   */
  call<Api, Name extends CallName<Api>>(
    from: Caller,
    to: FarAddress,
    protocol: Protocol<Api>,
    name: Name,
    ...rest: PayloadThen<Calls<Api>[Name], RelayRequestOptions>
  ): Promise<Result<Calls<Api>[Name]>>
  /** Tells a server something, and goes on at once. @throws as `send` */
  cast<Api, Name extends CastName<Api>>(
    from: Caller,
    to: FarAddress,
    protocol: Protocol<Api>,
    name: Name,
    ...rest: PayloadThen<Casts<Api>[Name], never>
  ): void
  /**
   * One DOWN will come, with the target's reason, `noproc`, or `noconnection` when the way is lost or none is found in time. Its `process` is a local process that
   * stands for the target: go by `ref`. `self.demonitor` ends it.
   *
   * @throws `groups.relay_full` when there are as many destinations as may be, `groups.bad_address`, `groups.stopped`
   */
  monitor(from: AnyProcess, to: FarAddress): Ref
  /** Whether this node relays for others now. */
  readonly isGateway: boolean
  /** The nodes whose relays this one is in touch with. */
  neighbours(): readonly string[]
  stats(): RelayStats
  paths(): RelayPath[]
  /** Ends it: those who monitor get `noconnection`, here and elsewhere. */
  stop(): void
}

/** Of the node's own services: any member of a group may answer. @internal */
export interface RelayWithin extends Relay {
  request(from: Caller, to: Target, payload: unknown, options?: RelayRequestOptions): Promise<unknown>
}

export interface RelayOptions {
  readonly limits?: Partial<RelayLimits>
  readonly times?: Partial<RelayTimes>
}

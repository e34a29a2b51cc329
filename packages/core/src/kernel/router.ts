/**
 * The seam between the kernel and a network.
 *
 * The kernel knows that an address may be remote, and nothing of sockets. It hands every signal for another node to the router
 * that is attached, in the order of sending, and takes what arrives through the {@link RemotePort}. All bookkeeping of links,
 * monitors and requests across nodes is the kernel's: the router only carries, and says when a peer is lost.
 *
 *     process ── send/link/… ──► kernel ── route(signal) ──► router ~~~ wire ~~~ router ── deliver(signal) ──► kernel ──► process
 *                                   ▲                           │
 *                                   └────── peerLost(name) ─────┘   every link, monitor and request of that peer fails: noconnection
 *
 * Without a router every remote signal meets `noconnection` at once.
 */
import type { AnyPid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import type { ExitReason, NotCarried } from '../exit-reason.ts'
import type { MessageContext } from '../trace-context.ts'

/** A process by its registered name on a node. */
export interface NameAddress {
  readonly name: string
  readonly node: string
}

/** What may come along with a signal that brings something to a process. */
interface MayCarry {
  readonly context?: MessageContext
}

/** What goes from one node to another. Payloads are copied already: the router may encode them whenever it likes. */
export type RemoteSignal =
  | (MayCarry & {
      readonly op: 'send'
      readonly from: AnyPid | null
      readonly to: AnyPid | Ref | NameAddress
      readonly message: unknown
    })
  | { readonly op: 'link'; readonly from: AnyPid; readonly to: AnyPid }
  | { readonly op: 'unlink'; readonly from: AnyPid; readonly to: AnyPid; readonly id: number }
  | { readonly op: 'unlinkAck'; readonly from: AnyPid; readonly to: AnyPid; readonly id: number }
  /** A link broke: `from` has ended. */
  | { readonly op: 'linkExit'; readonly from: AnyPid; readonly to: AnyPid; readonly reason: ExitReason }
  /** erlang:exit/2; `from` is null when code outside any process sent it. */
  | { readonly op: 'exit'; readonly from: AnyPid | null; readonly to: AnyPid; readonly reason: ExitReason }
  | { readonly op: 'monitor'; readonly from: AnyPid; readonly to: AnyPid | NameAddress; readonly ref: Ref }
  | { readonly op: 'demonitor'; readonly from: AnyPid; readonly to: AnyPid | NameAddress; readonly ref: Ref }
  | {
      readonly op: 'down'
      readonly from: AnyPid | NameAddress
      readonly to: AnyPid
      readonly ref: Ref
      readonly reason: ExitReason
    }
  /** A call: message, monitor and reply alias in one. `id` is unique per `from`'s node. */
  | (MayCarry & {
      readonly op: 'request'
      readonly from: AnyPid
      readonly to: AnyPid | NameAddress
      readonly id: number
      readonly payload: unknown
    })
  /** The caller gave up or died: the monitor half of a request ends. */
  | { readonly op: 'abandon'; readonly from: AnyPid; readonly to: AnyPid | NameAddress; readonly id: number }
  | { readonly op: 'reply'; readonly to: AnyPid; readonly id: number; readonly payload: unknown }
  | { readonly op: 'requestFailed'; readonly to: AnyPid; readonly id: number; readonly reason: ExitReason }
  | (MayCarry & {
      readonly op: 'spawn'
      readonly from: AnyPid
      readonly node: string
      readonly id: number
      readonly module: string
      /** Null: the newest version that the other node has. */
      readonly version: string | null
      readonly name: string
      readonly argument: unknown
      readonly link: boolean
      readonly monitor: Ref | null
      /** The group leader of `from`; absent when it has none. A router whose other side does not understand it leaves it out. */
      readonly leader?: AnyPid
    })
  | { readonly op: 'spawned'; readonly to: AnyPid; readonly id: number; readonly pid: AnyPid }
  | {
      readonly op: 'spawnFailed'
      readonly to: AnyPid
      readonly id: number
      readonly code: string
      readonly message: string
    }

/**
 * What became of a signal that was to be routed.
 *
 * - `taken`: it is on its way.
 * - `busy`: it is on its way, and much waits for the peer: its sender is to wait until {@link RemotePort.ready} names it.
 * - `full`: too much waits, and it was not taken.
 */
export type Routed = 'taken' | 'busy' | 'full'

/** Whether a peer would take what a process sends: {@link Routed} in advance; `unconnected` when it would have to be connected first. */
export type Readiness = 'ready' | 'busy' | 'unconnected'

/** What a network layer gives to the kernel. */
export interface Router {
  /**
   * Takes a signal for node `node`. Never throws and never calls back into the kernel before it returns. Signals from one sender to one
   * node keep their order, whatever their kinds. A signal that cannot be carried is reported with {@link RemotePort.peerLost} or {@link RemotePort.bounce},
   * later.
   *
   * @returns nothing for `taken`.
   * @param sender whose signal it is; null for nobody's.
   * @param isFree its code made it, just now: `busy` makes it wait, and a send, request or spawn may be refused (`full`). All others are taken
   * always.
   */
  route(node: string, signal: RemoteSignal, sender: AnyPid | null, isFree: boolean): Routed | void
  /** What `route` would say to something that `sender` sends now. Nothing is connected for the asking. */
  readiness?(node: string, sender: AnyPid | null): Readiness
  /** The nodes that are connected now and members of the cluster. */
  names?(): readonly string[]
}

/** What the kernel gives to a network layer (by `attachRouter`). */
export interface RemotePort {
  /**
   * A signal from the authenticated peer `peer`. Signals whose `from` is not a pid of that peer are refused: the result is false,
   * nothing was done, and the connection should be closed.
   */
  deliver(peer: { readonly name: string; readonly incarnation: number }, signal: RemoteSignal): boolean
  /**
   * The connection to `peer` is gone, or could not be made. Fails every link, monitor, request and spawn towards it with
   * `noconnection`; call it once per lost connection, after its last `deliver` and before the first of a newer one.
   */
  peerLost(peer: string): void
  /**
   * Whether the node has not handled what was delivered, so that reading more would only make mailboxes longer: ask after a chunk,
   * and again on a macrotask before going on. It does not stay true for ever, however busy the node is with itself.
   */
  isBehind(): boolean
  /** A sender of whom `route` has said `busy` may go on. Not called from within `route`. */
  ready(peer: string, sender: AnyPid): void
  /**
   * One signal could not be carried, although the peer lives: it went to an earlier incarnation (`noproc`), say, or cannot be encoded
   * (`notCarried`).
   */
  bounce(signal: RemoteSignal, reason: 'noproc' | 'noconnection' | NotCarried): void
  detach(): void
}

/**
 * What runs in the OS process of a peer: a module whose default export is a program.
 *
 * It is written once, with its types, and started from tests by `startPeer<typeof program>({ module })`.
 */
import type { Node, NodeOptions } from '@agner/core'
import type { Distribution, DistributionOptions } from '@agner/distribution'

/** Functions that a test may call in the peer. What they take and give is data that can be sent: pids and errors, too. */
export type PeerCalls<Calls> = { readonly [Name in keyof Calls]: (...args: never[]) => unknown }

/** What a program knows before it has a node. */
export interface PeerStart<Args> {
  /** The name of its node. */
  readonly name: string
  readonly args: Args
  /**
   * Tells the test, which finds it in `said` and with `until`. Resolves when the message has left this process, so that it is not late
   * when the thread is held next. After the starter has gone, nobody hears it.
   *
   * @throws `testing.peer_unsendable`
   */
  say(message: unknown): Promise<void>
}

/** What a program has to do with. */
export interface PeerSelf<Args> extends PeerStart<Args> {
  readonly node: Node
  /** Null with `connection: 'none'`. */
  readonly distribution: Distribution | null
}

/** A program, in the order in which its functions are called. What one of them throws is the failure of `startPeer`. */
export interface PeerProgram<Calls extends PeerCalls<Calls>, Args = unknown> {
  /** Options of the node; its name is given. */
  readonly node?: (start: PeerStart<Args>) => Omit<NodeOptions, 'name'>
  /** Options of the distribution; its cookie is given, and what the test says goes before. Not called with `connection: 'none'`. */
  readonly distribution?: (start: PeerStart<Args>) => Partial<Omit<DistributionOptions, 'cookie'>>
  /** Does what is to be done before the test goes on. Its result is what can be called: the functions of an object, and of its class. */
  readonly start: (self: PeerSelf<Args>) => Calls | Promise<Calls>
}

/** Says that `program` is one, so that its types are inferred: `export default definePeer({ … })`. */
export function definePeer<Calls extends PeerCalls<Calls>, Args = unknown>(
  program: PeerProgram<Calls, Args>,
): PeerProgram<Calls, Args> {
  return program
}

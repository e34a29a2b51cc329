/**
 * What a starter and its peer say to each other over the channel between their processes. Each message is one value as
 * `@agner/distribution/values` writes it, so that pids, refs and errors stay what they are.
 *
 *     starter                          peer
 *     ── start ──────────────────────►  makes the node, runs the program
 *     ◄───────────── up, or failed ──
 *     ── call, cast, send, found ────►
 *     ◄─ answered, threw, said, seek ─
 *     ── stop ───────────────────────►  stops the node, and lets go of the channel
 */
import type { Address } from '@agner/distribution'
import type { PeerDistributionOptions } from './options.ts'

export interface StartOrder {
  readonly is: 'start'
  /** Of the OS process without which the peer has to end. */
  readonly starterPid: number
  /** The URL of the module. */
  readonly module: string
  readonly name: string
  readonly args: unknown
  /** Null: no distribution. */
  readonly distribution: {
    readonly cookie: string
    readonly options: PeerDistributionOptions
    /** The node to connect to before the program starts; null: none. */
    readonly connectTo: string | null
  } | null
}

export type ToPeer =
  | StartOrder
  /** Without `id` it is a cast: no answer. */
  | { readonly is: 'call'; readonly id: number | null; readonly name: string; readonly args: readonly unknown[] }
  /** For the process that is registered as `to`. */
  | { readonly is: 'send'; readonly to: string; readonly message: unknown }
  /** The answer to `seek`. */
  | { readonly is: 'found'; readonly id: number; readonly address: Address | null }
  | { readonly is: 'stop' }

export type FromPeer =
  | { readonly is: 'up'; readonly address: Address | null }
  | { readonly is: 'failed'; readonly error: unknown }
  | { readonly is: 'answered'; readonly id: number; readonly value: unknown }
  | { readonly is: 'threw'; readonly id: number; readonly error: unknown }
  | { readonly is: 'said'; readonly message: unknown }
  /** Where does the node `name` listen? */
  | { readonly is: 'seek'; readonly id: number; readonly name: string }

/** The channel is not theirs alone: a program may say there what it likes (`process.send('ready')`), and so may what it imports. */
const ours = '@agner/testing'

export function wrap(bytes: Uint8Array): { readonly [ours]: Uint8Array } {
  return { [ours]: bytes }
}

/** Null: it is none of theirs. */
export function unwrap(message: unknown): Uint8Array | null {
  if (typeof message !== 'object' || message === null) return null
  const { [ours]: bytes } = message as { readonly [ours]?: unknown }
  return bytes instanceof Uint8Array ? bytes : null
}

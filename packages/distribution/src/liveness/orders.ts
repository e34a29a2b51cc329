/**
 * What a program's thread and its liveness thread say to each other. A liveness thread keeps the posts of all nodes of
 * the thread that made it.
 */
import type { Address } from '../network/network.ts'
import type { LaneTerms } from './post.ts'

export type Order =
  | { readonly do: 'make'; readonly post: number; readonly heartbeat: SharedArrayBuffer; readonly timeoutMs: number }
  | { readonly do: 'listen'; readonly post: number; readonly address: Address }
  | {
      readonly do: 'open'
      readonly post: number
      readonly lane: number
      readonly terms: LaneTerms
      readonly board: SharedArrayBuffer
    }
  | { readonly do: 'dial'; readonly post: number; readonly lane: number; readonly address: Address }
  | { readonly do: 'retime'; readonly post: number; readonly lane: number; readonly terms: LaneTerms }
  | { readonly do: 'close'; readonly post: number; readonly lane: number }
  | { readonly do: 'stop'; readonly post: number }

/** `ready`: the thread runs. */
export type News = { readonly news: 'ready' } | PostNews

export type PostNews =
  | { readonly news: 'listening'; readonly post: number; readonly address: Address }
  | { readonly news: 'listenFailed'; readonly post: number; readonly reason: string }
  | { readonly news: 'unreachable'; readonly post: number; readonly lane: number; readonly reason: string }

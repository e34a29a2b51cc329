/**
 * What happened in a simulated cluster, in one list. Nodes go by their short names.
 */
interface At {
  /** Virtual time since the cluster began. */
  readonly atMs: number
}

/** A whole frame has arrived. */
export interface FrameEvent extends At {
  readonly type: 'frame'
  readonly from: string
  readonly to: string
  /** Which connection, counted from 1. */
  readonly connection: number
  /** By its name in PROTOCOL.md; an opcode without one in hexadecimal digits. */
  readonly frame: string
  /** Without the length field. */
  readonly bytes: number
  /** Of the content: two frames with the same content have the same. */
  readonly checksum: number
}

export type TraceEvent =
  | FrameEvent
  /** A line to or from a port mapper, or a part of one. */
  | (At & { readonly type: 'line'; readonly from: string; readonly to: string; readonly text: string })
  | (At & { readonly type: 'started'; readonly node: string; readonly incarnation: number })
  | (At & { readonly type: 'crashed'; readonly node: string; readonly how: 'reset' | 'silence' })
  | (At & { readonly type: 'stopped'; readonly node: string })
  /** Its thread is, for `ms`. */
  | (At & { readonly type: 'held'; readonly node: string; readonly ms: number })
  /** What the distribution of `at` told about `node`. */
  | (At & { readonly type: 'nodeup'; readonly at: string; readonly node: string })
  | (At & { readonly type: 'nodedown'; readonly at: string; readonly node: string; readonly reason: string })
  /** From now on nothing gets from one to the other; or it does again. */
  | (At & { readonly type: 'cut' | 'healed'; readonly from: string; readonly to: string })

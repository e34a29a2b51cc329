/**
 * What relays say to each other: messages to the process `@agner/groups/relay` of a neighbour.
 *
 *     source ── open ──► gateway ── open ──► gateway ── open ──► end        each adds itself to the way, and lowers the window to its own
 *     source ◄─ opened ─ gateway ◄─ opened ─ gateway ◄─ opened ─ end        or refused, by whoever cannot
 *     source ── data, ask ──────────────────────────────────────► end        at most a window of them without credit
 *     source ◄─ credit, answer ─────────────────────────────────── end
 *     source ◄─ ended ──── the target is gone, or a node on the way          source ── close ──► end
 *
 * An id is used once, for one attempt over one connection: a circuit that was lost is followed by another one, over another way or the same. All that a circuit carries goes the same way,
 * and connections keep the order, so what arrives is in order, and once.
 */
import type { AnyPid, ExitReason } from '@agner/core'
import type { Target } from './address.ts'

export const relayName = '@agner/groups/relay'

/** Says who one is. Answered with the same when the other had not heard it yet. */
export interface Hello {
  readonly type: 'hello'
  readonly node: string
  readonly answer: boolean
  readonly gateway: boolean
  readonly groups: readonly string[]
  /** From gateway to gateway: members of its groups that the receiver is not in. */
  readonly members: readonly string[]
}

export interface Open {
  readonly type: 'open'
  readonly id: string
  /** The nodes that it has passed, the source first. */
  readonly way: readonly string[]
  /** How often it may still be passed on. */
  readonly hops: number
  /** Counts the source's circuits: of two for the same destination the one with the greater number is the newer. */
  readonly epoch: number
  readonly source: { readonly node: string; readonly incarnation: number }
  readonly key: string
  readonly to: Target
  /** Once a member of the group has looked up the name. */
  readonly pid: AnyPid | null
  readonly windowMessages: number
  readonly windowBytes: number
}

/** `noProcess`: nobody has that name. The others may go by another gateway. */
export type RefusalReason = 'noProcess' | 'noRoute' | 'full' | 'loop' | 'notAGateway' | 'superseded'

export type Forward =
  | Open
  | {
      readonly type: 'data'
      readonly id: string
      readonly seq: number
      readonly bytes: number
      readonly message: unknown
    }
  | {
      readonly type: 'ask'
      readonly id: string
      readonly seq: number
      readonly bytes: number
      readonly ask: number
      readonly payload: unknown
      readonly timeoutMs: number
    }
  | { readonly type: 'close'; readonly id: string }
  /** Does the name stand for the same process still? Answered with `here`, or `ended`. */
  | { readonly type: 'check'; readonly id: string }

export type Backward =
  | {
      readonly type: 'opened'
      readonly id: string
      /** All nodes from the source to the end. */
      readonly way: readonly string[]
      readonly windowMessages: number
      readonly windowBytes: number
    }
  | { readonly type: 'refused'; readonly id: string; readonly reason: RefusalReason; readonly at: string }
  | { readonly type: 'credit'; readonly id: string; readonly messages: number; readonly bytes: number }
  | { readonly type: 'answer'; readonly id: string; readonly ask: number; readonly outcome: Outcome }
  | { readonly type: 'here'; readonly id: string }
  /** After `moved`: what was under way, and did not reach the process that had the name. `ask`: of a request. */
  | {
      readonly type: 'returned'
      readonly id: string
      readonly bytes: number
      readonly ask: number | null
      readonly message: unknown
      readonly timeoutMs: number
    }
  /** `target`: it ended, for that reason. `lost`: a node on the way is gone. `moved`: the name stands for another process now. */
  | {
      readonly type: 'ended'
      readonly id: string
      readonly why: 'target' | 'lost' | 'moved'
      readonly reason: ExitReason
    }

/** What came of a request. `refused`: with an error of its own, which is the reason. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly failed: 'noProcess' | 'noConnection' | 'exited' | 'timeout' | 'refused'
      readonly reason: ExitReason
    }

export type Frame = Hello | Forward | Backward

/**
 * What a node knows of one application of the table, and the values that go in and out of the reducer. Plain data.
 *
 *     (state, event, moment) ──► reduce ──► state, effects
 */
import type { ApplicationType, StartType } from '@agner/behaviours'
import type { ExitReason } from '@agner/core'
import type { Standing } from './interface.ts'
import type { Row } from './table.ts'

export const types: readonly ApplicationType[] = ['permanent', 'transient', 'temporary']

export function isType(value: unknown): value is ApplicationType {
  return types.includes(value as ApplicationType)
}

/** One start of an application on one node. */
export interface Instance {
  readonly node: string
  readonly instance: number
}

/**
 * Why an instance ended on a node that lives.
 *
 * - `stopped`, `ended` (by itself), `unpermitted`: on purpose, so that nobody else starts it.
 * - `takenOver`, `conflict`: another one runs.
 * - `failed`: its start did.
 * - `claimLost`, `handedOver`: whoever gets the claim runs it.
 */
export type HowEnded =
  | 'stopped'
  | 'ended'
  | 'unpermitted'
  | 'takenOver'
  | 'conflict'
  | 'failed'
  | 'claimLost'
  | 'handedOver'

export interface Ended {
  readonly instance: number
  readonly how: HowEnded
  /** For people. */
  readonly why: string
  /** It failed to start because `start` was called, and not because another node was lost. */
  readonly isFirst: boolean
}

/** Where a node stands with an application: what it tells the others, whole, whenever it changes. */
export interface Stand {
  readonly standing: Standing
  readonly isPermitted: boolean
  /** `start` was called there. */
  readonly isStarted: boolean
  /** It was there and is not to be waited for: it was stopped, ended by itself, or failed. */
  readonly isRetired: boolean
  /** How many applications it has, while it waits; settled when it claims. */
  readonly weight: number
  /** Of its claim, or of what runs there; 0 for none. */
  readonly instance: number
  /** What it takes over from, or took over from; of one that is `lost`, what was lost. */
  readonly from: Instance | null
  readonly token: number | null
  /** Another node that is seen to run it; of one that is being stopped, the one that took it over. */
  readonly sees: Instance | null
  /** The greatest instance that it had heard of when it began to want it to run; 0 when it does not. */
  readonly wishedAfter: number
  /** The greatest instance that it has heard of; one that does not say so is older than this field. */
  readonly highest?: number
  readonly ended: Ended | null
}

export interface Peer extends Stand {
  /** What of its table must be the same; null where it has no such application. */
  readonly terms: string | null
  /** Its table differs. */
  readonly differs: boolean
}

/** What this node is after. */
export interface Wish {
  readonly why: 'start' | 'failover' | 'permit' | 'takeover'
  /** What was lost. */
  readonly from: Instance | null
  readonly sinceMs: number
  /** The greatest instance that was known then. */
  readonly after: number
  /** An arbiter is not asked again before. */
  readonly notBeforeMs: number
}

export type Ask =
  | { readonly ask: 'start'; readonly applicationType: ApplicationType }
  | { readonly ask: 'stop' }
  | { readonly ask: 'takeover'; readonly applicationType: ApplicationType | null }
  | { readonly ask: 'permit'; readonly isPermitted: boolean }
  | { readonly ask: 'leave' }

/** Who waits for something to come about. */
export type Waiter = Ask & { readonly id: number }

export type Refusal =
  | 'already_started'
  | 'not_started'
  | 'start_failed'
  | 'runs_here'
  | 'runs_nowhere'
  | 'not_permitted'
  | 'not_among_nodes'
  | 'not_given'
  | 'table_mismatch'
  | 'stopped'

export type Outcome =
  | { readonly ok: true }
  | {
      readonly refused: Refusal
      readonly node?: string
      readonly why?: string
      readonly reason?: ExitReason
    }

/** What others are told of this node (`standOf`), and what only it needs to know. */
export interface State extends Omit<Stand, 'sees' | 'wishedAfter'> {
  readonly row: Row
  /** This node. */
  readonly node: string
  readonly applicationType: ApplicationType
  readonly wish: Wish | null
  /** While `lost`: until when its node has time. Infinity: for ever. */
  readonly deadlineMs: number
  /** Whom this node gave it up for, while that has not begun: it is waited for. */
  readonly handedTo: string | null
  /** What this node stands by for, and who told of it, if it is not connected itself. */
  readonly seen: Seen | null
  /** What it stands by for and is to take over, but has only heard of: it asks the node itself, once they have met. */
  readonly unmet: Instance | null
  /** Who may take over what runs here. */
  readonly yieldTo: string | null
  /** Who has given leave to the claim of this node. */
  readonly grants: ReadonlySet<string>
  /** To whom this node has given leave, and for which instance. */
  readonly granted: ReadonlyMap<string, number>
  /** The arbiter was asked for the claim. */
  readonly hasAsked: boolean
  /** While it stands by: the instance for which the arbiter is asked all the same, since it may know better; 0 if it is not. */
  readonly asking: number
  /** When it may be asked so again. */
  readonly askFromMs: number
  /** Why it is being stopped, or is to be once it has started. */
  readonly stopWhy: HowEnded | null
  /** Its end takes this node down: others are to see the node go, and nothing else. */
  readonly isDoomed: boolean
  readonly waiters: readonly Waiter[]
  readonly peers: ReadonlyMap<string, Peer>
  /** Connected nodes that may take part, and have not said so yet. */
  readonly greeting: ReadonlySet<string>
  /** Connected nodes that are silent, and whose program lives. */
  readonly suspects: ReadonlySet<string>
  readonly highest: number
  readonly problem: string | null
  readonly isLeaving: boolean
}

/** What is seen to run elsewhere. */
export interface Seen extends Instance {
  readonly token: number | null
  /** Who sees it, where this node is not connected to it; else null. */
  readonly via: string | null
}

export type Event =
  | { readonly type: 'greeting'; readonly node: string; readonly isOn: boolean }
  | { readonly type: 'peer'; readonly node: string; readonly stand: Peer }
  | { readonly type: 'peerGone'; readonly node: string }
  | { readonly type: 'suspect'; readonly node: string; readonly isOn: boolean }
  | { readonly type: 'granted'; readonly node: string; readonly instance: number }
  | { readonly type: 'time' }
  | { readonly type: 'ask'; readonly waiter: Waiter }
  | { readonly type: 'started'; readonly instance: number }
  | { readonly type: 'startFailed'; readonly instance: number; readonly reason: ExitReason; readonly why: string }
  /** By itself. */
  | { readonly type: 'ended'; readonly instance: number; readonly why: string; readonly takesNodeDown: boolean }
  | { readonly type: 'stopped'; readonly instance: number }
  | { readonly type: 'claimed'; readonly instance: number; readonly token: number }
  | { readonly type: 'notClaimed'; readonly instance: number; readonly why: string }
  | { readonly type: 'claimLost'; readonly token: number; readonly why: string }

export type Effect =
  | { readonly type: 'tell'; readonly stand: Stand }
  | { readonly type: 'grant'; readonly node: string; readonly instance: number }
  | {
      readonly type: 'start'
      readonly instance: number
      readonly startType: StartType
      readonly applicationType: ApplicationType
    }
  /**
   * `withinMs`: then it is killed; null: it has all the time that it wants. Its claim is given back when it has stopped, `to` another node, and only then it is
   * told that it has.
   */
  | {
      readonly type: 'stop'
      readonly instance: number
      readonly withinMs: number | null
      readonly to: string | null
    }
  | { readonly type: 'claim'; readonly instance: number }
  /** Nobody waits for a claim any more, or what was given is given back. */
  | { readonly type: 'unclaim' }
  | { readonly type: 'answer'; readonly id: number; readonly outcome: Outcome }
  | {
      readonly type: 'report'
      readonly level: 'info' | 'warning' | 'error'
      readonly text: string
      readonly details: Readonly<Record<string, unknown>>
    }

/** What the reducer is told of the world. */
export interface Moment {
  readonly nowMs: number
  /** How many applications this node has. */
  readonly weight: number
  /** What its arbiter says: whether it could take it over now. */
  readonly isReady: boolean
}

export function firstState(row: Row, node: string, isPermitted: boolean): State {
  return {
    row,
    node,
    standing: 'idle',
    isPermitted,
    isStarted: false,
    isRetired: false,
    weight: 0,
    instance: 0,
    from: null,
    token: null,
    ended: null,
    applicationType: 'temporary',
    wish: null,
    deadlineMs: Infinity,
    handedTo: null,
    seen: null,
    unmet: null,
    yieldTo: null,
    grants: new Set(),
    granted: new Map(),
    hasAsked: false,
    asking: 0,
    askFromMs: 0,
    stopWhy: null,
    isDoomed: false,
    waiters: [],
    peers: new Map(),
    greeting: new Set(),
    suspects: new Set(),
    highest: 0,
    problem: null,
    isLeaving: false,
  }
}

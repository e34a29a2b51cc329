/**
 * What an operator may ask a node about itself, as `npx agner top` does.
 *
 * Every answer is bounded: rows by number, values by depth, entries and bytes of text. What was left out is counted.
 */
import type { AnyPid, Priority, ProcessStatus, TopMeasure } from '@agner/core'
import { protocol, type Protocol } from '../protocol/protocol.ts'
import type { ApplicationInfo } from '../application/controller.api.ts'
import type { Restart } from '../supervisor/child-spec.ts'

/** Counts up with what questions and answers have got since; see the fields that name one. */
export const protocolVersion = 2

export interface NodeOverview {
  /** Of the inspector; none before 2. */
  readonly protocolVersion?: number
  readonly name: string
  readonly uptimeMs: number
  readonly processes: number
  /** Registered names. */
  readonly names: number
  readonly timers: number
  /** Messages that wait, of all processes. Before version 2 only of the `waitingOf` that have most. */
  readonly waiting: number
  readonly waitingOf: number
  readonly longestMailbox: { readonly pid: AnyPid; readonly name: string | null; readonly length: number } | null
  /** Since the node was made. */
  readonly reductions: number
  /** How often a limit was met since the node was made. */
  readonly limitsMet: number
  /** By how much the event loop was late at most within the last ten seconds, or since this inspector runs. */
  readonly loopLagMs: number
  /** Of the OS process, which may hold several nodes; null where it cannot be known. */
  readonly memory: { readonly residentBytes: number; readonly heapBytes: number } | null
  /** Processor time of the OS process so far; null where it cannot be known. */
  readonly cpuMs: number | null
  /** The nodes that it is connected to. */
  readonly connections: readonly string[]
}

/**
 * `silent`, of a row without a pid: what stands above did not say in time what it has; it is busy, or suspended. The
 * processes whose parent it is follow, as far as they are known without it. `elsewhere`: on another node.
 */
export type TreeState =
  | ApplicationInfo['state']
  | ProcessStatus
  | 'restarting'
  | 'stopped'
  | 'silent'
  | 'elsewhere'
  | 'gone'

/** One line of the tree, in the order in which it is shown: a parent before its children, children in the order of start. */
export interface TreeRow {
  readonly depth: number
  /** `others`: the heading over processes that no supervisor of the tree has. `more`: rows that were left out; `count` says how many. */
  readonly kind: 'application' | 'supervisor' | 'worker' | 'others' | 'process' | 'more'
  /** The application's name, the child's id, or what the process is called. */
  readonly id: string
  readonly pid: AnyPid | null
  readonly name: string | null
  /** What it runs, as {@link TopRow.what}. */
  readonly what: string | null
  readonly restart: Restart | null
  readonly state: TreeState | null
  readonly mailbox: number | null
  readonly count: number | null
}

export interface Tree {
  readonly rows: readonly TreeRow[]
}

export interface TopRow {
  readonly pid: AnyPid
  readonly name: string | null
  /** The behaviour's module, or what it was spawned as. */
  readonly what: string | null
  readonly label: string | null
  readonly status: ProcessStatus
  readonly mailbox: number
  readonly reductions: number
  /** Of what was asked for: messages, bytes, reductions; with `windowMs` what was gained within it. */
  readonly value: number
}

export interface Top {
  readonly by: TopMeasure
  readonly processes: number
  readonly rows: readonly TopRow[]
  /** How many processes have {@link TopQuestion.contains}, those included that are not among the rows; if that was asked. */
  readonly matching?: number
  /** Set if the node has too many processes to estimate the memory of each; `rows` is empty then. */
  readonly tooMany?: true
}

export interface TopQuestion {
  readonly by: TopMeasure
  /** Default 50; at most 1,000. */
  readonly count?: number
  /** What was gained within this time; 0, the default, tells what they have. At most 10,000. */
  readonly windowMs?: number
  /**
   * Only processes with this in their name, label, pid, or what they run, small letters as capital ones. At most 200
   * characters; since version 2.
   */
  readonly contains?: string
}

/** A process by pid, and by name if it has one. */
export interface Neighbour {
  readonly pid: AnyPid | null
  readonly text: string
}

/** Some, and how many there are. */
export interface Some<T> {
  readonly shown: readonly T[]
  readonly total: number
}

/** The state, as text; or why there is none. `none`: no behaviour, or a sensitive process. */
export type StateView =
  | {
      readonly kind: 'state'
      /** Of its code. */
      readonly version: string
      /** `suspended` by sys: only ordinary messages wait. */
      readonly status: 'running' | 'suspended'
      readonly lines: readonly string[]
    }
  | { readonly kind: 'none' }
  /** It is asked nothing more until it has answered; `waitedMs` is how long it has not. */
  | { readonly kind: 'silent'; readonly waitedMs: number }
  | { readonly kind: 'failed'; readonly why: string }

export interface ProcessView {
  readonly pid: AnyPid
  readonly name: string | null
  readonly label: string | null
  readonly what: string | null
  readonly initialCall: string | null
  readonly currentFunction: string | null
  readonly status: ProcessStatus
  readonly priority: Priority
  readonly trapsExits: boolean
  readonly parent: Neighbour | null
  readonly mailbox: number
  readonly reductions: number
  readonly memoryBytes: number
  readonly links: Some<Neighbour>
  readonly monitors: Some<Neighbour>
  readonly monitoredBy: Some<Neighbour>
  readonly dictionary: Some<{ readonly key: string; readonly value: string }>
  /** The first five. */
  readonly messages: readonly string[]
  readonly state: StateView
}

export interface InspectorApi {
  calls: {
    overview(): NodeOverview
    /** `childLimit`: so many children of one supervisor, and others; default 50, at most 1,000. */
    tree(question: { readonly childLimit?: number }): Tree
    top(question: TopQuestion): Top
    /** By pid, by registered name, or by a pid's text. Null if it is not alive, or of another node. */
    process(which: AnyPid | string): ProcessView | null
  }
  info: { readonly type: 'tick' }
}

export const inspector: Protocol<InspectorApi> = protocol('@agner/inspector')

/** What the screen shows. Pure: no terminal, no node. */
import type { NodeOverview, ProcessView, Top, Tree } from '@agner/behaviours'
import type { AnyPid, TopMeasure } from '@agner/core'
import type { SessionState } from '../node/session.ts'

export type ViewName = 'tree' | 'processes' | 'process' | 'help'

/** What changes between two looks, a second. */
export interface Rates {
  readonly reductions: number
  readonly cpuPercent: number
}

export interface Model {
  readonly columns: number
  readonly rows: number
  readonly session: SessionState
  readonly overview: NodeOverview | null
  readonly overviewAtMs: number
  /** Since when it has been asked and has not answered, and until when that is no wonder; null while nothing is open. */
  readonly asked: { readonly atMs: number; readonly untilMs: number } | null
  /** For how long the node has not answered; 0 while it does. */
  readonly silentMs: number
  /** The last question that failed, until one of its kind is answered. */
  readonly unanswered: { readonly question: Question; readonly why: string } | null
  readonly rates: Rates | null
  readonly tree: Tree | null
  readonly top: Top | null
  /** Null while it is asked for; `gone` when there is no such process any more. */
  readonly process: ProcessView | 'gone' | null
  readonly view: ViewName
  /** Where `process` and `help` lead back to. */
  readonly back: 'tree' | 'processes'
  readonly by: TopMeasure
  readonly intervalMs: number
  /** Which process is looked at: a row's, or what was typed into the filter. */
  readonly looked: AnyPid | string | null
  /** Of the lists: where the keys are, and which row that was, so that it stays when rows come and go. */
  readonly selected: number
  readonly selectedKey: string | null
  /** The first line of a text that is shown. */
  readonly scroll: number
  readonly filter: string
  /** Keys go into the filter. */
  readonly typing: boolean
  readonly quit: boolean
}

export type Question = 'overview' | 'tree' | 'top' | 'process'

export type Answered =
  | { readonly type: 'overview'; readonly overview: NodeOverview; readonly atMs: number }
  | { readonly type: 'tree'; readonly tree: Tree }
  | { readonly type: 'top'; readonly top: Top }
  | { readonly type: 'process'; readonly which: AnyPid | string; readonly process: ProcessView | null }

export type Event =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'size'; readonly columns: number; readonly rows: number }
  | { readonly type: 'session'; readonly state: SessionState }
  | { readonly type: 'tick'; readonly atMs: number }
  /** `windowMs`: so long the answer takes at least. */
  | { readonly type: 'asked'; readonly question: Question; readonly atMs: number; readonly windowMs: number }
  | { readonly type: 'unanswered'; readonly question: Question; readonly why: string }
  | Answered

const longestWindowMs = 1000

export function firstModel(given: Pick<Model, 'columns' | 'rows' | 'session' | 'by' | 'intervalMs'>): Model {
  return {
    ...given,
    overview: null,
    overviewAtMs: 0,
    asked: null,
    silentMs: 0,
    unanswered: null,
    rates: null,
    tree: null,
    top: null,
    process: null,
    view: 'tree',
    back: 'tree',
    looked: null,
    selected: 0,
    selectedKey: null,
    scroll: 0,
    filter: '',
    typing: false,
    quit: false,
  }
}

/** What reductions are gained within, to be told for a second: a screen that is seldom renewed does not wait for them so long. */
export function windowOf({ by, intervalMs }: Pick<Model, 'by' | 'intervalMs'>): number {
  return by === 'reductions' ? Math.min(intervalMs, longestWindowMs) : 0
}

/**
 * What the screen shows, and how keys and answers change it. Pure: no terminal, no node.
 */
import type { NodeOverview, ProcessView, Top, Tree } from '@agner/behaviours'
import type { AnyPid, TopMeasure } from '@agner/core'
import type { SessionState } from '../node/session.ts'
import { itemsOf, type Item } from './items.ts'

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
  /** For how long the node has not answered; 0 while it does. */
  readonly silentMs: number
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
  /** Which process is looked at. */
  readonly looked: AnyPid | null
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

export type Answered =
  | { readonly type: 'overview'; readonly overview: NodeOverview; readonly atMs: number }
  | { readonly type: 'tree'; readonly tree: Tree }
  | { readonly type: 'top'; readonly top: Top }
  | { readonly type: 'process'; readonly pid: AnyPid; readonly process: ProcessView | null }

export type Event =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'size'; readonly columns: number; readonly rows: number }
  | { readonly type: 'session'; readonly state: SessionState }
  | { readonly type: 'tick'; readonly atMs: number }
  | Answered

/** A node that answers so much later than it was asked is said to be silent. */
const leastSilenceMs = 2000

export const measures: readonly TopMeasure[] = ['mailbox', 'reductions', 'memory']

export function firstModel(given: Pick<Model, 'columns' | 'rows' | 'session' | 'by' | 'intervalMs'>): Model {
  return {
    ...given,
    overview: null,
    overviewAtMs: 0,
    silentMs: 0,
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

/** Lines of the screen that rows of a list may take: what is left by the head and the foot. */
export function bodyRows({ rows }: Pick<Model, 'rows'>): number {
  return Math.max(1, rows - 6)
}

export function update(model: Model, event: Event): Model {
  switch (event.type) {
    case 'key':
      return model.typing ? typed(model, event.key) : pressed(model, event.key)
    case 'size':
      return { ...model, columns: event.columns, rows: event.rows }
    case 'session':
      // What is shown is of before; rates over a gap mean nothing.
      return { ...model, session: event.state, rates: null, overviewAtMs: 0, silentMs: 0 }
    case 'tick':
      return { ...model, silentMs: silence(model, event.atMs) }
    case 'overview':
      return { ...model, overview: event.overview, overviewAtMs: event.atMs, silentMs: 0, rates: ratesOf(model, event) }
    case 'tree':
      return keepSelected({ ...model, tree: event.tree })
    case 'top':
      return event.top.by === model.by ? keepSelected({ ...model, top: event.top }) : model
    case 'process':
      return event.pid === model.looked ? { ...model, process: event.process ?? 'gone' } : model
  }
}

/** A pause between two looks is none. */
function silence({ overviewAtMs, intervalMs }: Model, atMs: number): number {
  const silentMs = overviewAtMs === 0 ? 0 : atMs - overviewAtMs
  return silentMs < intervalMs + leastSilenceMs ? 0 : silentMs
}

function ratesOf(model: Model, { overview, atMs }: Answered & { readonly type: 'overview' }): Rates | null {
  const before = model.overview
  const seconds = (atMs - model.overviewAtMs) / 1000
  // A node of the same name in another life counts from the beginning.
  if (before === null || model.overviewAtMs === 0 || seconds <= 0 || overview.reductions < before.reductions)
    return null
  return {
    reductions: (overview.reductions - before.reductions) / seconds,
    cpuPercent: overview.cpuMs === null || before.cpuMs === null ? 0 : (overview.cpuMs - before.cpuMs) / seconds / 10,
  }
}

/** The selected row stays selected wherever it went; one that is gone gives its place to the next. */
function keepSelected(model: Model): Model {
  const items = itemsOf(model)
  const at = model.selectedKey === null ? -1 : items.findIndex(({ key }) => key === model.selectedKey)
  return select(model, at === -1 ? model.selected : at, items)
}

function select(model: Model, index: number, items: readonly Item[] = itemsOf(model)): Model {
  const selected = Math.max(0, Math.min(index, items.length - 1))
  return { ...model, selected, selectedKey: items[selected]?.key ?? null }
}

function typed(model: Model, key: string): Model {
  if (key === 'interrupt') return { ...model, quit: true }
  if (key === 'escape') return select({ ...model, typing: false, filter: '' }, 0)
  if (key === 'enter') return { ...model, typing: false }
  if (key === 'backspace') return select({ ...model, filter: model.filter.slice(0, -1) }, 0)
  if (/^.$/u.test(key)) return select({ ...model, filter: model.filter + key }, 0)
  return moved(model, key)
}

function pressed(model: Model, key: string): Model {
  switch (key) {
    case 'q':
    case 'interrupt':
      return { ...model, quit: true }
    case '?':
    case 'h':
      return { ...model, view: model.view === 'help' ? model.back : 'help', scroll: 0 }
    case 'escape':
    case 'left':
    case 'backspace':
      return back(model)
    case 'tab':
    case 'backTab':
      return model.view === 'process' ? back(model) : toList(model, model.view === 'tree' ? 'processes' : 'tree')
    case '1':
    case 't':
      return toList(model, 'tree')
    case '2':
    case 'p':
      return toList(model, 'processes')
    case 's':
      return sorted(model)
    case '/':
      return model.view === 'process' || model.view === 'help' ? model : { ...model, typing: true }
    case 'enter':
    case 'right':
      return opened(model)
    default:
      return moved(model, key)
  }
}

function back(model: Model): Model {
  if (model.view === 'process' || model.view === 'help') return toList(model, model.back)
  return model.filter === '' ? model : select({ ...model, filter: '' }, 0)
}

function toList(model: Model, view: 'tree' | 'processes'): Model {
  const next: Model = { ...model, view, back: view, looked: null, process: null, scroll: 0 }
  return model.view === 'process' || model.back === view
    ? keepSelected(next)
    : select({ ...next, selectedKey: null }, 0)
}

function sorted(model: Model): Model {
  if (model.view !== 'processes') return model
  const by = measures[(measures.indexOf(model.by) + 1) % measures.length]!
  return { ...model, by, top: null, selected: 0, selectedKey: null }
}

function opened(model: Model): Model {
  if (model.view === 'process' || model.view === 'help') return model
  const pid = itemsOf(model)[model.selected]?.pid ?? null
  return pid === null ? model : { ...model, view: 'process', looked: pid, process: null, scroll: 0 }
}

const steps: Readonly<Record<string, (page: number) => number>> = {
  up: () => -1,
  k: () => -1,
  down: () => 1,
  j: () => 1,
  pageUp: (page) => -page,
  pageDown: (page) => page,
  ' ': (page) => page,
  home: () => -Infinity,
  g: () => -Infinity,
  end: () => Infinity,
  G: () => Infinity,
}

function moved(model: Model, key: string): Model {
  const step = steps[key]?.(bodyRows(model) - 1)
  if (step === undefined) return model
  // How far a text goes is known where it is written: the view stops at its end.
  if (model.view === 'process' || model.view === 'help')
    return { ...model, scroll: Math.max(0, Math.min(model.scroll + step, 100_000)) }
  return select(model, model.selected + step)
}

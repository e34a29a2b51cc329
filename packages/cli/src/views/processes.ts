/** The processes that have most of something, as lines. Pure. */
import type { Top, TopQuestion, TopRow } from '@agner/behaviours'
import type { TopMeasure } from '@agner/core'
import { line, span, type Line, type Span } from '../screen/line.ts'
import { bytes, count, pidText } from '../screen/text.ts'
import { fit } from '../screen/width.ts'
import type { Item } from './items.ts'
import { layoutOf } from './layout.ts'
import { windowOf, type Model } from './model.ts'

const columns = { pid: 9, status: 10, mailbox: 9, reductions: 13, memory: 9 } as const

/** With `perSecond` the reductions are what was gained, told for a second. */
export interface TopShape {
  readonly by: TopMeasure
  /** What `value` was gained within; null: what they have. */
  readonly windowMs: number | null
}

/** Rows that a filter leaves to choose from. An inspector before version 2 gives as many of any, and they are filtered here alone. */
const filteredRows = 500

/** What the node is asked for. A filter is for the node to keep to: of many processes it tells of few. */
export function topQuestion(model: Model, least: number): TopQuestion & { readonly windowMs: number } {
  const { by, filter } = model
  const windowMs = windowOf(model)
  return filter === ''
    ? { by, windowMs, count: Math.max(least, layoutOf(model).body * 4) }
    : { by, windowMs, count: filteredRows, contains: filter }
}

export function topHeader(shape: TopShape, width: number): Line {
  const mark = (measure: TopMeasure, text: string): string => (shape.by === measure ? `▾${text}` : text)
  const { name, what } = widths(shape, width)
  const cells = [
    fit('PID', columns.pid),
    fit('NAME', name),
    fit('WHAT', what),
    fit('STATUS', columns.status),
    fit(mark('mailbox', 'MAILBOX'), columns.mailbox, 'right'),
    fit(mark('reductions', gains(shape) ? 'REDUCTIONS/S' : 'REDUCTIONS'), columns.reductions, 'right'),
    ...(shape.by === 'memory' ? [fit('▾MEMORY', columns.memory, 'right')] : []),
  ]
  return line(span(cells.join(' '), 'dim'))
}

export function topLines(items: readonly Item[], shape: TopShape, width: number, node: string): Line[] {
  return items.map(({ top, more }) =>
    top === null ? line(span(`… ${count(more ?? 0)} more`, 'dim')) : topLine(top, shape, width, node),
  )
}

/** Why there is no row at all; null if there may be some. */
export function noneText({ tooMany, processes }: Top): string | null {
  return tooMany === true
    ? `The node has ${count(processes)} processes: to estimate the memory of each would block it.`
    : null
}

function topLine(row: TopRow, shape: TopShape, width: number, node: string): Line {
  const { name, what } = widths(shape, width)
  const reductions = gains(shape) ? (row.value / shape.windowMs!) * 1000 : row.reductions
  return line(
    fit(pidText(row.pid, node), columns.pid),
    ' ',
    ...called(row, name, what),
    ' ',
    span(fit(row.status, columns.status), row.status === 'suspended' ? 'warn' : 'plain'),
    ' ',
    span(fit(count(row.mailbox), columns.mailbox, 'right'), row.mailbox >= 100 ? 'warn' : 'plain'),
    ' ',
    fit(count(reductions), columns.reductions, 'right'),
    ...(shape.by === 'memory' ? [' ', fit(bytes(row.value), columns.memory, 'right')] : []),
  )
}

/** A name that says what it runs, too, has the room of both. */
function called({ name, label, what }: TopRow, nameWidth: number, whatWidth: number): (Span | string)[] {
  const text = name ?? label ?? ''
  if (what === null || what === name) return [fit(text, nameWidth + 1 + whatWidth)]
  return [fit(text, nameWidth), ' ', span(fit(what, whatWidth), 'dim')]
}

function gains({ by, windowMs }: TopShape): boolean {
  return by === 'reductions' && windowMs !== null
}

function widths({ by }: TopShape, width: number): { readonly name: number; readonly what: number } {
  const fixed = columns.pid + columns.status + columns.mailbox + columns.reductions + 5
  const free = Math.max(20, width - fixed - (by === 'memory' ? columns.memory + 1 : 0))
  const what = Math.min(34, Math.floor(free * 0.5))
  return { name: free - what, what }
}

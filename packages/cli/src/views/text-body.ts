/** What is shown instead of a list: the keys, one process, or why there is nothing. Pure. */
import { blank, line, span, type Line } from '../screen/line.ts'
import { helpLines } from './help.ts'
import { textRows } from './layout.ts'
import type { Model } from './model.ts'
import { processLines } from './process.ts'
import { waitingText } from './unanswered.ts'

/** All of its lines; null in a list. */
export function textOf(model: Pick<Model, TextPart>): readonly Line[] | null {
  if (model.view === 'help') return helpLines
  return model.view === 'process' ? processText(model) : null
}

type TextPart = 'view' | 'process' | 'looked' | 'session' | 'unanswered'

function processText(model: Pick<Model, TextPart>): readonly Line[] {
  const { process, looked, session } = model
  // A node tells only of its own, and of another's as of one that has ended.
  if (looked !== null && typeof looked === 'object' && looked.node !== session.node)
    return [blank, line(`It runs on ${looked.node}: agner top ${looked.node}`), line('Go back with Esc.')]
  if (process === null) return [blank, line(span(waitingText(model, 'process'), 'dim'))]
  if (process !== 'gone') return processLines(process, session.node)
  return typeof looked === 'string'
    ? [blank, line(`The node has no process ${looked}. Go back with Esc.`)]
    : [blank, line('This process has ended. Go back with Esc.')]
}

/** How far it can be scrolled. */
export function lastScroll(model: Pick<Model, TextPart | 'rows'>): number {
  return Math.max(0, (textOf(model)?.length ?? 0) - textRows(model))
}

/** From the scroll on, and not beyond the end. */
export function textBody(model: Model): readonly Line[] {
  const lines = textOf(model) ?? []
  const height = textRows(model)
  const first = Math.min(model.scroll, lastScroll(model))
  const below = lines.length - first - height
  const shown = lines.slice(first, first + height)
  return below > 0 ? [...shown.slice(0, -1), line(span(`… ${below + 1} more lines`, 'dim'))] : shown
}

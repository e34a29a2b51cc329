/**
 * The whole screen of a model, as exactly as many lines as the terminal has. Pure.
 *
 *     node         head (2)
 *     tabs         which list, and its filter
 *     header       of the columns
 *     …            body: a list around the selected row, or a text from its scroll on
 *     keys         foot
 */
import { blank, fitLine, line, span, type Line } from '../screen/line.ts'
import { count } from '../screen/text.ts'
import { headLines } from './head.ts'
import { helpLines } from './help.ts'
import { itemsOf } from './items.ts'
import { bodyRows, type Model } from './model.ts'
import { processLines } from './process.ts'
import { topHeader, topLines } from './processes.ts'
import { treeHeader, treeLines } from './tree.ts'

export function screenLines(model: Model): Line[] {
  const { columns, rows } = model
  const body = bodyOf(model)
  const lines = [...headLines(model), blank, tabs(model), ...body]
  while (lines.length < rows - 1) lines.push(blank)
  return [...lines.slice(0, Math.max(0, rows - 1)), foot(model)].map((each) => fitLine(each, columns))
}

function tabs({ view, back, filter, typing, by }: Model): Line {
  const list = view === 'process' || view === 'help' ? back : view
  const tab = (name: string, text: string) => span(` ${text} `, name === list ? 'accent' : 'dim')
  const order = list === 'processes' ? [span(`  sorted by ${by}`, 'dim')] : []
  const asked = typing || filter !== '' ? [span(`  filter: ${filter}${typing ? '▏' : ''}`, 'warn')] : []
  return line(tab('tree', 'Tree'), tab('processes', 'Processes'), ...order, ...asked)
}

function bodyOf(model: Model): Line[] {
  const { view, columns, session } = model
  const node = session.node
  const height = bodyRows(model)
  if (view === 'help') return textBody(helpLines, model)
  if (view === 'process') {
    if (model.process === null) return [blank, line('asking…')]
    if (model.process === 'gone') return [blank, line('This process has ended. Go back with Esc.')]
    return textBody(processLines(model.process, node), model)
  }
  const items = itemsOf(model)
  const first = Math.max(0, Math.min(model.selected - Math.floor(height / 2), items.length - height))
  const shown = items.slice(first, first + height)
  const shape = { by: model.by, windowMs: model.by === 'reductions' ? model.intervalMs : null }
  const [header, list] =
    view === 'tree'
      ? // Branches are drawn over all rows: what leads to a row below must be seen.
        [treeHeader(columns), treeLines(items, columns, node).slice(first, first + height)]
      : [topHeader(shape, columns), topLines(shown, shape, columns, node)]
  if (items.length === 0) return [header, line(span(emptyText(model), 'dim'))]
  return [header, ...list.map((each, index) => (first + index === model.selected ? { ...each, selected: true } : each))]
}

function emptyText({ view, tree, top, filter }: Model): string {
  if (top?.tooMany === true && view === 'processes')
    return `The node has ${count(top.processes)} processes: to estimate the memory of each would block it.`
  if ((view === 'tree' ? tree : top) === null) return 'asking…'
  return filter === '' ? 'none' : `none with "${filter}"; Esc shows all`
}

/** From the scroll on, and not beyond the end. */
function textBody(lines: readonly Line[], model: Model): Line[] {
  const height = bodyRows(model) + 1
  const first = Math.max(0, Math.min(model.scroll, lines.length - height))
  const below = lines.length - first - height
  const shown = lines.slice(first, first + height)
  return below > 0 ? [...shown.slice(0, -1), line(span(`… ${below + 1} more lines`, 'dim'))] : shown
}

function foot({ view, typing }: Model): Line {
  const keys = typing
    ? 'type to filter   Enter keep   Esc all'
    : view === 'process' || view === 'help'
      ? '↑↓ scroll   Esc back   r refresh   ? help   q quit'
      : `↑↓ move   Enter look   Tab ${view === 'tree' ? 'processes' : 'tree'}   / filter   ${view === 'processes' ? 's sort   ' : ''}r refresh   ? help   q quit`
  return line(span(keys, 'dim'))
}

/**
 * The whole screen of a model, as exactly as many lines as the terminal has. Pure.
 *
 *     node         head (2)
 *     tabs         which list, and its filter
 *     header       of the columns
 *     …            body: a list around the selected row, or a text from its scroll on
 *     keys         foot
 */
import type { Top, Tree } from '@agner/behaviours'
import { blank, fitLine, line, span, type Line } from '../screen/line.ts'
import { count } from '../screen/text.ts'
import { headLines } from './head.ts'
import { itemsOf, leftOut } from './items.ts'
import { layoutOf } from './layout.ts'
import { windowOf, type Model, type Question, type ViewName } from './model.ts'
import { noneText, topHeader, topLines } from './processes.ts'
import { textBody } from './text-body.ts'
import { treeHeader, treeLines } from './tree.ts'
import { unansweredText, waitingText } from './unanswered.ts'

export function screenLines(model: Model): Line[] {
  const { columns, rows } = model
  const { head, gap, tabs: withTabs, header, keys, body } = layoutOf(model)
  const above = [...headLines(model).slice(0, head), ...(gap ? [blank] : []), ...(withTabs ? [tabs(model)] : [])]
  const lines = [...above, ...bodyOf(model, header, body)]
  const end = keys ? rows - 1 : rows
  while (lines.length < end) lines.push(blank)
  return [...lines.slice(0, end), ...(keys ? [foot(model)] : [])].map((each) => fitLine(each, columns))
}

function tabs({ view, back, filter, typing, by, unanswered }: Model): Line {
  const list = view === 'process' || view === 'help' ? back : view
  const tab = (name: string, text: string) => span(` ${text} `, name === list ? 'accent' : 'dim')
  const order = list === 'processes' ? [span(`  sorted by ${by}`, 'dim')] : []
  const asked = typing || filter !== '' ? [span(`  filter: ${filter}${typing ? '▏' : ''}`, 'warn')] : []
  const failed = unanswered?.question === questionOf[view] ? [span(`  ${unansweredText(unanswered)}`, 'bad')] : []
  return line(tab('tree', 'Tree'), tab('processes', 'Processes'), ...order, ...asked, ...failed)
}

const questionOf: Readonly<Record<ViewName, Question | null>> = {
  tree: 'tree',
  processes: 'top',
  process: 'process',
  help: null,
}

function bodyOf(model: Model, withHeader: boolean, height: number): readonly Line[] {
  const { view, columns, session } = model
  if (view === 'help' || view === 'process') return textBody(model)
  const node = session.node
  const items = itemsOf(model)
  const first = Math.max(0, Math.min(model.selected - Math.floor(height / 2), items.length - height))
  const shown = items.slice(first, first + height)
  const shape = { by: model.by, windowMs: model.by === 'reductions' ? windowOf(model) : null }
  const [header, list] =
    view === 'tree'
      ? // Branches are drawn over all rows: what leads to a row below must be seen.
        [treeHeader(columns), treeLines(items, columns, node).slice(first, first + height)]
      : [topHeader(shape, columns), topLines(shown, shape, columns, node)]
  const above = withHeader ? [header] : []
  if (items.length === 0) return [...above, line(span(emptyText(model), 'dim'))]
  const rows = list.map((each, index) => (first + index === model.selected ? { ...each, selected: true } : each))
  return [...above, ...rows]
}

function emptyText(model: Model): string {
  const { view, tree, top, filter } = model
  const isTree = view === 'tree'
  if ((isTree ? tree : top) === null) return waitingText(model, isTree ? 'tree' : 'top')
  const why = isTree ? null : noneText(top!)
  if (why !== null) return why
  if (filter === '') return 'none'
  const among = isTree ? amongTree(tree!) : amongTop(top!)
  return `none with "${filter}"${among}; Enter looks for a process of that name, Esc shows all`
}

/** Of those that were not told of nobody knows whether they pass. */
function amongTop(top: Top): string {
  return leftOut(top) === 0 ? '' : ` among the first ${count(top.rows.length)} of ${count(top.processes)}`
}

function amongTree({ rows }: Tree): string {
  const left = rows.reduce((sum, row) => (row.kind === 'more' ? sum + (row.count ?? 0) : sum), 0)
  return left === 0 ? '' : ` among these rows, of which ${count(left)} were left out`
}

function foot({ view, typing }: Model): Line {
  const keys = typing
    ? 'type to filter   Enter keep   Esc all'
    : view === 'process' || view === 'help'
      ? '↑↓ scroll   Esc back   r refresh   ? help   q quit'
      : `↑↓ move   Enter look   Tab ${view === 'tree' ? 'processes' : 'tree'}   / filter   ${view === 'processes' ? 's sort   ' : ''}r refresh   ? help   q quit`
  return line(span(keys, 'dim'))
}

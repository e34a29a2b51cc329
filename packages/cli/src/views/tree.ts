/** The supervision tree as lines. Pure. */
import type { TreeRow } from '@agner/behaviours'
import { line, span, type Line, type Style } from '../screen/line.ts'
import { count, pidText } from '../screen/text.ts'
import { fit } from '../screen/width.ts'
import type { Item } from './items.ts'

const columns = { pid: 9, restart: 10, state: 11, mailbox: 8 } as const
const fixed = columns.pid + columns.restart + columns.state + columns.mailbox + 4

const styles: Readonly<Record<string, Style>> = {
  silent: 'bad',
  suspended: 'warn',
  restarting: 'bad',
  stopped: 'dim',
  gone: 'dim',
  elsewhere: 'dim',
  stopping: 'warn',
}

export function treeHeader(width: number): Line {
  const { name, what } = widths(width)
  const cells = [fit('NAME', name), fit('WHAT', what), fit('PID', columns.pid), fit('RESTART', columns.restart)]
  return line(span([...cells, fit('STATE', columns.state), fit('MAILBOX', columns.mailbox, 'right')].join(' '), 'dim'))
}

export function treeLines(items: readonly Item[], width: number, node: string): Line[] {
  const rows = items.map(({ tree }) => tree!)
  const branches = branchesOf(rows)
  return rows.map((row, index) => treeLine(row, branches[index]!, width, node))
}

function treeLine(row: TreeRow, branch: string, width: number, node: string): Line {
  const { name, what } = widths(width)
  if (row.kind === 'more') return line(span(`${branch}… ${count(row.count ?? 0)} more`, 'dim'))
  if (row.state === 'silent' && row.pid === null)
    return line(span(`${branch}it does not say which children it has: it is busy, or suspended`, 'bad'))
  if (row.kind === 'others') return line(span(`${row.id} (${count(row.count ?? 0)})`, 'bold'))
  const called = row.name !== null && row.name !== row.id ? `${row.id} (${row.name})` : row.id
  const pid = row.pid === null ? '' : pidText(row.pid, node)
  const runs = what === 0 ? '' : whatText(row)
  const style = row.kind === 'application' ? 'bold' : row.kind === 'supervisor' ? 'accent' : 'plain'
  // A name that says what it runs, too, has the room of both.
  const nameWidth = (runs === '' ? name + 1 + what : name) - branch.length
  return line(
    span(branch, 'dim'),
    span(fit(called, nameWidth), style),
    ...(runs === '' ? [] : [' ', span(fit(runs, what), 'dim')]),
    ' ',
    fit(pid, columns.pid),
    ' ',
    fit(row.restart ?? '', columns.restart),
    ' ',
    span(fit(row.state ?? '', columns.state), styles[row.state ?? ''] ?? 'plain'),
    ' ',
    span(
      fit(row.mailbox === null ? '' : count(row.mailbox), columns.mailbox, 'right'),
      (row.mailbox ?? 0) >= 100 ? 'warn' : 'plain',
    ),
  )
}

/** What the name says already is not said again. */
function whatText({ kind, id, name, what }: TreeRow): string {
  if (kind === 'supervisor' || kind === 'application') return kind
  return what === null || what === id || what === name ? '' : what
}

function widths(width: number): { readonly name: number; readonly what: number } {
  const free = Math.max(20, width - fixed - 1)
  // On a narrow terminal the name needs the room.
  const what = width < 80 ? 0 : Math.min(30, Math.floor(free * 0.4))
  return { name: free - what, what }
}

/** The lines that lead from a row to its parent: who has a later sibling is known from below. */
export function branchesOf(rows: readonly Pick<TreeRow, 'depth'>[]): string[] {
  const open: boolean[] = []
  const texts: string[] = []
  for (const { depth } of rows.toReversed()) {
    const isLast = open[depth] !== true
    const above = Array.from({ length: Math.max(0, depth - 1) }, (_, level) => (open[level + 1] === true ? '│ ' : '  '))
    texts.push(depth === 0 ? '' : `${above.join('')}${isLast ? '└ ' : '├ '}`)
    open.length = depth
    open[depth] = true
  }
  return texts.reverse()
}

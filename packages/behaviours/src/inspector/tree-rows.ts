/** Branches of a tree while it grows, and the rows that they become. Pure. */
import type { TreeRow } from './inspector.api.ts'

/** Rows of all trees together. */
export const rowLimit = 5000

export interface Branch {
  row: TreeRow
  children: Branch[]
}

export const nothing: Omit<TreeRow, 'depth'> = {
  kind: 'worker',
  id: '',
  pid: null,
  name: null,
  what: null,
  restart: null,
  state: null,
  mailbox: null,
  count: null,
}

export function leaf(row: Partial<TreeRow> & Pick<TreeRow, 'depth'>): Branch {
  return { row: { ...nothing, ...row }, children: [] }
}

/** That one does not say what it has. */
export function silentBelow({ row }: Branch): Branch {
  return leaf({ depth: row.depth + 1, state: 'silent' })
}

export function withMore(shown: Branch[], total: number, depth: number): Branch[] {
  if (total === shown.length) return shown
  return [...shown, leaf({ depth, kind: 'more', count: total - shown.length })]
}

export function flatten(branches: readonly Branch[]): TreeRow[] {
  return branches.flatMap(({ row, children }) => [row, ...flatten(children)])
}

export function cutRows(rows: TreeRow[]): TreeRow[] {
  if (rows.length <= rowLimit) return rows
  return [...rows.slice(0, rowLimit), { ...nothing, depth: 0, kind: 'more', count: rows.length - rowLimit }]
}

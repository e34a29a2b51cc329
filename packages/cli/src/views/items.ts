/** The rows of a list that pass the filter, each with what it is known by. Pure. */
import type { Top, TopRow, TreeRow } from '@agner/behaviours'
import type { AnyPid } from '@agner/core'
import type { Model } from './model.ts'

export interface Item {
  readonly key: string
  readonly pid: AnyPid | null
  readonly tree: TreeRow | null
  readonly top: TopRow | null
  /** So many that were left out. */
  readonly more: number | null
  /** It passes the filter itself, and is not there only for one below it. */
  readonly passes: boolean
}

const none: Item = { key: '', pid: null, tree: null, top: null, more: null, passes: false }

export function itemsOf({
  view,
  back,
  tree,
  top,
  filter,
}: Pick<Model, 'view' | 'back' | 'tree' | 'top' | 'filter'>): Item[] {
  const list = view === 'process' || view === 'help' ? back : view
  return list === 'tree' ? treeItems(tree?.rows ?? [], filter) : topItems(top, filter)
}

/** With how many were left out below, unless none is left above: then it is said in words. */
function topItems(top: Top | null, filter: string): Item[] {
  const items = (top?.rows ?? [])
    .filter((row) => has([row.name, row.what, row.label, String(row.pid)], filter))
    .map((row): Item => ({ ...none, key: String(row.pid), pid: row.pid, top: row, passes: true }))
  const more = leftOut(top)
  return items.length === 0 || more === 0 ? items : [...items, { ...none, key: 'more', more }]
}

/** Processes that the node has, or that have what was asked for, and did not tell of. An inspector before version 2 looks for nothing itself. */
export function leftOut(top: Top | null): number {
  return top === null ? 0 : Math.max(0, (top.matching ?? top.processes) - top.rows.length)
}

/** With a filter, a row that passes brings those above it, so that it is seen where it stands. */
function treeItems(rows: readonly TreeRow[], filter: string): Item[] {
  const kept = new Set<number>()
  const passing = new Set<number>()
  const above: number[] = []
  for (const [index, row] of rows.entries()) {
    above.length = row.depth
    above[row.depth] = index
    if (filter !== '' && !has([row.id, row.name, row.what, row.pid === null ? null : String(row.pid)], filter)) continue
    passing.add(index)
    for (const each of above) if (each !== undefined) kept.add(each)
  }
  const path: string[] = []
  return rows.flatMap((row, index) => {
    path.length = row.depth
    path[row.depth] = `${row.kind} ${row.id}`
    if (!kept.has(index)) return []
    // A child that is started again has another pid and is the same row.
    const key = row.kind === 'process' ? String(row.pid) : path.join('/')
    return [{ ...none, key, pid: row.pid, tree: row, passes: passing.has(index) }]
  })
}

function has(texts: readonly (string | null)[], filter: string): boolean {
  const wanted = filter.toLowerCase()
  return texts.some((text) => text?.toLowerCase().includes(wanted))
}

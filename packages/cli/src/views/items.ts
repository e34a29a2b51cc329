/** The rows of a list that pass the filter, each with what it is known by. Pure. */
import type { TopRow, TreeRow } from '@agner/behaviours'
import type { AnyPid } from '@agner/core'
import type { Model } from './model.ts'

export interface Item {
  readonly key: string
  readonly pid: AnyPid | null
  readonly tree: TreeRow | null
  readonly top: TopRow | null
}

export function itemsOf({
  view,
  back,
  tree,
  top,
  filter,
}: Pick<Model, 'view' | 'back' | 'tree' | 'top' | 'filter'>): Item[] {
  const list = view === 'process' || view === 'help' ? back : view
  return list === 'tree' ? treeItems(tree?.rows ?? [], filter) : topItems(top?.rows ?? [], filter)
}

function topItems(rows: readonly TopRow[], filter: string): Item[] {
  return rows
    .filter((row) => has([row.name, row.what, row.label, String(row.pid)], filter))
    .map((top) => ({ key: String(top.pid), pid: top.pid, top, tree: null }))
}

/** With a filter, a row that passes brings those above it, so that it is seen where it stands. */
function treeItems(rows: readonly TreeRow[], filter: string): Item[] {
  const kept = new Set<number>()
  const above: number[] = []
  for (const [index, row] of rows.entries()) {
    above.length = row.depth
    above[row.depth] = index
    if (filter === '' || has([row.id, row.name, row.what, row.pid === null ? null : String(row.pid)], filter))
      for (const each of above) if (each !== undefined) kept.add(each)
  }
  const path: string[] = []
  return rows.flatMap((row, index) => {
    path.length = row.depth
    path[row.depth] = `${row.kind} ${row.id}`
    if (!kept.has(index)) return []
    // A child that is started again has another pid and is the same row.
    return [{ key: row.kind === 'process' ? String(row.pid) : path.join('/'), pid: row.pid, tree: row, top: null }]
  })
}

function has(texts: readonly (string | null)[], filter: string): boolean {
  const wanted = filter.toLowerCase()
  return texts.some((text) => text?.toLowerCase().includes(wanted))
}

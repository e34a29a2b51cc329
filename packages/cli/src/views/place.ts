/** Where the keys are: which row of a list, and which line of a text comes first. Pure. */
import { itemsOf, type Item } from './items.ts'
import type { Model } from './model.ts'
import { lastScroll } from './text-body.ts'

/** The selected row stays selected wherever it went; one that is gone gives its place to the next. */
export function keepSelected(model: Model): Model {
  const items = itemsOf(model)
  const at = model.selectedKey === null ? -1 : items.findIndex(({ key }) => key === model.selectedKey)
  return select(model, at === -1 ? model.selected : at, items)
}

export function select(model: Model, index: number, items: readonly Item[] = itemsOf(model)): Model {
  const selected = Math.max(0, Math.min(index, items.length - 1))
  return { ...model, selected, selectedKey: items[selected]?.key ?? null }
}

/** The first row that was meant, and not the heading that it stands under. */
export function filtered(model: Model, filter: string): Model {
  const next = { ...model, filter }
  const items = itemsOf(next)
  const meant = items.findIndex(({ passes, pid }) => passes && pid !== null)
  return select(next, filter === '' ? 0 : Math.max(0, meant), items)
}

/** Not beyond the end: each line further would have to be scrolled back. */
export function scrolled(model: Model, step: number): Model {
  return { ...model, scroll: Math.max(0, Math.min(model.scroll + step, lastScroll(model))) }
}

/** What keys do. Pure. */
import type { TopMeasure } from '@agner/core'
import { itemsOf } from './items.ts'
import { layoutOf } from './layout.ts'
import type { Model } from './model.ts'
import { filtered, keepSelected, scrolled, select } from './place.ts'

const measures: readonly TopMeasure[] = ['mailbox', 'reductions', 'memory']

/** A key goes into the filter while one is typed. */
export function press(model: Model, key: string): Model {
  return model.typing ? typed(model, key) : pressed(model, key)
}

function typed(model: Model, key: string): Model {
  if (key === 'interrupt') return { ...model, quit: true }
  if (key === 'escape') return select({ ...model, typing: false, filter: '' }, 0)
  if (key === 'enter') return { ...model, typing: false }
  if (key === 'backspace') return filtered(model, model.filter.slice(0, -1))
  if (/^.$/u.test(key)) return filtered(model, model.filter + key)
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
  const items = itemsOf(model)
  // Beyond the rows that were told of there may be one that is called so.
  const looked = items.length === 0 && model.filter !== '' ? model.filter : (items[model.selected]?.pid ?? null)
  return looked === null ? model : { ...model, view: 'process', looked, process: null, scroll: 0 }
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
  const step = steps[key]?.(layoutOf(model).body - 1)
  if (step === undefined) return model
  if (model.view === 'process' || model.view === 'help') return scrolled(model, step)
  return select(model, model.selected + step)
}

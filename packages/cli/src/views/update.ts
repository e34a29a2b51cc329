/**
 * How keys and answers change what is shown. Pure.
 *
 *     asked ──► answered                 the node is there
 *       │  └──► unanswered               this question got no answer; others may
 *       └─ tick, 2 s later ──► silent    until anything is answered
 */
import type { Answered, Event, Model, Question, Rates } from './model.ts'
import { keepSelected, scrolled } from './place.ts'
import { press } from './press.ts'

/** A node that answers so much later than it could is said to be silent. */
const leastSilenceMs = 2000

export function update(model: Model, event: Event): Model {
  switch (event.type) {
    case 'key':
      return press(model, event.key)
    case 'size':
      return scrolled({ ...model, columns: event.columns, rows: event.rows }, 0)
    case 'session':
      // What is shown is of before; rates over a gap mean nothing.
      return { ...model, session: event.state, rates: null, overviewAtMs: 0, ...answered, unanswered: null }
    case 'tick':
      return { ...model, silentMs: silence(model, event.atMs) }
    case 'asked':
      return opens(model, event)
        ? { ...model, asked: { atMs: event.atMs, untilMs: event.atMs + event.windowMs } }
        : model
    case 'unanswered':
      // Of a node that is lost that is said.
      if (model.session.kind === 'lost') return model
      return { ...model, unanswered: { question: event.question, why: event.why } }
    case 'overview':
    case 'tree':
    case 'top':
    case 'process':
      return shown(heard(model, event.type), event)
  }
}

const answered = { asked: null, silentMs: 0 } as const

function heard(model: Model, question: Question): Model {
  return { ...model, ...answered, unanswered: model.unanswered?.question === question ? null : model.unanswered }
}

function shown(model: Model, event: Answered): Model {
  switch (event.type) {
    case 'overview':
      return { ...model, overview: event.overview, overviewAtMs: event.atMs, rates: ratesOf(model, event) }
    case 'tree':
      return keepSelected({ ...model, tree: event.tree })
    case 'top':
      return event.top.by === model.by ? keepSelected({ ...model, top: event.top }) : model
    case 'process':
      return event.which === model.looked ? scrolled({ ...model, process: event.process ?? 'gone' }, 0) : model
  }
}

/** Silence is counted from the first question that is open; one that failed before says nothing of the node. */
function opens({ asked, unanswered }: Model, { question }: { readonly question: Question }): boolean {
  return asked === null && (question === 'overview' || unanswered?.question !== question)
}

/** A pause between two looks is none. */
function silence({ asked }: Model, atMs: number): number {
  return asked === null || atMs < asked.untilMs + leastSilenceMs ? 0 : atMs - asked.atMs
}

function ratesOf(model: Model, { overview, atMs }: Answered & { readonly type: 'overview' }): Rates | null {
  const before = model.overview
  const seconds = (atMs - model.overviewAtMs) / 1000
  // A node of the same name in another life counts from the beginning.
  if (before === null || model.overviewAtMs === 0 || seconds <= 0 || overview.reductions < before.reductions)
    return null
  return {
    reductions: (overview.reductions - before.reductions) / seconds,
    cpuPercent: overview.cpuMs === null || before.cpuMs === null ? 0 : (overview.cpuMs - before.cpuMs) / seconds / 10,
  }
}

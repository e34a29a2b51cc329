/**
 * The interactive view: asks for what is shown, shows what came, and does what the keys say.
 *
 *     every interval, and at once when another thing is looked at:
 *         overview + (tree | top | process) ──► model ──► screen
 *
 * One round of questions is under way at a time: a node that is slow is not asked faster.
 */
import { realRuntime, type RuntimeTimer } from '@agner/core'
import { Session, type SessionOptions } from './node/session.ts'
import { Terminal } from './screen/terminal.ts'
import type { TopCommand } from './settings/command.ts'
import { bodyRows, firstModel, update, type Event, type Model } from './views/model.ts'
import { screenLines } from './views/screen.ts'

const tickMs = 1000
/** Those of others: of keys the terminal tells. Each would end the program at once, and leave the terminal as it is. */
const endings = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const
/** Rows that a filter may choose from. */
const askedRows = 500

export async function showTop(command: TopCommand, options: SessionOptions): Promise<void> {
  let model: Model | null = null
  let terminal: Terminal | null = null
  const done = Promise.withResolvers<void>()
  const session = await Session.open(options, (state) => tell({ type: 'session', state }))
  let asking = false
  let again = false
  let over = false
  const timer: { current: RuntimeTimer | null } = { current: null }
  const watch: { current: RuntimeTimer | null } = { current: null }

  const tell = (event: Event): void => {
    if (model === null || model.quit) return
    const before = model
    model = update(model, event)
    if (model.quit) return done.resolve()
    terminal?.show(screenLines(model))
    const wantsOther =
      model.view !== before.view ||
      model.by !== before.by ||
      model.looked !== before.looked ||
      model.session.kind !== before.session.kind
    if (wantsOther || (event.type === 'key' && event.key === 'r' && !model.typing)) ask()
  }

  const ask = (): void => {
    if (asking) {
      again = true
      return
    }
    asking = true
    again = false
    timer.current?.clear()
    void round()
      // Whatever goes wrong with the node: the session sees it, and says so.
      .catch(() => {})
      .then(() => {
        asking = false
        if (over) return
        if (again) return ask()
        timer.current = realRuntime.setTimer(command.intervalMs, ask)
      })
  }

  const round = async (): Promise<void> => {
    const now = model
    if (now === null || now.quit || now.session.kind === 'lost') return
    const overview = await session.ask('overview', undefined)
    tell({ type: 'overview', overview, atMs: realRuntime.nowMs() })
    if (now.view === 'process' && now.looked !== null) {
      const pid = now.looked
      tell({ type: 'process', pid, process: await session.ask('process', pid) })
    } else if (now.view === 'processes') {
      const count = now.filter === '' ? Math.max(command.count ?? 0, bodyRows(now) * 4) : askedRows
      const windowMs = now.by === 'reductions' ? command.intervalMs : 0
      tell({ type: 'top', top: await session.ask('top', { by: now.by, count, windowMs }) })
    } else if (now.view === 'tree') tell({ type: 'tree', tree: await session.ask('tree', {}) })
  }

  /** A node that does not answer changes nothing by itself. */
  const watchSilence = (): void => {
    tell({ type: 'tick', atMs: realRuntime.nowMs() })
    watch.current = realRuntime.setTimer(tickMs, watchSilence)
  }

  const stop = (): void => done.resolve()
  try {
    terminal = new Terminal(process.stdin, process.stdout, wantsColors(process.env), {
      key: (key) => tell({ type: 'key', key }),
      size: (columns, rows) => tell({ type: 'size', columns, rows }),
    })
    for (const signal of endings) process.on(signal, stop)
    model = firstModel({
      columns: terminal.columns,
      rows: terminal.rows,
      session: { kind: 'up', node: session.target },
      by: command.by,
      intervalMs: command.intervalMs,
    })
    terminal.show(screenLines(model))
    ask()
    watchSilence()
    await done.promise
  } finally {
    over = true
    timer.current?.clear()
    watch.current?.clear()
    terminal?.close()
    await session.close()
    for (const signal of endings) process.off(signal, stop)
  }
}

function wantsColors({ NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}

/**
 * The interactive view: asks for what is shown, shows what came, and does what the keys say.
 *
 *     every interval, and at once when another thing is looked at:
 *         overview + (tree | top | process) ──► model ──► screen
 *
 * One round of questions is under way at a time: a node that is slow is not asked faster.
 */
import { AgnerError, realRuntime, type RuntimeTimer } from '@agner/core'
import { questionTimeoutMs, Session, type SessionOptions } from './node/session.ts'
import { Terminal } from './screen/terminal.ts'
import { duration } from './screen/text.ts'
import type { TopCommand } from './settings/command.ts'
import { topQuestion } from './views/processes.ts'
import { firstModel, type Answered, type Event, type Model, type Question } from './views/model.ts'
import { update } from './views/update.ts'
import { screenLines } from './views/screen.ts'

const tickMs = 1000
/** Those of others: of keys the terminal tells. Each would end the program at once, and leave the terminal as it is. */
const endings = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const

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

  /** Whatever the model or a view cannot take ends the view, and leaves the terminal whole. */
  const tell = (event: Event): void => {
    try {
      take(event)
    } catch (error) {
      done.reject(error)
    }
  }

  const take = (event: Event): void => {
    if (model === null || model.quit || over) return
    const before = model
    model = update(model, event)
    if (model.quit) return done.resolve()
    terminal?.show(screenLines(model))
    const wantsOther =
      model.view !== before.view ||
      model.by !== before.by ||
      model.looked !== before.looked ||
      model.session.kind !== before.session.kind ||
      (model.view === 'processes' && model.filter !== before.filter)
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
    void round().then(() => {
      asking = false
      if (over) return
      if (again) return ask()
      timer.current = realRuntime.setTimer(command.intervalMs, ask)
    }, done.reject)
  }

  const round = async (): Promise<void> => {
    const now = model
    if (now === null || now.quit || now.session.kind === 'lost') return
    const known = await put('overview', 0, async () => {
      const overview = await session.ask('overview', undefined)
      return { type: 'overview', overview, atMs: realRuntime.nowMs() }
    })
    if (!known) return
    const which = now.looked
    if (now.view === 'process' && which !== null)
      await put('process', 0, async () => ({ type: 'process', which, process: await session.ask('process', which) }))
    else if (now.view === 'processes') {
      const wanted = topQuestion(now, command.count ?? 0)
      await put('top', wanted.windowMs, async () => ({ type: 'top', top: await session.ask('top', wanted) }))
    } else if (now.view === 'tree')
      await put('tree', 0, async () => ({ type: 'tree', tree: await session.ask('tree', {}) }))
  }

  /** Asks, and tells what came, or that nothing did. Whether it was answered. */
  const put = async (question: Question, windowMs: number, asked: () => Promise<Answered>): Promise<boolean> => {
    tell({ type: 'asked', question, atMs: realRuntime.nowMs(), windowMs })
    try {
      tell(await asked())
      return true
    } catch (error) {
      if (!(error instanceof AgnerError) || error.code === 'cli.other_version') throw error
      tell({ type: 'unanswered', question, why: reasonOf(error) })
      return false
    }
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

function reasonOf(error: AgnerError): string {
  return error.code === 'call.timeout'
    ? `not within ${duration(questionTimeoutMs)}`
    : error.message.replace(/\. .*$/s, '')
}

function wantsColors({ NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}

/**
 * One look, for scripts and for those without a terminal: text, or JSON.
 */
import type { NodeOverview, ProcessView, Top, Tree } from '@agner/behaviours'
import { Pid } from '@agner/core'
import { Session, type SessionOptions } from './node/session.ts'
import { plain, type Line } from './screen/line.ts'
import type { TopCommand } from './settings/command.ts'
import { cliError } from './settings/errors.ts'
import { headLines } from './views/head.ts'
import { itemsOf } from './views/items.ts'
import { processLines } from './views/process.ts'
import { topHeader, topLines } from './views/processes.ts'
import { treeHeader, treeLines } from './views/tree.ts'

const width = 110

interface Look {
  readonly overview: NodeOverview
  readonly tree: Tree
  readonly top: Top
}

/** What is printed. @throws as `Session.open`, and `cli.no_process` */
export async function lookOnce(command: TopCommand, options: SessionOptions): Promise<string> {
  const session = await Session.open(options)
  try {
    const node = session.target
    if (command.process !== null) {
      const process = await session.ask('process', command.process)
      if (process === null) throw cliError('cli.no_process', { node, wanted: command.process })
      return command.output === 'json' ? toJson({ process }) : processText(process, node)
    }
    const overview = await session.ask('overview', undefined)
    const tree = await session.ask('tree', {})
    const top = await session.ask('top', { by: command.by, count: command.count ?? 20 })
    return command.output === 'json' ? toJson({ overview, tree, top }) : lookText({ overview, tree, top }, node)
  } finally {
    await session.close()
  }
}

/** Pids as text. */
export function toJson(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) => (part instanceof Pid ? String(part) : part), 2)
}

export function processText(process: ProcessView, node: string): string {
  return textOf(processLines(process, node))
}

export function lookText({ overview, tree, top }: Look, node: string): string {
  const shape = { by: top.by, windowMs: null }
  const lists = { back: 'tree', tree, top, filter: '' } as const
  return textOf([
    ...headLines({ overview, rates: null, silentMs: 0, session: { kind: 'up', node } }),
    ...[{ spans: [], selected: false }, treeHeader(width)],
    ...treeLines(itemsOf({ ...lists, view: 'tree' }), width, node),
    ...[{ spans: [], selected: false }, topHeader(shape, width)],
    ...topLines(itemsOf({ ...lists, view: 'processes' }), shape, width, node),
  ])
}

function textOf(lines: readonly Line[]): string {
  return lines.map(plain).join('\n')
}

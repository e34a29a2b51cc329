/**
 * One look, for scripts and for those without a terminal: text, or JSON.
 */
import type { NodeOverview, ProcessView, Top, Tree } from '@agner/behaviours'
import { Pid, type AgnerError } from '@agner/core'
import { Session, type SessionOptions } from './node/session.ts'
import { line, plain, type Line } from './screen/line.ts'
import type { TopCommand } from './settings/command.ts'
import { cliError } from './settings/errors.ts'
import { headLines } from './views/head.ts'
import { itemsOf } from './views/items.ts'
import { processLines } from './views/process.ts'
import { noneText, topHeader, topLines } from './views/processes.ts'
import { treeHeader, treeLines } from './views/tree.ts'

const width = 110

interface Look {
  readonly overview: NodeOverview | Lagless
  readonly tree: Tree
  readonly top: Top
}

type Lagless = Omit<NodeOverview, 'loopLagMs'>

/** An inspector that began a moment ago has not seen the event loop late. */
function withoutLag({ loopLagMs: _, ...overview }: NodeOverview): Lagless {
  return overview
}

function noProcess(node: string, wanted: string): AgnerError {
  const other = /^<(.+@.+?)\.\d+(?:\.\d+)?>$/.exec(wanted)?.[1]
  return other === undefined || other === node
    ? cliError('cli.no_process', { node, wanted })
    : cliError('cli.elsewhere', { node, wanted, other })
}

/** What is printed. @throws as `Session.open`, and `cli.no_process`, `cli.elsewhere`, `cli.other_version` */
export async function lookOnce(command: TopCommand, options: SessionOptions): Promise<string> {
  const session = await Session.open(options)
  try {
    const node = session.target
    if (command.process !== null) {
      const process = await session.ask('process', command.process)
      if (process === null) throw noProcess(node, command.process)
      return command.output === 'json' ? toJson({ process }) : processText(process, node)
    }
    const overview = await session.ask('overview', undefined)
    const tree = await session.ask('tree', {})
    const top = await session.ask('top', { by: command.by, count: command.count ?? 20 })
    const look = { overview: session.hasOwnInspector ? withoutLag(overview) : overview, tree, top }
    return command.output === 'json' ? toJson(look) : lookText(look, node)
  } finally {
    await session.close()
  }
}

/** Pids as text. What steers a terminal is escaped, as it may be in JSON: somebody looks at it in one. */
export function toJson(value: object): string {
  const json = JSON.stringify(value, (_key, part: unknown) => (part instanceof Pid ? String(part) : part), 2)
  // The ends of lines are of the JSON: those of texts are escaped already.
  return json.replace(/[^\P{C}\n]|[\u2028\u2029]/gu, escaped)
}

/** As one unit of UTF-16, or two. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

export function processText(process: ProcessView, node: string): string {
  return textOf(processLines(process, node))
}

export function lookText({ overview, tree, top }: Look, node: string): string {
  const shape = { by: top.by, windowMs: null }
  const lists = { back: 'tree', tree, top, filter: '' } as const
  const known = { rates: null, silentMs: 0, unanswered: null, session: { kind: 'up', node } } as const
  const none = noneText(top)
  return textOf([
    ...('loopLagMs' in overview
      ? headLines({ ...known, overview })
      : headLines({ ...known, overview: { ...overview, loopLagMs: 0 }, withoutLag: true })),
    ...[{ spans: [], selected: false }, treeHeader(width)],
    ...treeLines(itemsOf({ ...lists, view: 'tree' }), width, node),
    ...[{ spans: [], selected: false }, topHeader(shape, width)],
    ...(none === null ? topLines(itemsOf({ ...lists, view: 'processes' }), shape, width, node) : [line(none)]),
  ])
}

function textOf(lines: readonly Line[]): string {
  return lines.map(plain).join('\n')
}

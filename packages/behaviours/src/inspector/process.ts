/** One process, as an operator sees it: what the kernel knows of it, and its state, for which it is asked. */
import type { AnyPid, AnyProcess, Node, ProcessItem, ProcessItems } from '@agner/core'
import { holdingsOf, type Holdings } from '@agner/core/kernel'
import { askState } from './ask-state.ts'
import { whatOf } from './behaviour-of.ts'
import type { Neighbour, ProcessView, Some } from './inspector.api.ts'
import { labelText, printLine } from './print.ts'

const shownNeighbours = 50
const shownEntries = 30
const shownMessages = 5

const items = [
  'pid',
  'name',
  'initialCall',
  'currentFunction',
  'status',
  'priority',
  'trapsExits',
  'parent',
  'mailboxLength',
  'reductions',
  'memoryBytes',
  'links',
  'monitors',
  'monitoredBy',
] as const satisfies readonly ProcessItem[]

export async function processOf(self: AnyProcess, which: AnyPid | string): Promise<ProcessView | null> {
  const { node } = self
  const pid = typeof which === 'string' ? find(node, which) : which
  const info = pid?.node === node.name ? node.processInfo(pid, items) : undefined
  if (pid === undefined || info === undefined) return null
  // The rest first: it is what is known at this moment, however long the process takes to answer.
  const view = viewOf(node, info)
  return { ...view, state: await askState(self, pid) }
}

/** A pid may be written without its node, `<12>`, as operators see it. */
function find(node: Node, text: string): AnyPid | undefined {
  const whole = text.replace(/^<(?=\d+(\.\d+)?>$)/, `<${node.name}.`)
  return node.whereis(text) ?? node.processes().find((pid) => String(pid) === whole)
}

function viewOf(node: Node, info: Pick<ProcessItems, (typeof items)[number]>): Omit<ProcessView, 'state'> {
  const { pid, name, initialCall, currentFunction, status, priority, trapsExits, parent } = info
  const { mailboxLength, reductions, memoryBytes, links, monitors, monitoredBy } = info
  const { label, messages, dictionary } = holdingsOf(node, pid, shownMessages) ?? nothing
  return {
    pid,
    name,
    label: labelText(label),
    what: whatOf(node, info),
    initialCall,
    currentFunction,
    status,
    priority,
    trapsExits,
    parent: parent === null ? null : neighbour(node, parent),
    mailbox: mailboxLength,
    reductions,
    memoryBytes,
    links: some(links, shownNeighbours, (each) => neighbour(node, each)),
    monitors: some(monitors, shownNeighbours, (each) => neighbour(node, each)),
    monitoredBy: some(monitoredBy, shownNeighbours, (each) => neighbour(node, each)),
    dictionary: some(dictionary, shownEntries, ([key, value]) => ({
      key: printLine(key, 60),
      value: printLine(value),
    })),
    messages: messages.map((message) => printLine(message)),
  }
}

const nothing: Holdings = { label: null, messages: [], dictionary: [] }

function some<T, V>(all: readonly T[], limit: number, show: (one: T) => V): Some<V> {
  return { shown: all.slice(0, limit).map(show), total: all.length }
}

function neighbour(node: Node, other: ProcessItems['monitors'][number]): Neighbour {
  if ('name' in other)
    return { pid: null, text: other.node === node.name ? other.name : `${other.name} on ${other.node}` }
  if (other.node !== node.name) return { pid: other, text: `${String(other)} on ${other.node}` }
  const info = node.processInfo(other, ['pid', 'name', 'initialCall'])
  const called = info === undefined ? null : (info.name ?? whatOf(node, info))
  return { pid: other, text: called === null ? String(other) : `${String(other)} ${called}` }
}

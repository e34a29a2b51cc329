/** What a node might answer. */
import type { NodeOverview, ProcessView, Top, TopRow, Tree, TreeRow } from '@agner/behaviours'
import { createNode, type AnyPid } from '@agner/core'
import { plain } from '../src/screen/line.ts'
import { firstModel, type Event, type Model } from '../src/views/model.ts'
import { update } from '../src/views/update.ts'
import { screenLines } from '../src/views/screen.ts'

export const node = 'shop@test'
const home = createNode({ name: node, report: () => {} })

/** Pids are values that only a node makes. */
export const pids: readonly AnyPid[] = Array.from({ length: 40 }, () => home.spawn(async (self) => self.sleep(1)))

export const overview: NodeOverview = {
  name: node,
  uptimeMs: 192_000,
  processes: 6,
  names: 3,
  timers: 2,
  waiting: 1500,
  waitingOf: 6,
  longestMailbox: { pid: pids[2]!, name: 'till', length: 1490 },
  reductions: 10_000,
  limitsMet: 0,
  loopLagMs: 3.4,
  memory: { residentBytes: 84e6, heapBytes: 31e6 },
  cpuMs: 1000,
  connections: ['bank@test', 'far@elsewhere'],
}

const row: Omit<TreeRow, 'kind' | 'id' | 'depth'> = {
  pid: null,
  name: null,
  what: null,
  restart: null,
  state: null,
  mailbox: null,
  count: null,
}

export const tree: Tree = {
  rows: [
    { ...row, depth: 0, kind: 'application', id: 'shop', pid: pids[1]!, state: 'running', mailbox: 0 },
    {
      ...row,
      depth: 1,
      kind: 'worker',
      id: 'till',
      name: 'till',
      what: '@acme/till',
      pid: pids[2]!,
      restart: 'permanent',
      state: 'waiting',
      mailbox: 1490,
    },
    {
      ...row,
      depth: 1,
      kind: 'supervisor',
      id: 'store',
      pid: pids[3]!,
      restart: 'permanent',
      state: 'waiting',
      mailbox: 0,
    },
    {
      ...row,
      depth: 2,
      kind: 'worker',
      id: 'shelf',
      what: '@acme/shelf',
      pid: pids[4]!,
      restart: 'transient',
      state: 'suspended',
      mailbox: 10,
    },
    { ...row, depth: 2, kind: 'more', id: '', count: 99_950 },
    { ...row, depth: 1, kind: 'worker', id: 'clerk', restart: 'permanent', state: 'restarting' },
    { ...row, depth: 0, kind: 'supervisor', id: 'lost', pid: pids[5]!, state: 'waiting', mailbox: 0 },
    { ...row, depth: 1, kind: 'worker', id: '', state: 'silent' },
    { ...row, depth: 0, kind: 'others', id: 'other processes', count: 1 },
    { ...row, depth: 1, kind: 'process', id: 'a loner', what: 'loner', pid: pids[6]!, state: 'waiting', mailbox: 0 },
  ],
}

const topRow = (index: number, value: number, more: Partial<TopRow> = {}): TopRow => ({
  pid: pids[index]!,
  name: null,
  what: '@acme/shelf',
  label: null,
  status: 'waiting',
  mailbox: 0,
  reductions: 100,
  value,
  ...more,
})

export const top: Top = {
  by: 'mailbox',
  processes: 3,
  rows: [
    topRow(2, 1490, { name: 'till', what: '@acme/till', mailbox: 1490, reductions: 123_456 }),
    topRow(4, 10, { label: 'shelf of tea', mailbox: 10, status: 'suspended' }),
    topRow(6, 0, { what: 'loner' }),
  ],
}

const none = { shown: [], total: 0 }

export const process: ProcessView = {
  pid: pids[2]!,
  name: 'till',
  label: 'the till at the door',
  what: '@acme/till',
  initialCall: '@acme/till@1.2.3:startAwaited',
  currentFunction: '@acme/till',
  status: 'waiting',
  priority: 'high',
  trapsExits: true,
  parent: { pid: pids[1]!, text: `${String(pids[1])} @agner/supervisor` },
  mailbox: 1490,
  reductions: 123_456,
  memoryBytes: 2048,
  links: { shown: [{ pid: pids[1]!, text: `${String(pids[1])} @agner/supervisor` }], total: 3 },
  monitors: none,
  monitoredBy: { shown: [{ pid: null, text: 'audit on bank@test' }], total: 1 },
  dictionary: { shown: [{ key: '"user"', value: '"Ann"' }], total: 1 },
  messages: ['{ type: "request", payload: 1 }'],
  state: { kind: 'state', version: '1.2.3', status: 'running', lines: ['{ stock: 4 }'] },
}

export function modelOf(events: readonly Event[], columns = 100, rows = 18, intervalMs = 1000): Model {
  const first = firstModel({ columns, rows, session: { kind: 'up', node }, by: 'mailbox', intervalMs })
  return events.reduce(update, first)
}

export const key = (name: string): Event => ({ type: 'key', key: name })
export const keys = (...names: readonly string[]): Event[] => names.map(key)

export const answers: readonly Event[] = [
  { type: 'overview', overview, atMs: 1000 },
  { type: 'tree', tree },
]

/** The screen as text; the selected line begins with `>`. */
export function screen(model: Model): string[] {
  return screenLines(model).map((each) => `${each.selected ? '>' : ' '}${plain(each)}`)
}

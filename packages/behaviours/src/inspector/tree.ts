/**
 * The supervision tree of a node as rows: applications and what is under them, supervisors of no application, and then
 * the processes that are in no tree.
 *
 * All supervisors of a level are asked at once, and one that does not answer in time is a row that says so: a busy one
 * costs its own subtree, once, and never the rest.
 */
import type { AnyPid, AnyProcess, Node, ProcessInfo } from '@agner/core'
import { controller, type ApplicationInfo } from '../application/controller.api.ts'
import { call } from '../protocol/client.ts'
import { supervisor, type ChildInfo } from '../supervisor/api.ts'
import { isSupervisor, whatOf } from './behaviour-of.ts'
import type { Tree, TreeRow, TreeState } from './inspector.api.ts'
import { answerTimeoutMs, clip } from './limits.ts'
import { printLine } from './print.ts'

/** Trees are not that deep: a supervisor that is below itself is not followed. */
const depthLimit = 24
/** Of a supervisor with more children only their number is told: the list would be copied at each look. */
const crowd = 5000
/** Rows of all trees together. */
const rowLimit = 5000

interface Branch {
  readonly row: TreeRow
  children: Branch[]
}

export async function treeOf(self: AnyProcess, question: { readonly childLimit?: number }): Promise<Tree> {
  const growing = new Growing(self, clip(question.childLimit, 50, 1000))
  const branches = (await applicationsOf(self)).map((each) => growing.application(each))
  await growing.grow()
  const roots = growing.roots()
  await growing.grow()
  const rows = flatten([...branches, ...roots])
  const others = rows.length < rowLimit ? growing.others() : []
  return { rows: cutRows([...rows, ...flatten(others)]) }
}

async function applicationsOf(self: AnyProcess): Promise<readonly ApplicationInfo[]> {
  if (self.node.whereis(controller.module) === undefined) return []
  return call(self, controller, 'list', undefined, { timeoutMs: answerTimeoutMs }).catch(() => [])
}

class Growing {
  readonly #self: AnyProcess
  readonly #node: Node
  readonly #childLimit: number
  readonly #seen = new Set<AnyPid>()
  /** Supervisors with too many children to list. */
  readonly #crowded = new Set<AnyPid>()
  #crowd = 0
  /** Supervisors whose children are not known yet. */
  #open: Branch[] = []

  constructor(self: AnyProcess, childLimit: number) {
    this.#self = self
    this.#node = self.node
    this.#childLimit = childLimit
  }

  application({ name, state, supervisor: top }: ApplicationInfo): Branch {
    const row: TreeRow = { ...nothing, depth: 0, kind: 'application', id: name, state }
    if (top === null) return { row, children: [] }
    const { name: registered, mailbox } = this.#about(top)
    return this.#supervisor({ ...row, pid: top, name: registered, mailbox })
  }

  #supervisor(row: TreeRow): Branch {
    const branch: Branch = { row, children: [] }
    if (row.pid === null || this.#seen.has(row.pid)) return branch
    this.#seen.add(row.pid)
    if (row.depth < depthLimit) this.#open.push(branch)
    return branch
  }

  /** Asks level by level until no supervisor is left. */
  async grow(): Promise<void> {
    while (this.#open.length > 0) {
      const level = this.#open
      this.#open = []
      await Promise.all(level.map((branch) => this.#ask(branch)))
    }
  }

  async #ask(branch: Branch): Promise<void> {
    const { row } = branch
    const target = supervisor.at(row.pid!)
    const options = { timeoutMs: answerTimeoutMs }
    try {
      const { workers, supervisors } = await call(this.#self, target, 'countChildren', undefined, options)
      if (workers + supervisors > crowd) {
        this.#crowded.add(row.pid!)
        this.#crowd += workers + supervisors
        branch.children = withMore([], workers + supervisors, row.depth + 1)
        return
      }
      const children = await call(this.#self, target, 'whichChildren', undefined, options)
      // Newest first, as OTP has it.
      branch.children = this.#children(children.toReversed(), row.depth + 1)
    } catch {
      branch.children = [{ row: { ...nothing, depth: row.depth + 1, state: 'silent' }, children: [] }]
    }
  }

  #children(children: readonly ChildInfo[], depth: number): Branch[] {
    const shown = children.slice(0, this.#childLimit).map((child) => this.#child(child, depth))
    for (const { pid } of children.slice(this.#childLimit))
      if (pid !== null && pid !== 'restarting') this.#seen.add(pid)
    return withMore(shown, children.length, depth)
  }

  #child({ id, pid, type, restart }: ChildInfo, depth: number): Branch {
    // A child without an id is known by its process.
    const kind = id === null && type === 'worker' ? 'process' : type
    const row = { ...nothing, depth, kind, id: id ?? this.#called(pid), restart } as const
    if (pid === null) return { row: { ...row, state: 'stopped' }, children: [] }
    if (pid === 'restarting') return { row: { ...row, state: 'restarting' }, children: [] }
    const about = { ...row, ...this.#about(pid), pid }
    if (type === 'supervisor' && pid.node === this.#node.name) return this.#supervisor(about)
    this.#seen.add(pid)
    return { row: about, children: [] }
  }

  /** What a process is called that has no id. */
  #called(pid: ChildInfo['pid']): string {
    const info = pid === null || pid === 'restarting' ? undefined : this.#infoOf(pid)
    if (info === undefined) return 'a child'
    const { name, label } = info
    const shown = label === null ? null : typeof label === 'string' ? label : printLine(label)
    return name ?? shown ?? whatOf(this.#node, info) ?? 'a process'
  }

  #infoOf(pid: AnyPid): ProcessInfo | undefined {
    return pid.node === this.#node.name ? this.#node.processInfo(pid) : undefined
  }

  #about(pid: AnyPid): Pick<TreeRow, 'name' | 'what' | 'mailbox'> & { readonly state: TreeState } {
    if (pid.node !== this.#node.name) return { name: null, what: null, mailbox: null, state: 'elsewhere' }
    const info = this.#node.processInfo(pid)
    if (info === undefined) return { name: null, what: null, mailbox: null, state: 'gone' }
    const { name, mailboxLength, status } = info
    return { name, what: whatOf(this.#node, info), mailbox: mailboxLength, state: status }
  }

  /** Supervisors that no other one has. */
  roots(): Branch[] {
    const found = this.#unseen().filter((pid) => isSupervisor(this.#node, pid))
    const tops = found.filter((pid) => {
      const parent = this.#node.processInfo(pid)?.parent
      return parent === null || parent === undefined || !found.includes(parent)
    })
    const shown = tops.slice(0, this.#childLimit).map((pid) => {
      const about = this.#about(pid)
      return this.#supervisor({
        ...nothing,
        depth: 0,
        kind: 'supervisor',
        ...about,
        id: about.name ?? 'supervisor',
        pid,
      })
    })
    return withMore(shown, tops.length, 0)
  }

  /** Processes that are in no tree. */
  others(): Branch[] {
    const left = this.#unseen()
    const total = Math.max(0, left.length - this.#crowd)
    if (total === 0) return []
    const row: TreeRow = { ...nothing, depth: 0, kind: 'others', id: 'other processes', count: total }
    const shown = this.#apart(left).map((pid): Branch => {
      const row: TreeRow = { ...nothing, depth: 1, kind: 'process', ...this.#about(pid), id: this.#called(pid), pid }
      return { row, children: [] }
    })
    return [{ row, children: withMore(shown, Math.max(total, shown.length), 1) }]
  }

  /** The first of those that are no children of a supervisor with too many to list. */
  #apart(left: readonly AnyPid[]): AnyPid[] {
    const isApart = (pid: AnyPid): boolean => {
      const parent = this.#node.processInfo(pid, ['parent'])?.parent
      return parent === null || parent === undefined || !this.#crowded.has(parent)
    }
    if (this.#crowd === 0) return left.slice(0, this.#childLimit)
    // Most of them are: whoever is older than all of these is soon found, and so is who came last.
    const looked = left.length <= 2 * crowd ? left : [...left.slice(0, crowd), ...left.slice(-crowd)]
    return looked.filter(isApart).slice(0, this.#childLimit)
  }

  #unseen(): AnyPid[] {
    return this.#node.processes().filter((pid) => !this.#seen.has(pid))
  }
}

const nothing: Omit<TreeRow, 'depth'> = {
  kind: 'worker',
  id: '',
  pid: null,
  name: null,
  what: null,
  restart: null,
  state: null,
  mailbox: null,
  count: null,
}

function withMore(shown: Branch[], total: number, depth: number): Branch[] {
  if (total === shown.length) return shown
  return [...shown, { row: { ...nothing, depth, kind: 'more', count: total - shown.length }, children: [] }]
}

function flatten(branches: readonly Branch[]): TreeRow[] {
  return branches.flatMap(({ row, children }) => [row, ...flatten(children)])
}

function cutRows(rows: TreeRow[]): TreeRow[] {
  if (rows.length <= rowLimit) return rows
  return [...rows.slice(0, rowLimit), { ...nothing, depth: 0, kind: 'more', count: rows.length - rowLimit }]
}

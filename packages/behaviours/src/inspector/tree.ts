/**
 * The supervision tree of a node as rows: applications and what is under them, supervisors of no application, and then
 * the processes that are in no tree.
 *
 * All supervisors of a level are asked at once, and one that does not answer in time is a row that says so: a busy one
 * costs its own subtree, once, and never the rest. What is below one that did not answer, or was not asked since there
 * are too many, is known by its parent: it is in no list, and supervised all the same.
 */
import type { AnyPid, AnyProcess, Node } from '@agner/core'
import { eachProcess } from '@agner/core/kernel'
import { controller, type ApplicationInfo } from '../application/controller.api.ts'
import { call } from '../protocol/client.ts'
import { supervisor, type ChildInfo } from '../supervisor/api.ts'
import { isSupervisor, whatOf } from './behaviour-of.ts'
import type { Tree, TreeRow, TreeState } from './inspector.api.ts'
import { clip } from './limits.ts'
import { labelText } from './print.ts'
import { ask } from './questions.ts'
import { cutRows, flatten, leaf, nothing, rowLimit, silentBelow, withMore, type Branch } from './tree-rows.ts'

/** Trees are not that deep: a supervisor that is below itself is not followed. */
const depthLimit = 24
/** Of a supervisor with more children only their number is told: the list would be copied at each look. */
const crowd = 5000
/** So often a level of silent supervisors is looked below. */
const silentLevels = 3

/** A question that is not answered in time stays open: see `questions.ts`. */
const forEver = { timeoutMs: Infinity }

export async function treeOf({ node }: AnyProcess, question: { readonly childLimit?: number }): Promise<Tree> {
  const growing = new Growing(node, clip(question.childLimit, 50, 1000))
  const branches = await growing.applications()
  await growing.grow()
  const roots = growing.roots()
  await growing.grow()
  await growing.growBelowSilent()
  const rows = flatten([...branches, ...roots])
  const others = rows.length < rowLimit ? growing.others() : []
  return { rows: cutRows([...rows, ...flatten(others)]) }
}

class Growing {
  readonly #node: Node
  readonly #childLimit: number
  readonly #seen = new Set<AnyPid>()
  /** Supervisors all of whose children are known: whom they have spawned besides is nobody's child. */
  readonly #told = new Set<AnyPid>()
  /** Supervisors whose children are not known yet. */
  #open: Branch[] = []
  /** Those that did not tell them in time, by their pids. */
  #silent = new Map<AnyPid, Branch>()

  constructor(node: Node, childLimit: number) {
    this.#node = node
    this.#childLimit = childLimit
  }

  async applications(): Promise<Branch[]> {
    const node = this.#node
    const pid = node.whereis(controller.module)
    if (pid === undefined) return []
    const question = (): Promise<ApplicationInfo[]> => call(node, controller.at(pid), 'list', undefined, forEver)
    const found = await ask(node, pid, 'applications', question).catch(() => null)
    if (found === null) return []
    if (found.kind === 'answered') return found.value.map((each) => this.#application(each))
    const branch = leaf({ depth: 0, kind: 'application', id: 'applications', ...this.#about(pid), pid })
    branch.children = [silentBelow(branch)]
    return [branch]
  }

  #application({ name, state, supervisor: top }: ApplicationInfo): Branch {
    const row: TreeRow = { ...nothing, depth: 0, kind: 'application', id: name, state }
    if (top === null) return leaf(row)
    const { name: registered, mailbox } = this.#about(top)
    return this.#supervisor({ ...row, pid: top, name: registered, mailbox })
  }

  /** Only one of this library's is asked for its children: to any other process the question would be a stray message. */
  #supervisor(row: TreeRow): Branch {
    const branch = leaf(row)
    const { pid, depth } = row
    if (pid === null || this.#seen.has(pid)) return branch
    this.#seen.add(pid)
    if (depth < depthLimit && isSupervisor(this.#node, pid)) this.#open.push(branch)
    return branch
  }

  /** Asks level by level until no supervisor is left. */
  async grow(): Promise<void> {
    while (this.#open.length > 0) {
      const level = this.#open
      this.#open = []
      await Promise.all(level.map((branch) => this.#ask(branch, branch.row.pid!)))
    }
  }

  async #ask(branch: Branch, pid: AnyPid): Promise<void> {
    const node = this.#node
    const target = supervisor.at(pid)
    const depth = branch.row.depth + 1
    try {
      const counted = await ask(node, pid, 'count', () => call(node, target, 'countChildren', undefined, forEver))
      if (counted.kind === 'silent') return this.#isSilent(branch, pid)
      const { workers, supervisors } = counted.value
      if (workers + supervisors > crowd) {
        branch.children = withMore([], workers + supervisors, depth)
        return
      }
      const told = await ask(node, pid, 'children', () => call(node, target, 'whichChildren', undefined, forEver))
      if (told.kind === 'silent') return this.#isSilent(branch, pid)
      this.#told.add(pid)
      // Newest first, as OTP has it.
      branch.children = this.#children(told.value.toReversed(), depth)
    } catch {
      // It has ended meanwhile; one that lives has failed to tell.
      if (node.isAlive(pid)) this.#isSilent(branch, pid)
      else branch.row = { ...branch.row, state: 'gone' }
    }
  }

  #isSilent(branch: Branch, pid: AnyPid): void {
    branch.children = [silentBelow(branch)]
    this.#silent.set(pid, branch)
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
    if (pid === null) return leaf({ ...row, state: 'stopped' })
    if (pid === 'restarting') return leaf({ ...row, state: 'restarting' })
    const about = { ...row, ...this.#about(pid), pid }
    if (type === 'supervisor' && pid.node === this.#node.name) return this.#supervisor(about)
    this.#seen.add(pid)
    return leaf(about)
  }

  /** What a process is called that has no id. */
  #called(pid: ChildInfo['pid']): string {
    if (pid === null || pid === 'restarting' || pid.node !== this.#node.name) return 'a child'
    const info = this.#node.processInfo(pid, ['pid', 'name', 'label', 'initialCall'])
    if (info === undefined) return 'a child'
    return info.name ?? labelText(info.label) ?? whatOf(this.#node, info) ?? 'a process'
  }

  #about(pid: AnyPid): Pick<TreeRow, 'name' | 'what' | 'mailbox'> & { readonly state: TreeState } {
    if (pid.node !== this.#node.name) return { name: null, what: null, mailbox: null, state: 'elsewhere' }
    const info = this.#node.processInfo(pid, ['pid', 'name', 'initialCall', 'mailboxLength', 'status'])
    if (info === undefined) return { name: null, what: null, mailbox: null, state: 'gone' }
    const { name, mailboxLength, status } = info
    return { name, what: whatOf(this.#node, info), mailbox: mailboxLength, state: status }
  }

  /** Supervisors that no other one has. */
  roots(): Branch[] {
    const isApart = this.#apart()
    const tops: AnyPid[] = []
    eachProcess(this.#node, (pid, parent) => {
      if (!this.#seen.has(pid) && isSupervisor(this.#node, pid) && isApart(parent)) tops.push(pid)
    })
    const shown = tops.slice(0, this.#childLimit).map((pid) => this.#unlisted(pid, 0))
    return withMore(shown, tops.length, 0)
  }

  /** What is below silent supervisors, by who spawned it: without ids, and in the order of their pids. */
  async growBelowSilent(): Promise<void> {
    for (let level = 0; level < silentLevels && this.#silent.size > 0; level++) {
      const below = new Map([...this.#silent.keys()].map((pid): [AnyPid, AnyPid[]] => [pid, []]))
      eachProcess(this.#node, (pid, parent) => {
        if (parent !== null && !this.#seen.has(pid)) below.get(parent)?.push(pid)
      })
      const silent = this.#silent
      this.#silent = new Map()
      for (const [pid, found] of below) {
        const branch = silent.get(pid)!
        const depth = branch.row.depth + 1
        const shown = found.slice(0, this.#childLimit).map((each) => this.#unlisted(each, depth))
        branch.children.push(...withMore(shown, found.length, depth))
      }
      await this.grow()
    }
  }

  #unlisted(pid: AnyPid, depth: number): Branch {
    const about = this.#about(pid)
    if (isSupervisor(this.#node, pid))
      return this.#supervisor({ ...nothing, depth, kind: 'supervisor', ...about, id: about.name ?? 'supervisor', pid })
    this.#seen.add(pid)
    return leaf({ depth, kind: 'process', ...about, id: this.#called(pid), pid })
  }

  /** Processes that are in no tree. */
  others(): Branch[] {
    const isApart = this.#apart()
    const first: AnyPid[] = []
    let total = 0
    eachProcess(this.#node, (pid, parent) => {
      // A supervisor that came meanwhile is a root of the next look.
      if (this.#seen.has(pid) || !isApart(parent) || isSupervisor(this.#node, pid)) return
      if (total++ < this.#childLimit) first.push(pid)
    })
    if (total === 0) return []
    const branch = leaf({ depth: 0, kind: 'others', id: 'other processes', count: total })
    branch.children = withMore(
      first.map((pid) => this.#unlisted(pid, 1)),
      total,
      1,
    )
    return [branch]
  }

  /** Whether who has this parent and was not seen is nobody's child: the parent is no supervisor, or has told all of its own. */
  #apart(): (parent: AnyPid | null) => boolean {
    const known = new Map<AnyPid, boolean>()
    return (parent) => {
      if (parent === null) return true
      const before = known.get(parent)
      if (before !== undefined) return before
      const apart = this.#told.has(parent) || !isSupervisor(this.#node, parent)
      known.set(parent, apart)
      return apart
    }
  }
}

/**
 * A small model of a supervision tree, told a second way: no processes, no messages, just lists and recursion. Whatever
 * happens is carried out to its end before the next thing.
 *
 * It says what is logged (who starts, who ends on request) and what runs then. It shares no code with the supervisors.
 */

export type Kind = 'permanent' | 'transient' | 'temporary'
export type How = 'normal' | 'shutdown' | 'crash' | 'kill'
type Strategy = 'oneForOne' | 'oneForAll' | 'restForOne'
type Auto = 'never' | 'anySignificant' | 'allSignificant'

export interface LeafPlan {
  readonly id: string
  readonly restart: Kind
  readonly significant: boolean
  /** The starts that fail, counted from 1. */
  readonly fails: ReadonlySet<number>
  /** The starts that are ignored. */
  readonly ignores: ReadonlySet<number>
}

export interface TreePlan {
  readonly id: string
  readonly restart: Kind
  readonly significant: boolean
  readonly strategy: Strategy
  readonly intensity: number
  readonly periodMs: number
  readonly auto: Auto
  readonly children: readonly (LeafPlan | TreePlan)[]
}

export const isTree = (plan: LeafPlan | TreePlan): plan is TreePlan => 'children' in plan

/** A process that lives. */
type Live = 'leaf' | Tree

interface Slot {
  readonly plan: LeafPlan | TreePlan
  live: Live | null
}

interface Tree {
  readonly plan: TreePlan
  slots: Slot[]
  restarts: number[]
}

/** How a process ended: how a child did, or `shutdown` of a supervisor that gave up. */
type Ended = 'normal' | 'shutdown' | 'crash'

export class Model {
  readonly log: string[] = []
  nowMs = 0
  root: Tree | null
  readonly #attempts = new Map<string, number>()

  constructor(plan: TreePlan) {
    const started = this.#start(plan)
    this.root = typeof started === 'object' ? (started as Tree) : null
  }

  // — starting: a live process, `failed`, or null for an ignored one —

  #start(plan: LeafPlan | TreePlan): Live | 'failed' | null {
    if (!isTree(plan)) {
      const attempt = (this.#attempts.get(plan.id) ?? 0) + 1
      this.#attempts.set(plan.id, attempt)
      if (plan.fails.has(attempt)) return this.#say(`fail ${plan.id}`, 'failed')
      if (plan.ignores.has(attempt)) return this.#say(`ignore ${plan.id}`, null)
      return this.#say(`start ${plan.id}`, 'leaf')
    }
    const tree: Tree = { plan, slots: [], restarts: [] }
    for (const child of plan.children) {
      const live = this.#start(child)
      if (live === 'failed') {
        this.#stopAll(tree)
        return 'failed'
      }
      if (live !== null || child.restart !== 'temporary') tree.slots.push({ plan: child, live })
    }
    return tree
  }

  #say<T>(line: string, then: T): T {
    this.log.push(line)
    return then
  }

  // — stopping —

  #stop(live: Live, id: string): void {
    if (live === 'leaf') this.log.push(`end ${id}`)
    else this.#stopAll(live)
  }

  #stopAll(tree: Tree): void {
    for (const slot of tree.slots.toReversed()) this.#stopSlot(tree, slot)
  }

  #stopSlot(tree: Tree, slot: Slot): void {
    if (slot.live !== null) this.#stop(slot.live, slot.plan.id)
    slot.live = null
    if (slot.plan.restart === 'temporary') tree.slots = tree.slots.filter((each) => each !== slot)
  }

  // — what happens —

  /** The child at the end of the path ends by itself. */
  end(path: readonly string[], how: How): void {
    const trees = this.#along(path.slice(0, -1))
    const top = trees.at(-1)
    const slot = top?.slots.find(({ plan }) => plan.id === path.at(-1))
    if (top === undefined || slot === undefined || slot.live === null) return
    // The kids log every end that is a shutdown, also one of their own.
    if (how === 'shutdown') this.log.push(`end ${slot.plan.id}`)
    const ended: Ended = how === 'normal' ? 'normal' : how === 'shutdown' ? 'shutdown' : 'crash'
    this.#ended(trees, slot, ended)
  }

  #ended(trees: readonly Tree[], slot: Slot, ended: Ended): void {
    const tree = trees.at(-1)!
    slot.live = null
    const { restart, significant } = slot.plan
    const again = restart === 'permanent' || (restart === 'transient' && ended === 'crash')
    if (again) return this.#restart(trees, slot)
    if (restart === 'temporary') tree.slots = tree.slots.filter((each) => each !== slot)
    if (!significant || tree.plan.auto === 'never') return
    const others = tree.slots.some((each) => each.plan.significant && each.live !== null)
    if (tree.plan.auto === 'anySignificant' || !others) this.#giveUp(trees)
  }

  #restart(trees: readonly Tree[], slot: Slot): void {
    const tree = trees.at(-1)!
    const { plan } = tree
    for (let ended: Slot | null = slot; ended !== null;) {
      tree.restarts = [...tree.restarts.filter((atMs) => this.nowMs - atMs <= plan.periodMs), this.nowMs]
      if (tree.restarts.length > plan.intensity) {
        const gone: Slot = ended
        tree.slots = tree.slots.filter((each) => each !== gone)
        return this.#giveUp(trees)
      }
      ended = this.#restartOnce(tree, ended)
    }
  }

  /** @returns who failed to start */
  #restartOnce(tree: Tree, ended: Slot): Slot | null {
    const from = tree.plan.strategy === 'restForOne' ? tree.slots.indexOf(ended) : 0
    const group = tree.plan.strategy === 'oneForOne' ? [ended] : tree.slots.slice(from)
    for (const slot of group.toReversed()) if (slot !== ended) this.#stopSlot(tree, slot)
    for (const slot of group) {
      if (!tree.slots.includes(slot)) continue
      const live = this.#start(slot.plan)
      if (live === 'failed') return slot
      slot.live = live
      if (live === null && slot.plan.restart === 'temporary') tree.slots = tree.slots.filter((each) => each !== slot)
    }
    return null
  }

  #giveUp(trees: readonly Tree[]): void {
    const tree = trees.at(-1)!
    this.#stopAll(tree)
    const above = trees.slice(0, -1)
    if (above.length === 0) {
      this.root = null
      return
    }
    const slot = above.at(-1)!.slots.find(({ live }) => live === tree)!
    this.#ended(above, slot, 'shutdown')
  }

  /** terminateChild, restartChild, deleteChild, startChild: the word that they answer with. */
  terminate(path: readonly string[]): string {
    const { tree, slot } = this.#find(path)
    if (tree === undefined) return 'gone'
    if (slot === undefined) return 'not_found'
    this.#stopSlot(tree, slot)
    return 'ok'
  }

  restartChild(path: readonly string[]): string {
    const { tree, slot } = this.#find(path)
    if (tree === undefined) return 'gone'
    if (slot === undefined) return 'not_found'
    if (slot.live !== null) return 'running'
    const live = this.#start(slot.plan)
    if (live === 'failed') return 'child_failed'
    slot.live = live
    return 'ok'
  }

  deleteChild(path: readonly string[]): string {
    const { tree, slot } = this.#find(path)
    if (tree === undefined) return 'gone'
    if (slot === undefined) return 'not_found'
    if (slot.live !== null) return 'running'
    tree.slots = tree.slots.filter((each) => each !== slot)
    return 'ok'
  }

  startChild(path: readonly string[], plan: LeafPlan): string {
    const { tree, slot } = this.#find([...path, plan.id])
    if (tree === undefined) return 'gone'
    if (slot !== undefined) return slot.live === null ? 'already_present' : 'already_started'
    const live = this.#start(plan)
    if (live === 'failed') return 'child_failed'
    if (live !== null || plan.restart !== 'temporary') tree.slots.push({ plan, live })
    return 'ok'
  }

  shutdown(): void {
    if (this.root !== null) this.#stopAll(this.root)
    this.root = null
  }

  // — looking —

  #find(path: readonly string[]): { readonly tree?: Tree; readonly slot?: Slot | undefined } {
    const tree = this.#along(path.slice(0, -1)).at(-1)
    return tree === undefined ? {} : { tree, slot: tree.slots.find(({ plan }) => plan.id === path.at(-1)) }
  }

  /** The supervisors from the root down the path; none if one of them does not run. */
  #along(path: readonly string[]): Tree[] {
    if (this.root === null) return []
    const trees = [this.root]
    for (const id of path) {
      const next = trees.at(-1)!.slots.find(({ plan }) => plan.id === id)?.live
      if (next === undefined || next === null || next === 'leaf') return []
      trees.push(next)
    }
    return trees
  }

  /** The tree as it stands: ids with what stands for them, in start order. */
  shape(tree: Tree | null = this.root): unknown {
    if (tree === null) return null
    return tree.slots.map(({ plan, live }) => [
      plan.id,
      live === null ? 'none' : live === 'leaf' ? 'runs' : this.shape(live),
    ])
  }

  /** Paths of all that runs. */
  running(tree: Tree | null = this.root, above: readonly string[] = []): string[][] {
    if (tree === null) return []
    return tree.slots.flatMap(({ plan, live }) =>
      live === null ? [] : [[...above, plan.id], ...(live === 'leaf' ? [] : this.running(live, [...above, plan.id]))],
    )
  }
}

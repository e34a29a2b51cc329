/**
 * The logs that a node takes part in: how they begin and end, and which of its members of a log it is.
 *
 * A log in memory is forgotten with its process. The next member of the same log on this node is another one, with another id, and the others are told, so
 * that nobody waits for a vote that never comes.
 */
import type { Configuration } from '@agner/consensus'
import type { AnyPid, Node } from '@agner/core'
import type { Settings } from '../settings.ts'
import { GroupLog, logNameOf } from './group-log.ts'
import { Latest } from './latest.ts'
import { Lingering } from './lingering.ts'
import { groupMachine, type GroupMachine } from './machine.ts'
import type { OwnGroup } from './own-group.ts'

export interface LogsOptions {
  readonly node: Node
  readonly settings: Settings
  readonly own: ReadonlyMap<string, OwnGroup>
  /** The process that is told when something happens to a log. */
  readonly keeper: () => AnyPid | null
  readonly isConnected: (node: string) => boolean
  /** Nodes that have said hello. */
  readonly peers: () => Iterable<string>
  readonly tellLife: (node: string, log: string, life: number) => void
}

export class Logs {
  readonly lingering: Lingering
  readonly #options: LogsOptions
  readonly #machine: GroupMachine
  /** For each log that this node had a member of which is no more: how many there were. */
  readonly #lives: Latest<string, number>
  /** Logs that the keeper has been told of, and has not looked at yet. */
  readonly #dirty = new Set<string>()

  constructor(options: LogsOptions) {
    const { node, settings } = options
    this.#options = options
    this.#machine = groupMachine(settings.limits)
    this.#lives = livesOf(node, settings.limits.rememberedGroups)
    this.lingering = new Lingering(node, {
      lingerMs: settings.times.lingerMs,
      ending: (log) => this.#next(log),
    })
  }

  /** Takes part in a log: one that is founded now, or with `founders` null one that this node is to be added to. */
  open(name: string, founders: Configuration | null, isFirst = false): GroupLog {
    const again = this.lingering.takeBack(name)
    if (again !== null) return again
    const { node, settings, isConnected } = this.#options
    const after = this.lingering.ended(name)
    return new GroupLog(
      name,
      {
        node,
        machine: this.#machine,
        settings: settings.raft,
        founders,
        isFirst,
        life: this.life(name) ?? 0,
        reaches: isConnected,
        changed: (log) => this.#changed(log),
      },
      after,
    )
  }

  #changed(log: string): void {
    const keeper = this.#options.keeper()
    if (keeper === null || this.#dirty.has(log)) return
    this.#dirty.add(log)
    this.#options.node.send(keeper as never, { type: 'log', log } as never)
  }

  /** The keeper looks at a log that something happened to. */
  takeDirty(log: string): OwnGroup | undefined {
    this.#dirty.delete(log)
    for (const own of this.#options.own.values()) if (own.log?.name === log || own.pending?.log.name === log) return own
    return undefined
  }

  /** What an earlier keeper was told is not told again by itself. */
  forgetDirty(): void {
    this.#dirty.clear()
  }

  /** The process of its log has ended by itself: removed while it was being added again, or failed. Another member takes its place. */
  renew(own: OwnGroup): void {
    const { log } = own
    if (log === null || !log.isOver) return
    this.lingering.end(log)
    own.log = this.open(log.name, null)
  }

  // — lives —

  /** Which of its members of that log this node has, or would have; undefined: the first. */
  life(log: string): number | undefined {
    return this.#lives.get(log)
  }

  /**
   * Which of its members of logs another node has, as it tells. It tells nothing that it does not remember itself, under the same limit, so nothing is forgotten here that
   * counts there; and where limits differ, no log that this node has a part in is, or a member that lives would pass for one that is dead.
   */
  livesOfPeer(): Latest<string, number> {
    return new Latest(this.#options.settings.limits.rememberedGroups, (log) => this.#isInUse(log))
  }

  #isInUse(log: string): boolean {
    for (const { log: own, pending, view } of this.#options.own.values())
      if (own?.name === log || pending?.log.name === log || (view !== null && logNameOf(view) === log)) return true
    return this.lingering.get(log) !== undefined
  }

  tellLife(node: string, log: string): void {
    const life = this.life(log)
    if (life !== undefined) this.#options.tellLife(node, log, life)
  }

  /** This node's member of that log will never take part in it again. */
  #next({ name, life }: GroupLog): void {
    this.#lives.set(name, life + 1)
    for (const node of this.#options.peers()) if (this.#concerns(node, name)) this.tellLife(node, name)
  }

  /** Whether a node may be a member of that log. */
  #concerns(node: string, log: string): boolean {
    const views = [...this.#options.own.values()].flatMap(({ view, pending }) => [view, pending?.genesis ?? null])
    for (const view of [...views, ...this.lingering.seats().map((seat) => seat.view)])
      if (view !== null && logNameOf(view) === log && view.nodes.includes(node)) return true
    return false
  }

  /** Resolves when their processes have ended. */
  stop(): Promise<void> {
    for (const { log, pending } of this.#options.own.values()) {
      if (pending !== null) this.lingering.end(pending.log)
      if (log !== null) this.lingering.end(log)
    }
    return this.lingering.stop()
  }
}

/** Kept with the node: groups that are stopped and started again have forgotten what their members promised, and must not pass for those. */
const lives = new WeakMap<Node, Latest<string, number>>()

function livesOf(node: Node, limit: number): Latest<string, number> {
  const known = lives.get(node) ?? new Latest<string, number>(limit)
  lives.set(node, known)
  return known
}

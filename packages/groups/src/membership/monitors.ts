/**
 * Who wants to know which members of a group come and go.
 *
 * A member is up while it is connected. One that is taken into the group while it is connected comes up then; one that is taken out goes down, with the reason
 * `left_group`. Nodes outside the group are never told of.
 */
import type { AnyPid, Node } from '@agner/core'
import { onDeath } from '@agner/core/kernel'
import { groupsError } from '../errors.ts'

/** What a process is sent. */
export interface GroupNodeUp {
  readonly type: 'nodeup'
  readonly node: string
  /** Absent for a subscription to all own groups. */
  readonly group?: string
}

export interface GroupNodeDown {
  readonly type: 'nodedown'
  readonly node: string
  readonly group?: string
  /** That of the connection, or `left_group`. */
  readonly reason: string
}

export interface MonitorsOptions {
  readonly limit: number
  readonly connected: () => readonly string[]
  readonly visible: () => readonly string[]
  /** The members of an own group, or of all own groups. */
  readonly members: (group: string | null) => readonly string[]
  readonly isFree: () => boolean
}

interface Watched {
  /** Those that are up, as the subscribers know. */
  up: Set<string>
  /** How often each has subscribed. */
  readonly counts: Map<AnyPid, number>
}

export class GroupMonitors {
  readonly #node: Node
  readonly #options: MonitorsOptions
  /** By group; null: all own groups, or every visible node while this one is free. */
  readonly #watched = new Map<string | null, Watched>()
  readonly #letGo = new Map<AnyPid, () => void>()
  /** Subscriptions: each is told of on its own, however many one process has. */
  #size = 0

  constructor(node: Node, options: MonitorsOptions) {
    this.#node = node
    this.#options = options
  }

  get size(): number {
    return this.#size
  }

  /** Does nothing for a process that is dead, or of another node. @throws `groups.too_many` */
  subscribe(pid: AnyPid, group: string | null): void {
    const { limit } = this.#options
    if (this.size >= limit)
      throw groupsError('groups.too_many', {
        node: this.#node.name,
        what: 'monitors',
        limit,
        option: 'limits.monitors',
      })
    if (!this.#letGo.has(pid)) {
      const letGo = onDeath(this.#node, pid, this.#forget)
      if (letGo === null) return
      this.#letGo.set(pid, letGo)
    }
    let watched = this.#watched.get(group)
    if (watched === undefined) this.#watched.set(group, (watched = { up: new Set(this.#up(group)), counts: new Map() }))
    watched.counts.set(pid, (watched.counts.get(pid) ?? 0) + 1)
    this.#size++
  }

  /** Ends all its subscriptions to that group. */
  unsubscribe(pid: AnyPid, group: string | null): void {
    this.#drop(group, pid)
    if ([...this.#watched.values()].some(({ counts }) => counts.has(pid))) return
    this.#letGo.get(pid)?.()
    this.#letGo.delete(pid)
  }

  readonly #forget = (pid: AnyPid): void => {
    this.#letGo.delete(pid)
    for (const group of [...this.#watched.keys()]) this.#drop(group, pid)
  }

  #drop(group: string | null, pid: AnyPid): void {
    const watched = this.#watched.get(group)
    if (watched === undefined) return
    this.#size -= watched.counts.get(pid) ?? 0
    watched.counts.delete(pid)
    if (watched.counts.size === 0) this.#watched.delete(group)
  }

  #up(group: string | null): string[] {
    const { connected, visible, members, isFree } = this.#options
    if (group === null && isFree()) return [...visible()]
    const wanted = new Set(members(group))
    return connected().filter((node) => wanted.has(node))
  }

  /** A node was lost. It may be there again by now: that is told after it. */
  down(node: string, reason: string): void {
    for (const [group, watched] of this.#watched) {
      if (!watched.up.delete(node)) continue
      this.#tell(watched, { type: 'nodedown', node, reason, ...(group === null ? {} : { group }) })
    }
    this.look()
  }

  /** Something has changed: whoever did not know is told. */
  look(): void {
    const reason = 'left_group'
    for (const [group, watched] of this.#watched) {
      const now = new Set(this.#up(group))
      const { up } = watched
      watched.up = now
      const about = group === null ? {} : { group }
      for (const node of up) if (!now.has(node)) this.#tell(watched, { type: 'nodedown', node, reason, ...about })
      for (const node of now) if (!up.has(node)) this.#tell(watched, { type: 'nodeup', node, ...about })
    }
  }

  #tell({ counts }: Watched, message: GroupNodeUp | GroupNodeDown): void {
    for (const [pid, count] of counts)
      for (let told = 0; told < count; told++) this.#node.send(pid as never, message as never)
  }

  stop(): void {
    for (const letGo of this.#letGo.values()) letGo()
    this.#letGo.clear()
    this.#watched.clear()
    this.#size = 0
  }
}

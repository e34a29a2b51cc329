/**
 * Who is told of joins and leaves: processes of this node, each until it is dead or takes its monitor back.
 *
 * They outlive a keeper that crashes: the members go, and those of other nodes come again, and all of that is told.
 */
import type { AnyPid, AnyProcess, Node, Ref } from '@agner/core'
import { onDeath } from '@agner/core/kernel'
import { pgError } from './errors.ts'
import type { Change } from './table.ts'

/**
 * Processes joined a group, or left it: sent to who monitors it. A process that joined several times in one go stands there as often
 * (`{Ref, join, Group, Pids}`, `{Ref, leave, Group, Pids}` of pg).
 */
export interface PgChange {
  readonly type: 'pgJoin' | 'pgLeave'
  /** That of the monitor. */
  readonly ref: Ref
  readonly group: string
  readonly pids: readonly AnyPid[]
}

interface Watching {
  readonly pid: AnyPid
  /** Null: all groups of the scope. */
  readonly group: string | null
}

export class PgMonitors {
  readonly #node: Node
  readonly #scope: string
  readonly #limit: number
  readonly #watching = new Map<Ref, Watching>()
  /** Under null those of the whole scope. */
  readonly #byGroup = new Map<string | null, Set<Ref>>()
  readonly #refsOf = new Map<AnyPid, Set<Ref>>()

  constructor(node: Node, scope: string, limit: number) {
    this.#node = node
    this.#scope = scope
    this.#limit = limit
  }

  get size(): number {
    return this.#watching.size
  }

  /** @throws `pg.too_many_monitors`, `pg.not_local` */
  add({ pid, node }: AnyProcess, group: string | null): Ref {
    if (node !== this.#node) throw pgError('pg.not_local', { pid: String(pid), node: node.name, here: this.#node.name })
    if (this.#watching.size >= this.#limit)
      throw pgError('pg.too_many_monitors', { scope: this.#scope, limit: this.#limit })
    const ref = node.makeRef()
    // A body that runs on after its death has no use for a monitor, and nobody would take it away.
    if (!this.#refsOf.has(pid) && onDeath(this.#node, pid, this.#release) === null) return ref
    this.#watching.set(ref, { pid, group })
    insert(this.#byGroup, group, ref)
    insert(this.#refsOf, pid, ref)
    return ref
  }

  /** False if there is no such monitor. */
  remove(ref: Ref): boolean {
    const watching = this.#watching.get(ref)
    if (watching === undefined) return false
    this.#watching.delete(ref)
    take(this.#byGroup, watching.group, ref)
    take(this.#refsOf, watching.pid, ref)
    return true
  }

  tell({ type, group, pids }: Change): void {
    if (this.#watching.size === 0) return
    for (const refs of [this.#byGroup.get(group), this.#byGroup.get(null)])
      for (const ref of refs ?? []) {
        const change: PgChange = { type: type === 'join' ? 'pgJoin' : 'pgLeave', ref, group, pids }
        this.#node.send(this.#watching.get(ref)!.pid as never, change as never)
      }
  }

  readonly #release = (pid: AnyPid): void => {
    for (const ref of this.#refsOf.get(pid) ?? []) this.remove(ref)
  }
}

function insert<Key>(map: Map<Key, Set<Ref>>, key: Key, ref: Ref): void {
  const refs = map.get(key)
  if (refs === undefined) map.set(key, new Set([ref]))
  else refs.add(ref)
}

function take<Key>(map: Map<Key, Set<Ref>>, key: Key, ref: Ref): void {
  const refs = map.get(key)
  refs?.delete(ref)
  if (refs?.size === 0) map.delete(key)
}

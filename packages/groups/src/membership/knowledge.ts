/**
 * All groups that a node knows of: its own, those of the configuration, and those that other nodes told it of.
 */
import type { AnyPid } from '@agner/core'
import { Latest } from './latest.ts'
import type { OwnGroup } from './own-group.ts'
import { isMember, isNewerView, type GroupChange, type GroupsView, type GroupView, type KnownGroup } from './view.ts'

export interface KnowledgeOptions {
  readonly node: string
  readonly own: ReadonlyMap<string, OwnGroup>
  readonly limit: number
  readonly isConnected: (node: string) => boolean
  /** A listener failed. */
  readonly failed: (error: unknown) => void
}

export class Knowledge implements GroupsView {
  readonly node: string
  readonly #options: KnowledgeOptions
  readonly #configured = new Map<string, GroupView>()
  /** By id. */
  readonly #heard: Latest<string, GroupView>
  readonly #listeners = new Set<(change: GroupChange) => void>()

  constructor(options: KnowledgeOptions) {
    this.#options = options
    this.node = options.node
    this.#heard = new Latest(options.limit)
  }

  configure(view: GroupView): void {
    this.#configured.set(view.name, view)
  }

  /** A node said that it is in these. */
  hear(views: readonly GroupView[]): void {
    for (const view of views) {
      const known = this.#heard.get(view.id)
      if (known !== undefined && !isNewerView(view, known)) continue
      if (view.isDeleted) this.#heard.delete(view.id)
      else this.#heard.set(view.id, view)
    }
  }

  forget(id: string): void {
    this.#heard.delete(id)
  }

  known(): readonly KnownGroup[] {
    const all: KnownGroup[] = []
    for (const { view } of this.#options.own.values()) if (view !== null) all.push({ view, source: 'own' })
    const ids = new Set(all.map(({ view }) => view.id))
    for (const view of this.#heard.values())
      if (!ids.has(view.id) && !isMember(view, this.node)) all.push({ view, source: 'heard' })
    for (const { view } of all) ids.add(view.id)
    for (const view of this.#configured.values())
      if (!ids.has(view.id) && !isMember(view, this.node)) all.push({ view, source: 'configured' })
    return all
  }

  find(group: string): KnownGroup | undefined {
    const own = this.#options.own.get(group)?.view
    if (own !== undefined && own !== null) return { view: own, source: 'own' }
    return this.known().find(({ view }) => view.name === group)
  }

  isOwn(group: string): boolean {
    const own = this.#options.own.get(group)
    return own !== undefined && own.view !== null
  }

  ownGroups(): string[] {
    return [...this.#options.own.values()].filter(({ view }) => view !== null).map(({ name }) => name)
  }

  others(group?: string): string[] {
    const views =
      group === undefined ? [...this.#options.own.values()].map(({ view }) => view) : [this.find(group)?.view ?? null]
    const all = new Set(views.flatMap((view) => view?.nodes ?? []))
    all.delete(this.node)
    return [...all]
  }

  gatewaysTo(group: string): string[] {
    const known = this.find(group)
    if (known === undefined || known.source === 'own') return []
    const near = new Set(this.others())
    const over = known.view.nodes.filter((node) => near.has(node))
    const isFar = (node: string): number => (this.#options.isConnected(node) ? 0 : 1)
    return over.sort((a, b) => isFar(a) - isFar(b))
  }

  onChange(listener: (change: GroupChange) => void): () => void {
    const own = (change: GroupChange): void => listener(change)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  tell(change: GroupChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change)
      } catch (error) {
        this.#options.failed(error)
      }
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}

/** The node that a pid lives on, in that life. */
export interface Peer {
  readonly keeper: AnyPid
  readonly free: 'normal' | 'hidden' | null
  /** For logs that its members have had more than one life in: which one it is now. */
  readonly lives: Latest<string, number>
}

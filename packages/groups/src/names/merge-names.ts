/**
 * Names that are answered at once: a scope of `@agner/global`, limited to the members of the group.
 *
 * Members that cannot reach each other each give names, and when they meet again one of them resolves what clashes.
 */
import { Scope, type RegisterOptions } from '@agner/global'
import type { AnyPid, Node } from '@agner/core'
import type { Caller, GroupNames, SyncOptions } from './group-names.ts'

export interface MergeNamesOptions {
  readonly scope: string
  /** Members that are connected now. */
  readonly connected: () => readonly string[]
}

export class MergeNames implements GroupNames {
  readonly #starting: Promise<Scope>
  readonly #listeners: Set<(node: string) => void>
  readonly #self: string
  #scope: Scope | null = null
  #isStopped = false

  private constructor(node: Node, starting: Promise<Scope>, listeners: Set<(node: string) => void>) {
    this.#self = node.name
    this.#listeners = listeners
    this.#starting = starting.then((scope) => {
      this.#scope = scope
      if (this.#isStopped) scope.stop()
      return scope
    })
    // Whoever needs it is told when he waits for it.
    this.#starting.catch(() => {})
  }

  /** It can be used at once; what must wait for its processes does. */
  static start(node: Node, { scope, connected }: MergeNamesOptions): MergeNames {
    const listeners = new Set<(node: string) => void>()
    const starting = Scope.start(node, {
      name: scope,
      candidates: connected,
      onCandidate: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    })
    return new MergeNames(node, starting, listeners)
  }

  /** Resolves when its processes run. */
  get ready(): Promise<unknown> {
    return this.#starting
  }

  whereis(name: string): AnyPid | undefined {
    return this.#scope?.whereis(name)
  }

  names(): string[] {
    return this.#scope?.names() ?? []
  }

  async register(from: Caller, name: string, pid: AnyPid, options?: RegisterOptions): Promise<boolean> {
    return (this.#scope ?? (await this.#starting)).register(from, name, pid, options)
  }

  async reregister(from: Caller, name: string, pid: AnyPid, options?: RegisterOptions): Promise<boolean> {
    return (this.#scope ?? (await this.#starting)).reregister(from, name, pid, options)
  }

  async unregister(from: Caller, name: string): Promise<boolean> {
    return (this.#scope ?? (await this.#starting)).unregister(from, name)
  }

  present(): string[] {
    return this.#scope?.members() ?? [this.#self]
  }

  async sync(options: SyncOptions): Promise<boolean> {
    return (await this.#starting).sync(options)
  }

  candidate(node: string): void {
    for (const listener of this.#listeners) listener(node)
  }

  stop(): void {
    this.#isStopped = true
    this.#scope?.stop()
  }
}

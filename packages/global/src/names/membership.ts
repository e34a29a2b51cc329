/**
 * Who is in a scope right now, as one node sees it: the nodes whose keeper has said hello, and itself.
 */
import type { AnyPid, Ref } from '@agner/core'

interface Member {
  /** Its keeper: in another life of the node, or of the scope there, it is another one. */
  readonly keeper: AnyPid
  readonly monitor: Ref
  /** Differs each time that a node becomes a member. */
  readonly stay: number
  /** It has answered our hello: it counts us as a member, too. */
  isMutual: boolean
}

export class Membership {
  readonly #self: string
  readonly #members = new Map<string, Member>()
  readonly #watchers = new Set<() => void>()
  #stays = 0
  #all: readonly string[]
  #others: readonly string[] = []
  #view: number

  constructor(self: string) {
    this.#self = self
    this.#all = [self]
    this.#view = fingerprint(this.#all)
  }

  has(node: string): boolean {
    return node === this.#self || this.#members.has(node)
  }

  keeperOf(node: string): AnyPid | undefined {
    return this.#members.get(node)?.keeper
  }

  /** Whether the process belongs to the present life of a member. */
  isOfMember(pid: AnyPid, ownIncarnation: number): boolean {
    if (pid.node === this.#self) return pid.incarnation === ownIncarnation
    return this.#members.get(pid.node)?.keeper.incarnation === pid.incarnation
  }

  /** A number for the time that a node has been a member without a break; undefined if it is none. */
  stay(node: string): number | undefined {
    return node === this.#self ? 0 : this.#members.get(node)?.stay
  }

  add(keeper: AnyPid, monitor: Ref): void {
    this.#members.set(keeper.node, { keeper, monitor, stay: ++this.#stays, isMutual: false })
    this.#changed()
  }

  /** Takes a member out; returns its monitor. */
  remove(node: string): Ref | undefined {
    const member = this.#members.get(node)
    if (member === undefined) return undefined
    this.#members.delete(node)
    this.#changed()
    return member.monitor
  }

  /** The member whose monitor fired. */
  whose(monitor: Ref): string | undefined {
    for (const [node, member] of this.#members) if (member.monitor === monitor) return node
    return undefined
  }

  /** The member has answered our hello. */
  confirm(node: string): void {
    const member = this.#members.get(node)
    if (member === undefined || member.isMutual) return
    member.isMutual = true
    for (const watcher of this.#watchers) watcher()
  }

  /** Both sides count each other as members: names that one of them gives are told to the other. */
  isMutual(node: string): boolean {
    return node === this.#self || this.#members.get(node)?.isMutual === true
  }

  /** Calls back whenever a member has come, confirmed or gone. */
  onChange(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  get others(): readonly string[] {
    return this.#others
  }

  /** All members in order, this node among them. */
  get all(): readonly string[] {
    return this.#all
  }

  /** The member that decides: the smallest by name. */
  get boss(): string {
    return this.#all[0]!
  }

  get isBoss(): boolean {
    return this.boss === this.#self
  }

  /** A number that is the same for two nodes that see the same members, and another one, as good as always, if they do not. */
  get view(): number {
    return this.#view
  }

  #changed(): void {
    this.#others = [...this.#members.keys()]
    this.#all = [this.#self, ...this.#others].sort()
    this.#view = fingerprint(this.#all)
    for (const watcher of this.#watchers) watcher()
  }
}

/** FNV-1a over the texts, with an end after each. */
export function fingerprint(texts: readonly string[]): number {
  let hash = 0x811c9dc5
  for (const text of texts) {
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
    hash = Math.imul(hash ^ 0x1f, 0x01000193)
  }
  return hash >>> 0
}

/**
 * The connections of a node that are there for its groups: dialled while they are needed, closed when they no longer are.
 *
 * A connection is the groups' when it came while the two nodes shared a group, or when one dialled the other to found one; every other was asked
 * for by somebody, and is left alone. One that nobody needs any more is closed after a grace, in which the other side learns why.
 */
import type { Node } from '@agner/core'
import { setLongTimer } from '@agner/core/kernel'
import type { Distribution } from '@agner/distribution'

export interface EdgesOptions {
  readonly graceMs: number
  /** Who has to be connected, as things stand now. */
  readonly needed: () => ReadonlySet<string>
}

/** The user of this node, or that of the other one. */
type Asker = 'us' | 'them'

export class Edges {
  readonly #node: Node
  readonly #distribution: Distribution
  readonly #options: EdgesOptions
  readonly #dialling = new Map<string, Promise<boolean>>()
  /** Connected for the sake of groups. */
  readonly #ours = new Set<string>()
  /** Connections that the user of this node wants to keep, and those that the other one's does: one stays until neither does. */
  readonly #asked: Readonly<Record<Asker, Set<string>>> = { us: new Set(), them: new Set() }
  readonly #unneededSinceMs = new Map<string, number>()
  readonly #holds = new Map<string, number>()
  /** Connected, and the keeper has not looked at it yet. */
  readonly #unseen = new Set<string>()
  readonly #stopListening: () => void
  /** Connections that were closed because no group needed them any more. */
  closed = 0

  constructor(node: Node, distribution: Distribution, options: EdgesOptions) {
    this.#node = node
    this.#distribution = distribution
    this.#options = options
    // At once, so that what is remembered of a connection never outlives it.
    this.#stopListening = distribution.onNodeChange((change) => {
      if (change.type === 'nodedown') this.#forget(change.node)
      else this.#unseen.add(change.node)
    })
  }

  /** Those that are connected now, hidden ones too. */
  connected(): string[] {
    return this.#distribution.nodes('connected')
  }

  isConnected(node: string): boolean {
    return this.connected().includes(node)
  }

  isForGroups(node: string): boolean {
    return this.#dialling.has(node) || this.#ours.has(node)
  }

  /** A connection is there: was it for the groups? */
  up(node: string): void {
    this.#unseen.delete(node)
    if (this.isForGroups(node) || this.#options.needed().has(node)) this.#ours.add(node)
  }

  /** Connections that came while there was no keeper that would have heard of them. */
  unseen(): string[] {
    return [...this.#unseen]
  }

  /** The other side says that it connected for the groups. */
  toldForGroups(node: string): void {
    if (!this.isAsked(node)) this.#ours.add(node)
  }

  /** One of the two sides wants this connection for its own sake, from now on, or no longer. */
  ask(node: string, by: Asker, on: boolean): void {
    if (on) this.#asked[by].add(node)
    else if (this.#asked[by].delete(node) && !this.isAsked(node)) this.#ours.add(node)
  }

  isAsked(node: string): boolean {
    return this.#asked.us.has(node) || this.#asked.them.has(node)
  }

  /** Somebody is about to send to a node. What is returned says that it was in vain: a connection that was made for that is closed like one that groups need no more. */
  attempt(node: string): () => void {
    if (this.isConnected(node)) return () => {}
    return () => {
      if (this.isConnected(node)) this.toldForGroups(node)
    }
  }

  #forget(node: string): void {
    this.#ours.delete(node)
    this.#unseen.delete(node)
    this.#asked.us.delete(node)
    this.#asked.them.delete(node)
    this.#unneededSinceMs.delete(node)
  }

  /** Connects for the groups, once however many ask. */
  dial(node: string): Promise<boolean> {
    if (node === this.#node.name || this.isConnected(node)) return Promise.resolve(true)
    const known = this.#dialling.get(node)
    if (known !== undefined) return known
    const dialling = this.#distribution.connect(node).then((done) => {
      if (done && this.isConnected(node)) this.#ours.add(node)
      this.#dialling.delete(node)
      return done
    })
    this.#dialling.set(node, dialling)
    return dialling
  }

  /** The same; false also if it takes longer than that. */
  dialWithin(node: string, withinMs: number): Promise<boolean> {
    if (this.isConnected(node)) return Promise.resolve(true)
    return new Promise((resolve, reject) => {
      const timer = setLongTimer(this.#node, withinMs, () => resolve(false))
      this.dial(node)
        .then(resolve, reject)
        .finally(() => timer.clear())
    })
  }

  /** These count as needed until what is returned is called. */
  hold(nodes: readonly string[]): () => void {
    for (const node of nodes) this.#holds.set(node, (this.#holds.get(node) ?? 0) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      for (const node of nodes) {
        const left = (this.#holds.get(node) ?? 1) - 1
        if (left === 0) this.#holds.delete(node)
        else this.#holds.set(node, left)
      }
    }
  }

  /** Dials who is missing, all at once, and closes what nobody has needed for the grace. */
  tend(): void {
    const needed = this.#options.needed()
    const connected = new Set(this.connected())
    for (const node of needed) if (node !== this.#node.name && !connected.has(node)) void this.dial(node)
    const nowMs = this.#node.monotonicTimeMs()
    for (const node of [...this.#ours]) {
      if (!connected.has(node)) this.#forget(node)
      else if (needed.has(node) || this.#holds.has(node) || this.isAsked(node)) this.#unneededSinceMs.delete(node)
      else this.#endAfterGrace(node, nowMs)
    }
  }

  #endAfterGrace(node: string, nowMs: number): void {
    const sinceMs = this.#unneededSinceMs.get(node)
    if (sinceMs === undefined) this.#unneededSinceMs.set(node, nowMs)
    else if (nowMs - sinceMs >= this.#options.graceMs) {
      this.closed++
      this.#distribution.disconnect(node)
    }
  }

  stop(): void {
    this.#stopListening()
  }
}

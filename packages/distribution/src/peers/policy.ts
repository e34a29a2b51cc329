/**
 * Whom this node connects to, and lets in: what the switches say (`autoConnect`, `allow`), and what is remembered of nodes that
 * were here before.
 */
import type { Runtime } from '@agner/core'
import { isNodeName } from '../handshake/names.ts'
import type { AutoConnect } from '../options.ts'
import { Acquaintances } from './acquaintances.ts'
import { notConnected, type NotConnected } from './connect-result.ts'

export interface PolicyOptions {
  readonly runtime: Runtime
  readonly self: string
  readonly autoConnect: AutoConnect
  /** Null: every node. */
  readonly allow: ReadonlySet<string> | null
  readonly knownNodes: number
  /** Names that this node has given are allowed. */
  isGiven(name: string): boolean
}

export class Policy {
  readonly #options: PolicyOptions
  readonly #acquaintances: Acquaintances
  #allowed: ReadonlySet<string> | null
  #isStopped = false

  constructor(options: PolicyOptions) {
    this.#options = options
    this.#allowed = options.allow
    this.#acquaintances = new Acquaintances(options.knownNodes)
  }

  /** Nodes that are, or once were, connected. */
  get known(): Iterable<string> {
    return this.#acquaintances.names()
  }

  /** Whether a signal, or a monitor of the node, makes a connection. */
  connectsByItself(name: string): boolean {
    const { autoConnect } = this.#options
    if (autoConnect === 'never' || this.isDraining(name)) return false
    return autoConnect === 'always' || !this.#acquaintances.wasLeft(name)
  }

  /** Why no connection can be made, whatever the network says. */
  hindrance(name: string): NotConnected | null {
    const { self } = this.#options
    if (this.#isStopped) return notConnected('stopped', `the distribution of ${self} is stopped`)
    if (!isNodeName(name)) return notConnected('bad_name', 'no node can have that name: a name is name@host')
    if (!this.allows(name))
      return notConnected('not_allowed', `it is not among the nodes that ${self} allows; add it with allow()`)
    return null
  }

  allows(name: string): boolean {
    return this.#allowed === null || this.#allowed.has(name) || this.#options.isGiven(name)
  }

  /** From the first call on, only nodes that were named are connected to, or let in. */
  allow(names: readonly string[]): void {
    this.#allowed = new Set([...(this.#allowed ?? []), ...names])
  }

  /** Somebody says that the node is to be connected to. */
  wanted(name: string): void {
    this.#acquaintances.forgive(name)
  }

  met(name: string): void {
    this.#acquaintances.met(name)
  }

  left(name: string): void {
    this.#acquaintances.left(name)
  }

  drains(name: string, forMs: number): void {
    this.#acquaintances.drains(name, this.#options.runtime.nowMs() + forMs)
  }

  isDraining(name: string): boolean {
    return this.#acquaintances.isDraining(name, this.#options.runtime.nowMs())
  }

  stop(): void {
    this.#isStopped = true
  }
}

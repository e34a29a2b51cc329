/**
 * The other keepers, as one keeper knows them: who they are, what they were told, and what they are asked.
 *
 *     a node comes:   keeper ── hello ──► whoever is the keeper there      a monitor says if there is none
 *                     keeper ◄── hello ── keeper                           from now on both tell what changes
 *     a node goes:    the monitor fires: it is lost
 *
 * Between two keepers nothing is lost and nothing is overtaken while they are connected; afterwards everything is said anew. What is of a keeper that is not the
 * one known is of another life, and is dropped. Nodes of the table that are not connected are dialled every now and then, so that partitions heal.
 */
import { answer, type From } from '@agner/behaviours'
import type { AnyPid, Process, Ref } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { version, keeperProtocol, type Grant, type Hello, type KeeperApi, type StandMessage } from './keeper.api.ts'
import type { Live, Others } from './live.ts'
import { rankOf } from './table.ts'
import type { Peer, Stand } from './state.ts'
import { standOf } from './turn.ts'

interface Contact {
  readonly keeper: AnyPid
  readonly monitor: Ref
  readonly terms: Readonly<Record<string, string>>
  /** It did not take all that it should have been told: it is told all anew. */
  isBehind: boolean
}

/** Between two attempts to reach a node that is not connected, and the time that a keeper has to answer. */
export const redialMs = 2000
const greetMs = 2000
const againMs = 100

export class Contacts implements Others {
  readonly #self: Process<KeeperApi['info']>
  readonly #live: Live
  readonly #distribution: Distribution
  /** Nodes that are dialled. */
  readonly #wanted: readonly string[]
  readonly #contacts = new Map<string, Contact>()
  readonly #greetings = new Map<Ref, { readonly node: string; readonly untilMs: number }>()
  #syncing: { readonly nodes: readonly string[]; readonly from: From<readonly string[]> } | null = null

  constructor(self: Process<KeeperApi['info']>, live: Live, distribution: Distribution, wanted: readonly string[]) {
    this.#self = self
    this.#live = live
    this.#distribution = distribution
    this.#wanted = wanted.filter((node) => node !== self.node.name)
  }

  // — nodes —

  begin(): void {
    this.#distribution.monitorNodes(this.#self, true, { nodeType: 'all' })
    this.#distribution.monitorHealth(this.#self)
    for (const node of this.#distribution.nodes('connected')) this.greet(node)
    this.redial()
  }

  /** Whoever is the keeper there is told who is here. */
  greet(node: string): void {
    if (this.#contacts.has(node) || [...this.#greetings.values()].some((each) => each.node === node)) return
    const to = { name: keeperProtocol.module, node }
    const untilMs = this.#self.node.monotonicTimeMs() + greetMs
    this.#greetings.set(this.#self.monitor(to), { node, untilMs })
    this.#live.happenedToAll({ type: 'greeting', node, isOn: true })
    this.#self.trySend(to as never, this.#hello(node, true) as never, { connect: false })
  }

  redial(): void {
    const { node } = this.#self
    const connected = new Set(this.#distribution.nodes('connected'))
    for (const name of this.#wanted)
      if (!connected.has(name)) void this.#distribution.connect(name).catch(() => undefined)
      else if (!this.#contacts.has(name)) this.greet(name)
    const nowMs = node.monotonicTimeMs()
    // Who has a keeper that says nothing is not waited for any longer.
    for (const [ref, greeting] of this.#greetings) if (greeting.untilMs <= nowMs) this.#endGreeting(ref)
    const ms = redialMs * (0.75 + node.runtime.random() / 2)
    this.#self.sendAfter(ms, this.#self.pid as never, this.#live.own({ type: 'redial' }) as never)
  }

  /** @returns whether it was a monitor of a keeper. */
  down(ref: Ref): boolean {
    if (this.#endGreeting(ref)) return true
    for (const [node, { monitor }] of this.#contacts) {
      if (monitor !== ref) continue
      this.#lose(node)
      return true
    }
    return false
  }

  #endGreeting(ref: Ref): boolean {
    const greeting = this.#greetings.get(ref)
    if (greeting === undefined) return false
    this.#greetings.delete(ref)
    this.#self.demonitor(ref, { flush: true })
    this.#live.happenedToAll({ type: 'greeting', node: greeting.node, isOn: false })
    this.#checkSync()
    return true
  }

  #lose(node: string): void {
    const contact = this.#contacts.get(node)
    if (contact === undefined) return
    this.#contacts.delete(node)
    this.#self.demonitor(contact.monitor, { flush: true })
    this.#live.happenedToAll({ type: 'peerGone', node })
  }

  // — what they say —

  hello({ keeper, terms, stands, granted, wantsAnswer }: Hello): void {
    const { node } = keeper
    if (node === this.#self.node.name) return
    if (this.#contacts.get(node)?.keeper !== keeper) {
      if (!this.#contacts.has(node) && this.#contacts.size >= this.#live.limits.peers) return this.#refuse(node)
      // It has a successor: what the one before it stood for is lost.
      this.#lose(node)
      this.#contacts.set(node, { keeper, monitor: this.#self.monitor(keeper), terms, isBehind: false })
    }
    if (wantsAnswer) this.#send(node, this.#hello(node, false))
    for (const [application, stand] of Object.entries(stands)) this.#hear(node, application, stand)
    // A node that has nothing to say of an application that it could run has another table.
    for (const row of this.#live.table.values())
      if (!Object.hasOwn(stands, row.name) && rankOf(row, node) >= 0) this.#hear(node, row.name, nothing)
    for (const [ref, greeting] of this.#greetings) if (greeting.node === node) this.#endGreeting(ref)
    for (const [application, instance] of Object.entries(granted))
      this.#live.happened(application, { type: 'granted', node, instance })
    this.#checkSync()
  }

  #refuse(node: string): void {
    const { peers } = this.#live.limits
    const text = `${node} is not listened to: ${String(peers)} nodes are (limits.peers)`
    this.#self.node.report({ type: 'notice', level: 'error', source: 'release.applications', text })
  }

  stand({ keeper, application, stand }: StandMessage): void {
    if (this.#contacts.get(keeper.node)?.keeper === keeper) this.#hear(keeper.node, application, stand)
  }

  granted({ keeper, application, instance }: Grant): void {
    if (this.#contacts.get(keeper.node)?.keeper === keeper)
      this.#live.happened(application, { type: 'granted', node: keeper.node, instance })
  }

  #hear(node: string, application: string, stand: Stand): void {
    const row = this.#live.table.get(application)
    if (row === undefined) return
    const all = this.#contacts.get(node)!.terms
    const terms = Object.hasOwn(all, application) ? all[application]! : null
    const peer: Peer = { ...stand, terms, differs: terms !== row.terms }
    this.#live.happened(application, { type: 'peer', node, stand: peer })
  }

  // — what they are told —

  tell(application: string, stand: Stand): void {
    const message = { type: 'stand', keeper: this.#self.pid, application, stand } as const
    for (const node of this.#contacts.keys()) this.#send(node, message)
  }

  grant(node: string, application: string, instance: number): void {
    this.#send(node, { type: 'grant', keeper: this.#self.pid, application, instance })
  }

  /** Nobody waits for a node that takes no more: it is told all anew in a while. */
  #send(node: string, message: Hello | StandMessage | Grant): void {
    const contact = this.#contacts.get(node)
    if (contact === undefined || contact.isBehind) return
    if (this.#self.trySend(contact.keeper as never, message as never, { connect: false }) === 'ok') return
    contact.isBehind = true
    this.#self.sendAfter(againMs, this.#self.pid as never, this.#live.own({ type: 'again' }) as never)
  }

  again(): void {
    for (const [node, contact] of this.#contacts) {
      if (!contact.isBehind) continue
      contact.isBehind = false
      this.#send(node, this.#hello(node, false))
    }
  }

  #hello(node: string, wantsAnswer: boolean): Hello {
    const states = [...this.#live.states.values()]
    const granted = states.flatMap((state) => {
      const instance = state.granted.get(node)
      return instance === undefined ? [] : [[state.row.name, instance] as const]
    })
    return {
      type: 'hello',
      version,
      keeper: this.#self.pid,
      terms: Object.fromEntries(states.map(({ row }) => [row.name, row.terms])),
      stands: Object.fromEntries(states.map((state) => [state.row.name, standOf(state)])),
      granted: Object.fromEntries(granted),
      wantsAnswer,
    }
  }

  // — the beginning —

  sync(nodes: readonly string[], timeoutMs: number, from: From<readonly string[]>): void {
    this.#syncing = { nodes: nodes.filter((node) => node !== this.#self.node.name), from }
    if (timeoutMs < Infinity)
      this.#self.sendAfter(timeoutMs, this.#self.pid as never, this.#live.own({ type: 'syncOver' }) as never)
    this.#checkSync()
  }

  #checkSync(): void {
    if (this.#syncing !== null && this.#missing().length === 0 && this.#greetings.size === 0) this.syncOver()
  }

  #missing(): string[] {
    return (this.#syncing?.nodes ?? []).filter((node) => !this.#contacts.has(node))
  }

  syncOver(): void {
    if (this.#syncing === null) return
    const { from } = this.#syncing
    const missing = this.#missing()
    this.#syncing = null
    answer(from, missing)
  }
}

const nothing: Stand = {
  standing: 'idle',
  isPermitted: true,
  isStarted: false,
  isRetired: false,
  weight: 0,
  instance: 0,
  from: null,
  token: null,
  sees: null,
  wishedAfter: 0,
  ended: null,
}

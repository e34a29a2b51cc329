/**
 * A company of processes that spawn, link, monitor, name, exit and kill each other as a random program says.
 */
import type { VirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { expect } from 'vitest'
import { describeReason, type AnyPid, type Down, type Exit, type ExitReason, type Ref } from '../src/index.ts'
import { kind, Stage, type Kind, type Puppet, type Self } from './stage.ts'

export type Step = { readonly by: number } & (
  | { readonly op: 'spawn'; readonly trap: boolean; readonly how: 'plain' | 'link' | 'monitor'; readonly kind: Kind }
  | { readonly op: 'link' | 'unlink' | 'monitor'; readonly to: number }
  | { readonly op: 'monitorName'; readonly name: string }
  | { readonly op: 'demonitor'; readonly nth: number; readonly flush: boolean }
  | { readonly op: 'signal'; readonly to: number; readonly reason: 'normal' | 'kill' | 'unique' }
  | { readonly op: 'exit' | 'throw'; readonly reason: string }
  | { readonly op: 'register' | 'unregister'; readonly name: string }
  | { readonly op: 'trap'; readonly on: boolean }
)

export const names: readonly string[] = ['n1', 'n2']
const slots = 6
const by = fc.nat({ max: slots - 1 })
const name = fc.constantFrom(...names)

function op<O extends Step['op'], R extends object>(
  weight: number,
  ops: readonly O[],
  rest: { readonly [K in keyof R]: fc.Arbitrary<R[K]> },
): { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> } {
  return { weight, arbitrary: fc.record({ op: fc.constantFrom(...ops), by, ...rest }) as unknown as fc.Arbitrary<Step> }
}

export const step: fc.Arbitrary<Step> = fc.oneof(
  op(5, ['spawn'], { trap: fc.boolean(), how: fc.constantFrom('plain', 'link', 'monitor'), kind }),
  op(5, ['link'], { to: by }),
  op(3, ['unlink'], { to: by }),
  op(3, ['monitor'], { to: by }),
  op(2, ['monitorName'], { name }),
  op(2, ['demonitor'], { nth: fc.nat({ max: 5 }), flush: fc.boolean() }),
  op(3, ['signal'], { to: by, reason: fc.constantFrom('normal', 'kill', 'unique') }),
  op(2, ['exit', 'throw'], { reason: fc.constantFrom('normal', 'kill', 'r3') }),
  op(2, ['register', 'unregister'], { name }),
  op(1, ['trap'], { on: fc.boolean() }),
)

export interface Watch {
  readonly ref: Ref
  readonly watcher: Member
  /** Null for a name that nobody had. */
  readonly target: Member | null
  readonly byName: boolean
  /** No DOWN may come any more. */
  ended: boolean
}

export interface Member extends Puppet {
  readonly watches: Watch[]
  /** Took in, within a turn, what had arrived: its mailbox may hold what came before. */
  fetched: boolean
  /** When it last linked to each of the others, and unlinked, and when nothing had been on its way before that. */
  readonly linkedAt: Map<AnyPid, number>
  readonly unlinked: Map<AnyPid, { readonly at: number; readonly restedAt: number }>
}

export class Company extends Stage {
  readonly members: Member[] = []
  readonly slots: Member[] = []
  /** Everything that happened to anybody, in order. */
  readonly trace: string[] = []
  /** The reason of the last unique exit signal. */
  lastSignal = ''
  #serial = 0
  #restedAt = 0
  readonly #signalled = new Map<string, AnyPid>()

  constructor(runtime: VirtualRuntime) {
    super(runtime)
    for (const each of ['callback', 'async', 'slow', 'callback', 'async', 'callback'] as const)
      this.slots.push(this.#hire(each))
  }

  #hire(of: Kind, spawn?: Parameters<Stage['add']>[1]): Member {
    const extra = { watches: [], fetched: false, linkedAt: new Map(), unlinked: new Map() }
    const member: Member = Object.assign(
      this.add(of, spawn, (self, message) => this.#hears(member, self, message as Exit | Down)),
      extra,
    )
    this.members.push(member)
    return member
  }

  /** What must hold whenever somebody is told of a death. */
  #hears(member: Member, self: Self, message: Exit | Down): void {
    this.trace.push(`${String(member.pid)} ${message.type} ${text(message.reason)}`)
    if (message.type === 'down') {
      const dead = message.process
      if ('name' in dead) return
      expect(self.isAlive(dead)).toBe(false)
      // Its name is free before anybody hears of its death.
      for (const each of names) expect(self.whereis(each)).not.toBe(dead)
      return
    }
    const { from, reason } = message
    const ownSignal = reason === 'normal' || (typeof reason === 'string' && this.#signalled.get(reason) === from)
    if (from === null || ownSignal || member.fetched || member.kind !== 'callback') return
    // A link broke: not one that it had given up and nobody had made anew. (A link that the other had just made may have been on its way still.)
    const unlinked = member.unlinked.get(from)
    if (unlinked === undefined || (member.linkedAt.get(from) ?? -1) > unlinked.at) return
    const other = this.members.find(({ pid }) => pid === from)!
    expect(other.linkedAt.get(member.pid) ?? -1).toBeGreaterThanOrEqual(unlinked.restedAt)
  }

  override async settle(): Promise<void> {
    await super.settle()
    this.#restedAt = this.#serial
  }

  /** Has the member in a slot carry out a step, on a turn of its own. */
  perform(each: Step): void {
    const member = this.slots[each.by]!
    this.tell(member, (self) => {
      this.trace.push(`${String(member.pid)} does ${each.op}`)
      this.#act(self, member, each, this.#serial++)
    })
  }

  #act(self: Self, member: Member, each: Step, at: number): void {
    switch (each.op) {
      case 'spawn': {
        const spawn = each.how === 'link' ? self.spawnLink.bind(self) : self.spawn.bind(self)
        const child = this.#hire(each.kind, (body) => spawn(body, { trapExits: each.trap }))
        if (each.how === 'link') member.linkedAt.set(child.pid, at)
        if (each.how === 'monitor') this.#watch(member, child, false, self.monitor(child.pid))
        this.slots[(each.by + this.members.length) % slots] = child
        return
      }
      case 'link':
        member.linkedAt.set(this.slots[each.to]!.pid, at)
        return self.link(this.slots[each.to]!.pid)
      case 'unlink':
        member.unlinked.set(this.slots[each.to]!.pid, { at, restedAt: this.#restedAt })
        return self.unlink(this.slots[each.to]!.pid)
      case 'monitor':
        return this.#watch(member, this.slots[each.to]!, false, self.monitor(this.slots[each.to]!.pid))
      case 'monitorName': {
        const holder = self.whereis(each.name)
        const target = this.members.find(({ pid }) => pid === holder) ?? null
        return this.#watch(member, target, true, self.monitor(each.name))
      }
      case 'demonitor': {
        const watch = member.watches[each.nth]
        if (watch === undefined) return
        if (each.flush) member.fetched = true
        const removed = self.demonitor(watch.ref, { flush: each.flush })
        const heard = member.messages.some((message) => (message as Down).ref === watch.ref)
        // With flush it is gone from the mailbox, too.
        if (removed || (each.flush && !heard)) watch.ended = true
        return
      }
      case 'signal': {
        const reason = each.reason === 'unique' ? (this.lastSignal = `signal ${at}`) : each.reason
        const target = this.slots[each.to]!
        if (target === member) member.fetched = true
        this.#signalled.set(reason, member.pid)
        return self.sendExit(target.pid, reason)
      }
      case 'exit':
        return self.exit(each.reason)
      case 'throw':
        throw new Error(each.reason)
      case 'register':
        if (self.whereis(each.name) === undefined && !names.some((other) => self.whereis(other) === self.pid))
          self.register(each.name)
        return
      case 'unregister':
        if (self.whereis(each.name) !== undefined) self.unregister(each.name)
        return
      case 'trap':
        self.trapExits(each.on)
    }
  }

  #watch(watcher: Member, target: Member | null, byName: boolean, ref: Ref): void {
    watcher.watches.push({ ref, watcher, target, byName, ended: false })
  }

  /** What must hold when nothing is on its way any more. */
  checkAtRest(): void {
    const { node } = this
    const alive = new Set(this.members.filter(({ pid }) => node.isAlive(pid)).map(({ pid }) => pid))
    expect(new Set(node.processes())).toEqual(alive)
    expect(node.processCount()).toBe(alive.size)
    for (const pid of alive) {
      const info = node.processInfo(pid)!
      expect(info.mailboxLength).toBe(0)
      // Never half a link.
      for (const other of info.links) expect(node.processInfo(other)?.links).toContain(pid)
      expect(new Set(info.links).size).toBe(info.links.length)
      // Nor half a monitor.
      for (const other of info.monitoredBy) expect(node.processInfo(other)?.monitors.length).toBeGreaterThan(0)
    }
    for (const registered of node.registeredNames()) {
      const holder = node.whereis(registered)!
      expect(node.processInfo(holder)?.name).toBe(registered)
    }
    for (const member of this.members) this.#checkWatches(member, alive)
  }

  #checkWatches(member: Member, alive: ReadonlySet<AnyPid>): void {
    const downs = (member.messages as (Exit | Down)[]).filter((message) => message.type === 'down')
    for (const { ref, target, byName, ended } of member.watches) {
      const fired = downs.filter((down) => down.ref === ref)
      // A monitor of itself never fires; one of a name that nobody had fires at once.
      const mustFire = target === null ? byName : target !== member && !alive.has(target.pid)
      if (ended || !mustFire) expect(fired).toEqual([])
      else if (alive.has(member.pid)) expect(fired.length).toBe(1)
      else expect(fired.length).toBeLessThanOrEqual(1)
      for (const { reason } of fired)
        if (target !== null) expect(['noproc', text(target.reason!)]).toContain(text(reason))
    }
    for (const down of downs) expect(member.watches.some(({ ref }) => ref === down.ref)).toBe(true)
  }
}

export function text(reason: ExitReason): string {
  return reason instanceof Error ? `error ${reason.message}` : describeReason(reason)
}

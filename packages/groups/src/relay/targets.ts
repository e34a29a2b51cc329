/**
 * Circuits that end at this node: messages go into the mailboxes of its processes.
 *
 * Credit goes back once a message stands in the mailbox, and not before the process has worked off what is there: so a slow process slows down those who send to it,
 * and nobody else. When a name comes to stand for another process, what comes for it after that goes back to its source, which looks for the other one. One end of circuits of two epochs counts only the newer: what comes late over a way that was given up is dropped, or it would overtake.
 */
import type { AgnerError, AnyPid, Down, ExitReason, Ref } from '@agner/core'
import { requestOpened, sendOwn } from '@agner/core/kernel'
import { failureOf, fitted, fittedReason } from './answering.ts'
import { groupOf, isName, type Target } from './address.ts'
import type { Forward, Open, Outcome, RefusalReason } from './frames.ts'
import type { Hub } from './hub.ts'
import { own } from './reading.ts'

interface End {
  readonly id: string
  readonly up: string
  /** The node that opened it. */
  readonly source: string
  readonly to: Target
  readonly pid: AnyPid
  readonly lane: string
  readonly monitor: Ref
  nextSeq: number
  /** Not returned as credit yet. */
  messages: number
  bytes: number
  hasMoved: boolean
}

/** Of so many destinations of sources is remembered which epoch was the last, after their circuit is closed. */
const rememberedEpochs = 10_000
/** How often is looked whether names stand for the same processes still. */
const lookMs = 1000

export class Targets {
  readonly #hub: Hub
  readonly #all = new Map<string, End>()
  readonly #byMonitor = new Map<Ref, End>()
  /** By source and destination, the least recently used first. */
  readonly #epochs = new Map<string, { readonly epoch: number; readonly id: string }>()
  readonly #owing = new Set<End>()
  #isAsked = false
  #isTimed = false
  #isLooking = false

  constructor(hub: Hub) {
    this.#hub = hub
  }

  get size(): number {
    return this.#all.size
  }

  has(id: string): boolean {
    return this.#all.has(id)
  }

  open({ id, way, source, key, to, pid, epoch, windowMessages, windowBytes }: Open): void {
    const { limits, self, post } = this.#hub
    const up = way.at(-1)!
    const lane = `${source.node}#${source.incarnation} ${key}`
    const last = this.#epochs.get(lane)
    if (last !== undefined && last.epoch >= epoch) return this.#refuse(up, id, 'superseded')
    if (this.#all.size >= limits.targets) return this.#refuse(up, id, 'full')
    const process = pid ?? this.#find(to)
    if (process === undefined) return this.#refuse(up, id, 'noProcess')
    // Who looked up the name has not heard yet that it moved, or this node that it has come here: in a moment.
    if (this.#isElsewhere(to, process)) return this.#refuse(up, id, 'noRoute')
    const older = last === undefined ? undefined : this.#all.get(last.id)
    if (older !== undefined && !older.hasMoved) this.#end(older, 'lost', 'noconnection')
    this.#remember(lane, { epoch, id })
    const monitor = self.monitor(process)
    const none = { nextSeq: 1, messages: 0, bytes: 0, hasMoved: false }
    const end: End = { id, up, source: source.node, to, pid: process, lane, monitor, ...none }
    this.#all.set(id, end)
    this.#byMonitor.set(monitor, end)
    post.send(up, {
      type: 'opened',
      id,
      way: up === self.node.name ? way : [...way, self.node.name],
      windowMessages: Math.min(windowMessages, limits.windowMessages),
      windowBytes: Math.min(windowBytes, limits.windowBytes),
    })
    if (isName(to)) this.#lookLater()
  }

  #find(to: Target): AnyPid | undefined {
    const { node } = this.#hub.self
    if ('service' in to) return node.whereis(to.service)
    return 'name' in to && 'node' in to ? node.whereis(to.name) : (to as AnyPid)
  }

  #remember(lane: string, last: { readonly epoch: number; readonly id: string }): void {
    this.#epochs.delete(lane)
    this.#epochs.set(lane, last)
    if (this.#epochs.size <= rememberedEpochs) return
    for (const [oldest, { id }] of this.#epochs) {
      if (this.#all.has(id)) continue
      this.#epochs.delete(oldest)
      return
    }
  }

  #refuse(to: string, id: string, reason: RefusalReason): void {
    this.#hub.counters.circuitsRefused++
    this.#hub.post.send(to, { type: 'refused', id, reason, at: this.#hub.self.node.name })
  }

  /** Whether the frame was one of a circuit that ends here. */
  forward(frame: Exclude<Forward, Open>): boolean {
    const end = this.#all.get(frame.id)
    if (end === undefined) return false
    if (frame.type === 'close') this.#remove(end)
    else if (frame.type === 'check') this.#check(end)
    else this.#deliver(end, frame)
    return true
  }

  #deliver(end: End, frame: Forward & { readonly type: 'data' | 'ask' }): void {
    const { self, counters } = this.#hub
    if (frame.seq !== end.nextSeq) {
      counters.faults++
      return this.#end(end, 'lost', 'noconnection')
    }
    end.nextSeq++
    this.#lookAt(end)
    if (end.hasMoved) return this.#giveBack(end, frame)
    counters.delivered++
    if (frame.type === 'data') sendOwn(self, end.pid, frame.message)
    else this.#ask(end, frame.ask, frame.payload, frame.timeoutMs)
    end.messages++
    end.bytes += frame.bytes
    this.#owing.add(end)
    // Behind what has arrived already: one frame of credit for all of it.
    if (!this.#isAsked) sendOwn(self, self.pid, { own, type: 'due' })
    this.#isAsked = true
  }

  #giveBack({ id, up }: End, frame: Forward & { readonly type: 'data' | 'ask' }): void {
    const isAsk = frame.type === 'ask'
    const [ask, message, timeoutMs] = isAsk ? [frame.ask, frame.payload, frame.timeoutMs] : [null, frame.message, 0]
    this.#hub.post.send(up, { type: 'returned', id, bytes: frame.bytes, ask, message, timeoutMs })
  }

  /** The name does not stand for that process, which lives. Of a group that this node is not in it knows nothing. */
  #isElsewhere(to: Target, pid: AnyPid): boolean {
    const { world, self } = this.#hub
    if (!isName(to)) return false
    const { name } = to as { readonly name: string }
    const group = groupOf(to)
    if (group !== undefined && !world.view.isOwn(group)) return false
    const now = group === undefined ? self.node.whereis(name) : world.whereis(group, name)
    return now !== pid && self.node.isAlive(pid)
  }

  /** From the moment that this is seen on nothing goes to who had the name; what stands in its mailbox is credited, since no more will follow. */
  #lookAt(end: End): void {
    if (end.hasMoved || !this.#isElsewhere(end.to, end.pid)) return
    end.hasMoved = true
    const { id, up, messages, bytes } = end
    const { post } = this.#hub
    if (this.#owing.delete(end)) post.send(up, { type: 'credit', id, messages, bytes })
    end.messages = end.bytes = 0
    post.send(up, { type: 'ended', id, why: 'moved', reason: 'normal' })
  }

  #check(end: End): void {
    this.#lookAt(end)
    if (!end.hasMoved) this.#hub.post.send(end.up, { type: 'here', id: end.id })
  }

  /** Nothing may come for a name for long, and its source should know all the same. */
  look(): void {
    this.#isLooking = false
    let isNeeded = false
    for (const end of this.#all.values()) {
      if (!isName(end.to)) continue
      this.#lookAt(end)
      isNeeded ||= !end.hasMoved
    }
    if (isNeeded) this.#lookLater()
  }

  #lookLater(): void {
    const { self } = this.#hub
    if (this.#isLooking) return
    this.#isLooking = true
    self.sendAfter(lookMs, self.pid as never, { own, type: 'look' } as never)
  }

  #ask(end: End, ask: number, payload: unknown, timeoutMs: number): void {
    const { self, post } = this.#hub
    const answer = (outcome: Outcome): void =>
      post.send(end.up, { type: 'answer', id: end.id, ask, outcome: fitted(outcome, this.#wayBack(end)) })
    // In the turn of the answer: a process that answers and ends has answered.
    const open = (value: unknown): void => answer({ ok: true, value })
    requestOpened(self, end.pid, payload, timeoutMs, open).catch((error: AgnerError) => answer(failureOf(error)))
  }

  #wayBack({ pid, source }: End): Parameters<typeof fitted>[1] {
    return { from: pid, to: source, limit: this.#hub.limits.messageBytes }
  }

  /** Gives credit for what has been taken in since. */
  giveCredit(): void {
    this.#isAsked = false
    for (const end of [...this.#owing]) this.#credit(end)
    if (this.#owing.size > 0) this.#lookAgain()
  }

  #credit(end: End): void {
    const { self, limits, post } = this.#hub
    if (this.#all.get(end.id) === end) {
      const length = self.node.processInfo(end.pid, ['mailboxLength'])?.mailboxLength ?? 0
      if (length > limits.mailboxMessages) return
      post.send(end.up, { type: 'credit', id: end.id, messages: end.messages, bytes: end.bytes })
    }
    end.messages = end.bytes = 0
    this.#owing.delete(end)
  }

  #lookAgain(): void {
    const { self, times } = this.#hub
    if (this.#isTimed) return
    this.#isTimed = true
    self.sendAfter(times.retryMs, self.pid as never, { own, type: 'slow' } as never)
  }

  /** Slow processes may have caught up. */
  retry(): void {
    this.#isTimed = false
    this.giveCredit()
  }

  /** Whether it was the monitor of a process that a circuit ends at. */
  down({ ref, reason }: Down): boolean {
    const end = this.#byMonitor.get(ref)
    if (end === undefined) return false
    this.#end(end, 'target', reason)
    return true
  }

  /** A neighbour is gone, and with it every circuit over it. */
  lost(node: string): void {
    for (const end of this.#all.values()) if (end.up === node) this.#remove(end)
  }

  #end(end: End, why: 'target' | 'lost', reason: ExitReason): void {
    const told = fittedReason(reason, this.#wayBack(end))
    this.#hub.post.send(end.up, { type: 'ended', id: end.id, why, reason: told })
    this.#remove(end)
  }

  #remove(end: End): void {
    this.#all.delete(end.id)
    this.#byMonitor.delete(end.monitor)
    this.#hub.self.demonitor(end.monitor)
    this.#owing.delete(end)
  }
}

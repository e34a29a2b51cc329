/**
 * The destinations of this node's processes, and their circuits.
 *
 * A circuit is made when there is something to carry or to watch, over the gateway that the pair falls to; if that refuses or is silent, over the next. While it lives
 * the way is fixed. When it is lost, those who watch get `noconnection`, requests fail, what was under way is in doubt and never sent again; what was still here goes
 * over the next one. Nothing ever goes over two circuits.
 */
import type { AnyPid, ExitReason, Request } from '@agner/core'
import { describeTarget } from './address.ts'
import type { Backward, Outcome, RefusalReason } from './frames.ts'
import { hopLimit, locate, nextHop, type Hub } from './hub.ts'
import { answerLocally, full, outcomeOf, reportUnsent, type LocalOutcome } from './outcome.ts'
import { own } from './reading.ts'
import type { SourceTable } from './source-table.ts'
import { isWatched } from './watcher.ts'
import { newCircuit, type Circuit, type Queued, type Source } from './source.ts'

export class Sources {
  readonly #hub: Hub
  readonly #table: SourceTable
  readonly #circuits = new Map<string, Circuit>()
  #ask = 0

  constructor(hub: Hub, table: SourceTable) {
    this.#hub = hub
    this.#table = table
  }

  /** Something was handed over. */
  take(source: Source, queued: Queued): void {
    source.queue.push(queued)
    source.usedMs = this.#nowMs
    this.want(source)
  }

  /** There is something to carry, or to watch. */
  want(source: Source): void {
    if (source.circuit === null && source.deadlineMs === null) this.#seek(source)
    else this.#pump(source)
  }

  /** Somebody monitors. */
  watch(source: Source): void {
    const { circuit } = source
    if (source.isConfirming && circuit?.isOpen === true)
      this.#hub.post.send(circuit.first, { type: 'check', id: circuit.id })
    this.want(source)
  }

  get #nowMs(): number {
    return this.#hub.self.node.runtime.nowMs()
  }

  // — finding a way —

  #seek(source: Source): void {
    source.deadlineMs = this.#nowMs + this.#hub.times.openTimeoutMs
    source.tried.clear()
    source.wasFull = false
    source.isWithoutWay = false
    this.#attempt(source)
  }

  #attempt(source: Source): void {
    const { self, post, limits, times } = this.#hub
    const located = locate(this.#hub, source.to, null)
    if (located === null) return this.#abandon(source, 'noproc')
    const way = [self.node.name]
    const isHere = located.node === self.node.name
    const first = isHere ? self.node.name : nextHop(this.#hub, source.to, source.key, located, way, source.tried)
    if (first === undefined) return this.#later(source)
    source.tried.add(first)
    const epoch = this.#table.nextEpoch()
    const id = `${self.node.name}#${self.node.incarnation}/${epoch}`
    const timer = self.sendAfter(times.attemptTimeoutMs, self.pid as never, { own, type: 'attempt', id } as never)
    const circuit = newCircuit({ id, epoch, source, first, timer })
    source.circuit = circuit
    this.#circuits.set(id, circuit)
    post.send(first, {
      type: 'open',
      id,
      way,
      hops: hopLimit - 1,
      epoch,
      source: { node: self.node.name, incarnation: self.node.incarnation },
      key: source.key,
      to: source.to,
      pid: located.pid,
      windowMessages: limits.windowMessages,
      windowBytes: limits.windowBytes,
    })
  }

  /** All that come into question have been asked: again in a moment, as long as there is time. */
  #later(source: Source): void {
    const { self, times } = this.#hub
    if (source.tried.size === 0) source.isWithoutWay = true
    if (source.deadlineMs === null || this.#nowMs >= source.deadlineMs) return this.#abandon(source, 'noconnection')
    self.sendAfter(times.retryMs * 5, self.pid as never, { own, type: 'again', key: source.key } as never)
  }

  again(key: string): void {
    const source = this.#table.get(key)
    if (source === undefined || source.circuit !== null || source.deadlineMs === null) return
    source.tried.clear()
    this.#attempt(source)
  }

  /** The first node has not answered in time: it may be held, or full to the brim. */
  attemptTimedOut(id: string): void {
    const circuit = this.#circuits.get(id)
    if (circuit === undefined || circuit.isOpen) return
    if (circuit.source !== null) circuit.source.isWithoutWay = false
    this.#hub.post.send(circuit.first, { type: 'close', id })
    this.#failed(circuit)
  }

  #failed(circuit: Circuit): void {
    const { source } = circuit
    this.#drop(circuit)
    if (source === null) return
    source.circuit = null
    if (this.#nowMs < source.deadlineMs!) this.#attempt(source)
    else this.#abandon(source, 'noconnection')
  }

  #drop(circuit: Circuit): void {
    this.#circuits.delete(circuit.id)
    if (circuit.timer !== null) this.#hub.self.cancelTimer(circuit.timer, { info: false })
    circuit.timer = null
  }

  /** No way, or nobody there: what waits is not sent. */
  #abandon(source: Source, reason: 'noproc' | 'noconnection'): void {
    const { counters, self } = this.#hub
    const waiting = source.queue.splice(0)
    for (const { bytes } of waiting) source.release(bytes)
    if (reason === 'noproc') counters.undelivered += waiting.length
    else counters.unsent += waiting.length
    const isFull = reason === 'noconnection' && source.wasFull
    for (const { request } of waiting)
      if (request !== null) this.#answer(source, request, isFull ? full : outcomeOf(reason))
    if (reason === 'noconnection') reportUnsent(self.node, describeTarget(source.to), isFull, waiting.length)
    source.deadlineMs = null
    source.tellRoom(this.#hub.limits)
    this.#finishWatch(source, reason)
    this.#table.remove(source)
  }

  // — carrying —

  #pump(source: Source): void {
    const { circuit, queue } = source
    const { post, limits } = this.#hub
    while (source.mayGo()) {
      const { bytes, message, request, timeoutMs } = queue.shift()!
      source.release(bytes)
      if (request !== null && !request.isPending) {
        // Nobody waits for the answer any more.
        source.openRequests--
        continue
      }
      const { id } = circuit!
      const seq = ++circuit!.seq
      circuit!.flightMessages++
      circuit!.flightBytes += bytes
      if (request === null) post.send(circuit!.first, { type: 'data', id, seq, bytes, message })
      else {
        const ask = ++this.#ask
        circuit!.asks.set(ask, request)
        post.send(circuit!.first, { type: 'ask', id, seq, bytes, ask, payload: message, timeoutMs })
      }
    }
    source.tellRoom(limits)
  }

  // — what comes back —

  backward(frame: Backward): boolean {
    const circuit = this.#circuits.get(frame.id)
    if (circuit === undefined) return false
    switch (frame.type) {
      case 'opened':
        this.#opened(circuit, frame)
        break
      case 'refused':
        this.#refused(circuit, frame.reason)
        break
      case 'credit':
        circuit.flightMessages = Math.max(0, circuit.flightMessages - frame.messages)
        circuit.flightBytes = Math.max(0, circuit.flightBytes - frame.bytes)
        if (circuit.returned !== null) this.#settle(circuit)
        else if (circuit.source !== null) this.#pump(circuit.source)
        break
      case 'here':
        this.#confirmed(circuit)
        break
      case 'returned':
        this.#returned(circuit, frame)
        break
      case 'answer':
        this.#answered(circuit, frame.ask, frame.outcome)
        break
      case 'ended':
        if (frame.why === 'moved') this.#moved(circuit)
        else this.#ended(circuit, frame.why, frame.reason)
        break
    }
    return true
  }

  #opened(circuit: Circuit, { way, windowMessages, windowBytes }: Backward & { readonly type: 'opened' }): void {
    const { counters, self } = this.#hub
    counters.opened++
    if (circuit.timer !== null) self.cancelTimer(circuit.timer, { info: false })
    Object.assign(circuit, { isOpen: true, way, windowMessages, windowBytes, timer: null })
    const { source } = circuit
    if (source === null) return
    source.deadlineMs = null
    source.isWithoutWay = false
    source.tried.clear()
    this.#pump(source)
  }

  #refused(circuit: Circuit, reason: RefusalReason): void {
    const { source } = circuit
    if (reason === 'full' && source !== null) source.wasFull = true
    if (source !== null) source.isWithoutWay = reason === 'noRoute'
    if (reason !== 'noProcess') return this.#failed(circuit)
    this.#drop(circuit)
    if (source === null) return
    source.circuit = null
    this.#abandon(source, 'noproc')
  }

  #answered(circuit: Circuit, ask: number, outcome: Outcome): void {
    const request = circuit.asks.get(ask)
    if (request === undefined) return
    circuit.asks.delete(ask)
    // After a move it is not one of the name's any more.
    this.#answer(circuit.returned === null ? circuit.source : null, request, outcome)
  }

  #answer(source: Source | null, request: Request<unknown, unknown>, outcome: LocalOutcome): void {
    answerLocally(request, outcome)
    if (source === null) return
    source.openRequests--
    source.tellRoom(this.#hub.limits)
  }

  // — names that move —

  #confirmed({ source, watchers }: Circuit): void {
    if (source !== null) source.isConfirming = false
    const needed = watchers.filter((watcher) => isWatched(this.#hub.self.node, watcher))
    for (const watcher of watchers) if (!needed.includes(watcher)) this.#finish(watcher, 'normal')
    watchers.splice(0, watchers.length, ...needed)
  }

  /**
   * The name stands for another process now; this circuit stays for those who watch this one, and for its answers. What was under way comes back, and goes before all that
   * is newer: until then the name has no other circuit.
   */
  #moved(circuit: Circuit): void {
    const { source } = circuit
    if (source === null || circuit.returned !== null) return
    if (!source.isConfirming) source.bindWatcher(circuit)
    source.isConfirming = false
    source.openRequests -= circuit.asks.size
    circuit.returned = []
    this.#settle(circuit)
  }

  #returned(circuit: Circuit, { bytes, ask, message, timeoutMs }: Backward & { readonly type: 'returned' }): void {
    const { source, returned, asks } = circuit
    if (source === null || returned === null || circuit.flightMessages === 0) return
    circuit.flightMessages--
    circuit.flightBytes = Math.max(0, circuit.flightBytes - bytes)
    const request = ask === null ? null : asks.get(ask)
    if (ask !== null) asks.delete(ask)
    if (request !== undefined) {
      source.hold(bytes)
      if (request !== null) source.openRequests++
      returned.push({ bytes, message, request, timeoutMs })
    }
    this.#settle(circuit)
  }

  /** Once nothing is under way to who had the name, the source is free for who has it. */
  #settle(circuit: Circuit): void {
    const { source, returned } = circuit
    if (source === null || circuit.flightMessages > 0) return
    circuit.source = null
    this.#goOn(source, returned!)
    this.#closeIfUnused(circuit)
  }

  #goOn(source: Source, returned: readonly Queued[]): void {
    source.queue.unshift(...returned)
    source.circuit = null
    source.tellRoom(this.#hub.limits)
    if (source.queue.length > 0 || source.watcher !== null) this.want(source)
    else this.#table.remove(source)
  }

  // — ends —

  #ended(circuit: Circuit, why: 'target' | 'lost', reason: ExitReason): void {
    const { counters } = this.#hub
    const { source, asks, returned } = circuit
    this.#drop(circuit)
    if (why === 'lost') {
      counters.lost++
      counters.inDoubt += circuit.flightMessages
    } else counters.undelivered += circuit.flightMessages
    // After a move its requests are not those of the name any more.
    const asker = returned === null ? source : null
    for (const request of asks.values())
      this.#answer(asker, request, outcomeOf(why === 'lost' ? 'noconnection' : reason))
    for (const watcher of circuit.watchers) this.#finish(watcher, reason)
    if (source === null) return
    if (returned !== null) return this.#goOn(source, returned)
    source.circuit = null
    this.#finishWatch(source, reason)
    if (source.queue.length > 0) this.want(source)
    else this.#table.remove(source)
  }

  /** A neighbour is gone. */
  lost(node: string): void {
    for (const circuit of this.#circuits.values()) {
      if (circuit.first !== node) continue
      if (circuit.isOpen) this.#ended(circuit, 'lost', 'noconnection')
      else this.#failed(circuit)
    }
  }

  #finishWatch(source: Source, reason: ExitReason): void {
    const { watcher } = source
    source.watcher = null
    source.isConfirming = false
    if (watcher !== null) this.#finish(watcher, reason)
  }

  #finish(watcher: AnyPid, reason: ExitReason): void {
    this.#hub.self.send(watcher as never, { reason } as never)
  }

  // — what nobody needs any more —

  /** Closes circuits that were not used for long and that nobody watches, and forgets such destinations. */
  sweep(): void {
    const { times } = this.#hub
    const beforeMs = this.#nowMs - times.idleMs
    for (const circuit of this.#circuits.values()) {
      this.#dropAbandoned(circuit)
      if (circuit.source === null || circuit.source.usedMs <= beforeMs) this.#closeIfUnused(circuit)
    }
    for (const source of this.#table.all())
      if (source.circuit === null && source.deadlineMs === null && source.usedMs <= beforeMs) this.#forget(source)
  }

  #dropAbandoned(circuit: Circuit): void {
    const { source, asks, returned } = circuit
    if (source !== null && returned === null) {
      source.dropAbandoned(circuit)
      return source.tellRoom(this.#hub.limits)
    }
    for (const [ask, request] of asks) if (!request.isPending) asks.delete(ask)
  }

  /** One that has no circuit, and looks for none. */
  #forget(source: Source): void {
    const { watcher } = source
    if (watcher !== null) {
      if (isWatched(this.#hub.self.node, watcher)) return
      this.#finishWatch(source, 'normal')
    }
    this.#table.remove(source)
  }

  #closeIfUnused(circuit: Circuit): void {
    const { source } = circuit
    const isUsed = circuit.flightMessages > 0 || circuit.asks.size > 0 || !circuit.isOpen
    if (isUsed || (source !== null && source.heldMessages > 0)) return
    const watchers = [...circuit.watchers, source?.watcher ?? null].filter((watcher) => watcher !== null)
    if (watchers.some((watcher) => isWatched(this.#hub.self.node, watcher))) return
    this.#drop(circuit)
    this.#hub.post.send(circuit.first, { type: 'close', id: circuit.id })
    for (const watcher of watchers) this.#finish(watcher, 'normal')
    if (source === null) return
    source.circuit = source.watcher = null
    source.isConfirming = false
    this.#table.remove(source)
  }

  /** Closes all, as when the relay stops: those who watch hear it. */
  close(): void {
    for (const circuit of [...this.#circuits.values()]) {
      this.#hub.post.send(circuit.first, { type: 'close', id: circuit.id })
      this.#ended(circuit, 'lost', 'noconnection')
    }
  }
}

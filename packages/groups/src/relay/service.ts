/**
 * The relay's process: takes frames of neighbours and orders of its node, and hands them to whom they concern.
 *
 * It never waits for anybody: not for a slow process, a busy connection or another relay.
 */
import { finish, Request, type CallbackBody, type Down, type Finish, type Process } from '@agner/core'
import { refuse } from '@agner/core/kernel'
import type { Distribution } from '@agner/distribution'
import { groupsError } from '../errors.ts'
import { relayName, type Backward, type Forward, type Frame, type Hello, type Open } from './frames.ts'
import { locate, type Hub, type RelayWorld } from './hub.ts'
import type { RelayCounters, RelayLimits, RelayTimes } from './limits.ts'
import { Neighbours } from './neighbours.ts'
import { Post } from './post.ts'
import { isDown, isOwn, own, readFrame, type Own } from './reading.ts'
import type { SourceTable } from './source-table.ts'
import { Sources } from './sources.ts'
import { Targets } from './targets.ts'
import { Transits } from './transits.ts'

/** What the node's own code tells its relay, and the relay itself, later. */
export type Order =
  | Reminder
  | { readonly type: 'out'; readonly key: string; readonly bytes: number; readonly message: unknown }
  | { readonly type: 'watch'; readonly key: string }
  | { readonly type: 'near'; readonly node: string }
  | { readonly type: 'changed' }
  | { readonly type: 'stop' }

type Reminder =
  | { readonly type: 'retry' | 'due' | 'slow' | 'sweep' | 'look' }
  | { readonly type: 'attempt' | 'silent'; readonly id: string }
  | { readonly type: 'again'; readonly key: string }

/** What a request for the relay says. */
export interface AskOrder extends Own {
  readonly key: string
  readonly bytes: number
  readonly payload: unknown
  readonly timeoutMs: number
}

/** What the relay's process shares with the code that sends. */
export interface Shared {
  readonly world: RelayWorld
  readonly distribution: Distribution
  readonly limits: RelayLimits
  readonly times: RelayTimes
  readonly counters: RelayCounters
  readonly sources: SourceTable
  /** How much passes through here now; set by the process. */
  gauges: () => { readonly circuits: number; readonly targets: number; readonly waitingFrames: number }
  neighbours: () => readonly string[]
}

/** Half of the default of `idleMs`. */
const longestSweepMs = 30_000

export function relayBody(shared: Shared): CallbackBody<unknown, Service> {
  return {
    name: relayName,
    init: (self) => new Service(self, shared),
    message: (_, message, service) => service.take(message) ?? service,
  }
}

class Service {
  readonly #self: Process<unknown>
  readonly #shared: Shared
  readonly #hub: Hub
  readonly #sources: Sources
  readonly #transits: Transits
  readonly #targets: Targets
  /** What each neighbour was told last. */
  readonly #said = new Map<string, string>()

  constructor(self: Process<unknown>, shared: Shared) {
    const { world, limits, times, counters, distribution } = shared
    this.#self = self
    this.#shared = shared
    const hub: Hub = {
      self,
      world,
      limits,
      times,
      counters,
      neighbours: new Neighbours(),
      post: new Post(self, times.retryMs),
      leaving: () => distribution.nodes('draining'),
    }
    this.#hub = hub
    this.#sources = new Sources(hub, shared.sources)
    this.#transits = new Transits(hub)
    this.#targets = new Targets(hub)
    shared.gauges = () => ({
      circuits: this.#transits.size,
      targets: this.#targets.size,
      waitingFrames: hub.post.waiting,
    })
    shared.neighbours = () => hub.neighbours.nodes()
    for (const node of distribution.nodes('connected')) this.#greet(node, true, true)
    this.#remindToSweep()
  }

  /** One message that cannot be handled is no reason to end what all others go by. @returns how to go on, if not as before. */
  take(message: unknown): Finish | undefined {
    try {
      if (message instanceof Request) this.#ask(message)
      else if (isDown(message)) this.#down(message)
      else if (isOwn(message)) return this.#order(message as Order)
      else this.#hear(readFrame(message))
    } catch (error) {
      const text = 'A message of the relay could not be handled; it is dropped.'
      this.#self.node.report({ type: 'notice', level: 'error', source: 'groups.relay', text, details: { error } })
    }
    return undefined
  }

  #order(order: Order): Finish | undefined {
    if (order.type === 'stop') return this.#stop()
    this.#obey(order)
    return undefined
  }

  #obey(order: Exclude<Order, { readonly type: 'stop' }>): void {
    switch (order.type) {
      case 'out':
        return this.#out(order.key, order.bytes, order.message)
      case 'watch':
        return this.#watch(order.key)
      case 'near':
        return this.#greet(order.node, true, true)
      case 'changed':
        for (const node of this.#hub.neighbours.nodes()) this.#greet(node, false, false)
        return
      case 'retry':
        return this.#hub.post.retry()
      case 'due':
        return this.#targets.giveCredit()
      case 'slow':
        return this.#targets.retry()
      case 'look':
        return this.#targets.look()
      case 'attempt':
        return this.#sources.attemptTimedOut(order.id)
      case 'silent':
        return this.#transits.silent(order.id)
      case 'again':
        return this.#sources.again(order.key)
      case 'sweep':
        this.#remindToSweep()
        return this.#sources.sweep()
    }
  }

  #hear(frame: Frame | null): void {
    switch (frame?.type) {
      case undefined:
        this.#hub.counters.rubbish++
        return
      case 'hello':
        return this.#hello(frame)
      case 'open':
        return this.#open(frame)
      case 'data':
      case 'ask':
      case 'close':
      case 'check':
        return this.#forward(frame)
      case 'opened':
      case 'refused':
      case 'credit':
      case 'answer':
      case 'here':
      case 'returned':
      case 'ended':
        return this.#backward(frame)
    }
  }

  // — this node's own —

  #out(key: string, bytes: number, message: unknown): void {
    const source = this.#shared.sources.get(key)
    if (source !== undefined) this.#sources.take(source, { bytes, message, request: null, timeoutMs: 0 })
  }

  #ask(request: Request<unknown, unknown>): void {
    if (!isOwn(request.payload)) {
      this.#hub.counters.rubbish++
      return refuse(request, groupsError('groups.bad_question', { of: relayName }))
    }
    const { key, bytes, payload, timeoutMs } = request.payload as AskOrder
    const source = this.#shared.sources.get(key)
    if (source !== undefined) this.#sources.take(source, { bytes, message: payload, request, timeoutMs })
  }

  #watch(key: string): void {
    const source = this.#shared.sources.get(key)
    if (source !== undefined) this.#sources.watch(source)
  }

  #stop(): Finish {
    this.#sources.close()
    return finish('shutdown')
  }

  #remindToSweep(): void {
    // Requests of callers that have died are let go also where nothing is ever idle for too long.
    this.#self.sendAfter(
      Math.min(this.#hub.times.idleMs / 2, longestSweepMs),
      this.#self.pid as never,
      { own, type: 'sweep' } as never,
    )
  }

  // — neighbours —

  /** What this relay is, for one of its neighbours; said again only when it is something else, or asked for. */
  #greet(node: string, answer: boolean, isAsked: boolean): void {
    const { world, post, neighbours } = this.#hub
    const { view } = world
    const gateway = world.isGateway()
    const groups = view.ownGroups()
    // Who belongs to a group is no business of nodes outside, but for those that have to find the way.
    const isTold = gateway && neighbours.get(node)?.gateway === true
    const strange = isTold ? groups.map((group) => view.others(group)).filter((nodes) => !nodes.includes(node)) : []
    const members = [...new Set(strange.flat())].toSorted()
    const said = JSON.stringify([gateway, groups, members])
    if (!isAsked && this.#said.get(node) === said) return
    this.#said.set(node, said)
    post.send(node, { type: 'hello', node: this.#self.node.name, answer, gateway, groups, members })
  }

  #hello(hello: Hello): void {
    const { neighbours } = this.#hub
    // It may have been on its way when the connection was lost; a monitor would make another.
    if (!this.#shared.distribution.nodes('connected').includes(hello.node)) return
    const known = neighbours.get(hello.node)
    neighbours.put(hello, known?.monitor ?? this.#self.monitor({ name: relayName, node: hello.node }))
    this.#greet(hello.node, false, hello.answer)
  }

  #down(down: Down): void {
    if (this.#targets.down(down)) return
    const lost = this.#hub.neighbours.remove(down.ref)
    if (lost === undefined) return
    this.#said.delete(lost)
    this.#hub.post.forget(lost)
    this.#transits.lost(lost)
    this.#targets.lost(lost)
    this.#sources.lost(lost)
  }

  // — circuits —

  #open(open: Open): void {
    const { self, post } = this.#hub
    const { id, way } = open
    const up = way.at(-1)!
    const isOwn = way.length === 1 && up === self.node.name
    const wasHere = !isOwn && way.includes(self.node.name)
    const refuse = (reason: 'loop' | 'noProcess'): void =>
      post.send(up, { type: 'refused', id, reason, at: self.node.name })
    if (wasHere || this.#transits.has(id) || this.#targets.has(id)) return refuse('loop')
    const located = locate(this.#hub, open.to, open.pid)
    if (located === null) return refuse('noProcess')
    const resolved = { ...open, pid: located.pid }
    if (located.node === self.node.name) this.#targets.open(resolved)
    else this.#transits.open(resolved)
  }

  #forward(frame: Exclude<Forward, Open>): void {
    if (this.#targets.forward(frame) || this.#transits.forward(frame)) return
    if (frame.type === 'data' || frame.type === 'ask') this.#hub.counters.late++
  }

  #backward(frame: Backward): void {
    if (!this.#sources.backward(frame)) this.#transits.backward(frame)
  }
}

/**
 * The relay's process: takes frames of neighbours and orders of its node, and hands them to whom they concern.
 *
 * It never waits for anybody: not for a slow process, a busy connection or another relay.
 */
import { finish, Request, type CallbackBody, type Down, type Finish, type Process } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { relayName, type Backward, type Forward, type Frame, type Hello, type Open } from './frames.ts'
import { locate, type Hub, type RelayWorld } from './hub.ts'
import type { RelayCounters, RelayLimits, RelayTimes } from './limits.ts'
import { Neighbours } from './neighbours.ts'
import { Post } from './post.ts'
import type { SourceTable } from './source-table.ts'
import { Sources } from './sources.ts'
import { Targets } from './targets.ts'
import { Transits } from './transits.ts'

/** What the node's own code tells its relay. */
export type Order =
  | { readonly type: 'out'; readonly key: string; readonly bytes: number; readonly message: unknown }
  | { readonly type: 'watch'; readonly key: string }
  | { readonly type: 'near'; readonly node: string }
  | { readonly type: 'changed' }
  | { readonly type: 'stop' }

/** What the relay tells itself, later. */
type Reminder =
  | { readonly type: 'retry' | 'due' | 'slow' | 'sweep' }
  | { readonly type: 'attempt' | 'silent'; readonly id: string }
  | { readonly type: 'again'; readonly key: string }

/** What a request for the relay says. */
export interface AskOrder {
  readonly key: string
  readonly bytes: number
  readonly payload: unknown
  readonly timeoutMs: number
}

export type RelayMessage = Order | Reminder | Frame | Down | Request<AskOrder, unknown>

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

export function relayBody(shared: Shared): CallbackBody<RelayMessage, Service> {
  return {
    name: relayName,
    init: (self) => new Service(self, shared),
    message: (_, message, service) => service.take(message) ?? service,
  }
}

class Service {
  readonly #self: Process<RelayMessage>
  readonly #shared: Shared
  readonly #hub: Hub
  readonly #sources: Sources
  readonly #transits: Transits
  readonly #targets: Targets
  /** What each neighbour was told last. */
  readonly #said = new Map<string, string>()

  constructor(self: Process<RelayMessage>, shared: Shared) {
    const { world, limits, times, counters, distribution } = shared
    this.#self = self
    this.#shared = shared
    const hub: Hub = {
      self: self as unknown as Process<unknown>,
      world,
      limits,
      times,
      counters,
      neighbours: new Neighbours(),
      post: new Post(self as unknown as Process<unknown>, times.retryMs),
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

  /** @returns how to go on, if not as before. */
  take(message: RelayMessage): Finish | undefined {
    if (message instanceof Request) this.#ask(message)
    else if (message.type === 'stop') return this.#stop()
    else this.#dispatch(message)
    return undefined
  }

  #dispatch(message: Exclude<RelayMessage, Request<AskOrder, unknown> | { readonly type: 'stop' }>): void {
    switch (message.type) {
      case 'out':
        return this.#out(message.key, message.bytes, message.message)
      case 'watch':
        return this.#want(message.key)
      case 'near':
        return this.#greet(message.node, true, true)
      case 'changed':
        for (const node of this.#hub.neighbours.nodes()) this.#greet(node, false, false)
        return
      case 'hello':
        return this.#hello(message)
      case 'down':
        return this.#down(message)
      case 'open':
        return this.#open(message)
      case 'data':
      case 'ask':
      case 'close':
        return this.#forward(message)
      case 'opened':
      case 'refused':
      case 'credit':
      case 'answer':
      case 'ended':
        return this.#backward(message)
      case 'retry':
        return this.#hub.post.retry()
      case 'due':
        return this.#targets.giveCredit()
      case 'slow':
        return this.#targets.retry()
      case 'attempt':
        return this.#sources.attemptTimedOut(message.id)
      case 'silent':
        return this.#transits.silent(message.id)
      case 'again':
        return this.#sources.again(message.key)
      case 'sweep':
        this.#sources.sweep()
        return this.#remindToSweep()
    }
  }

  // — this node's own —

  #out(key: string, bytes: number, message: unknown): void {
    const source = this.#shared.sources.get(key)
    if (source !== undefined) this.#sources.take(source, { bytes, message, request: null, timeoutMs: 0 })
  }

  #ask(request: Request<AskOrder, unknown>): void {
    const { key, bytes, payload, timeoutMs } = request.payload
    const source = this.#shared.sources.get(key)
    if (source !== undefined) this.#sources.take(source, { bytes, message: payload, request, timeoutMs })
  }

  #want(key: string): void {
    const source = this.#shared.sources.get(key)
    if (source !== undefined) this.#sources.want(source)
  }

  #stop(): Finish {
    this.#sources.close()
    return finish('shutdown')
  }

  #remindToSweep(): void {
    this.#self.sendAfter(this.#hub.times.idleMs / 2, this.#self.pid as never, { type: 'sweep' } as never)
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
    if (frame.type !== 'close') this.#hub.counters.late++
  }

  #backward(frame: Backward): void {
    if (!this.#sources.backward(frame)) this.#transits.backward(frame)
  }
}

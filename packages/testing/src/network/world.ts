/**
 * The simulated network of a whole cluster: who listens where, which ways are cut, which nodes keep silent.
 *
 * All its choices come from one seeded generator, and all its doings are timers of the virtual runtime; so the same seed and the same
 * program give the same course.
 */
import type { Runtime } from '@agner/core'
import type { Address, Listener, Network, Stream, StreamHandlers } from '@agner/distribution'
import type { SeededRandom } from '../random.ts'
import type { Conditions } from './conditions.ts'
import { End, failure } from './end.ts'
import type { Hold } from './hold.ts'
import type { Lane } from './lane.ts'
import type { TraceEvent } from './trace.ts'

/** One life of a node, as the network knows it. */
export interface Host {
  readonly name: string
  /** Nodes of one machine share its loopback addresses. */
  readonly machine: string
  readonly ends: Set<End>
  isOver: boolean
  /** Whose thread handles what arrives, if it can be held. */
  readonly hold?: Hold
  /** It is the post of a node: what it says is no stream of frames. */
  readonly isPost?: boolean
}

interface Listening {
  readonly host: Host
  readonly accept: (stream: Stream) => StreamHandlers
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::'])

export interface WorldOptions {
  readonly runtime: Runtime
  readonly random: SeededRandom
  readonly conditions: Conditions
  readonly tracing: ((event: TraceEvent) => void) | null
}

export class World {
  readonly runtime: Runtime
  readonly conditions: Conditions
  readonly tracing: ((event: TraceEvent) => void) | null
  readonly #random: SeededRandom
  readonly #listening = new Map<string, Listening>()
  /** Who listened on an address last: where the way to it leads, even when nobody does now. */
  readonly #owners = new Map<string, string>()
  readonly #cuts = new Map<string, Set<string>>()
  readonly #silent = new Set<string>()
  /** What waits for a way to be free. */
  readonly #held = new Set<Lane>()
  #ports = 40_000
  #connections = 0

  constructor(options: WorldOptions) {
    this.runtime = options.runtime
    this.#random = options.random
    this.conditions = options.conditions
    this.tracing = options.tracing
  }

  /** The network as one life of a node sees it. */
  networkOf(host: Host): Network {
    return {
      listen: (address, accept) => this.#listen(host, address, accept),
      connect: (address, handlers) => this.#connect(host, address, handlers),
    }
  }

  #key(host: Host, { host: place, port }: Address): string {
    return `${loopback.has(place) ? host.machine : place}:${port}`
  }

  #listen(host: Host, wanted: Address, accept: Listening['accept']): Promise<Listener> {
    if (host.isOver) return new Promise(() => {})
    const address = wanted.port === 0 ? this.#freeAddress(host, wanted.host) : wanted
    const key = this.#key(host, address)
    if (this.#listening.has(key)) return Promise.reject(failure('EADDRINUSE', `somebody listens on ${key}`))
    const listening: Listening = { host, accept }
    this.#listening.set(key, listening)
    this.#owners.set(key, host.name)
    const close = (): Promise<void> => {
      if (this.#listening.get(key) === listening) this.#listening.delete(key)
      return Promise.resolve()
    }
    return Promise.resolve({ address, close })
  }

  #freeAddress(host: Host, place: string): Address {
    for (;;) {
      const address: Address = { host: place, port: ++this.#ports }
      if (!this.#listening.has(this.#key(host, address))) return address
    }
  }

  #connect(host: Host, address: Address, handlers: StreamHandlers): Stream {
    const key = this.#key(host, address)
    const target = this.#owners.get(key) ?? address.host
    const end = new End(this, host, { connection: ++this.#connections, remote: key, target, address })
    end.handlers = handlers
    if (host.isOver) end.crash('silence')
    else end.dial()
    return end
  }

  /** An attempt to connect has arrived. Null: nobody listens. */
  accept(from: End): End | null {
    if (from.address === null) return null
    const listening = this.#listening.get(this.#key(from.host, from.address))
    if (listening === undefined) return null
    const { connection } = from
    const remote = `${from.host.name}:${50_000 + (connection % 10_000)}`
    const far = new End(this, listening.host, { connection, remote, target: from.host.name, address: null })
    far.out.to = from
    const { host } = listening
    const accept = (): void => {
      if (!host.isOver) far.handlers = listening.accept(far)
    }
    // The kernel of a node accepts, whatever its thread does.
    if (host.hold === undefined) accept()
    else host.hold.brought(accept)
    return far
  }

  // — ways —

  passes(from: string, to: string): boolean {
    if (this.#silent.size > 0 && (this.#silent.has(from) || this.#silent.has(to))) return false
    return this.#cuts.get(from)?.has(to) !== true
  }

  /** False if it is cut already. */
  cut(from: string, to: string): boolean {
    const cuts = this.#cuts.get(from)
    if (cuts?.has(to) === true) return false
    if (cuts === undefined) this.#cuts.set(from, new Set([to]))
    else cuts.add(to)
    return true
  }

  /** Of those that are cut, the ways that `chosen` names are free again; returns them. */
  heal(chosen: (from: string, to: string) => boolean): (readonly [from: string, to: string])[] {
    const healed: (readonly [string, string])[] = []
    for (const [from, cuts] of this.#cuts)
      for (const to of cuts) {
        if (!chosen(from, to)) continue
        cuts.delete(to)
        healed.push([from, to])
      }
    this.#resume()
    return healed
  }

  hold(lane: Lane): void {
    this.#held.add(lane)
  }

  release(lane: Lane): void {
    this.#held.delete(lane)
  }

  #resume(): void {
    for (const lane of [...this.#held]) {
      if (!this.passes(lane.source, lane.target)) continue
      this.#held.delete(lane)
      lane.resume(this.#random.number() * this.conditions.resumeMs)
    }
  }

  // — lives —

  crash(host: Host, how: 'reset' | 'silence'): void {
    host.isOver = true
    for (const [key, listening] of [...this.#listening]) if (listening.host === host) this.#listening.delete(key)
    if (how === 'silence') this.#silent.add(host.name)
    for (const end of [...host.ends]) end.crash(how)
  }

  /** Its kernel answers again. */
  awake(name: string): void {
    if (this.#silent.delete(name)) this.#resume()
  }

  /** Both ends of a connection are reset, each in its own time. */
  break(end: End): void {
    const { to } = end.out
    for (const each of [end, to]) if (each !== null) this.later(() => each.broken())
  }

  // — chance —

  later(task: () => void): void {
    this.runtime.setTimer(this.delayMs(), task)
  }

  delayMs(): number {
    const [least, most] = this.conditions.latencyMs
    return least + this.#random.number() * (most - least)
  }

  chance(probability: number): boolean {
    return probability > 0 && this.#random.number() < probability
  }

  /** How many of `length` bytes arrive together. */
  splitAt(length: number): number {
    return this.chance(this.conditions.splitChance) ? 1 + this.#random.below(length) : length
  }

  /** What may befall a connection that was written to. */
  weather(end: End): void {
    const { stallChance, stallMs, dropChance } = this.conditions
    if (this.chance(stallChance)) end.out.stall(this.#random.number() * stallMs)
    if (this.chance(dropChance)) this.break(end)
  }
}

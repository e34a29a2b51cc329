/**
 * Sending to processes of nodes that this one shares no group with, by way of gateways.
 *
 *     sender ──► relay ──► gateway of its group ──► gateway of the target's group ──► relay ──► target
 *
 * What is promised, for each sender and destination as it is addressed:
 * - order: messages arrive in the order of sending, those that arrive; also over a change of the way.
 * - at most once: nothing is ever sent twice. What was under way when a gateway died may be lost, and `stats().inDoubt` counts it.
 * - no loop: a circuit passes two gateways at most, and no node twice.
 * - bounded buffers: credit goes back as messages reach the target's mailbox. When as much as may waits, a send is refused; nothing is dropped in silence.
 * - a monitor gives exactly one DOWN: the target's reason, or `noconnection` when the way is lost. Then what was sent before may be lost, as with a connection.
 *
 * The way of a destination is fixed while it lives, also when a shorter one comes up.
 */
import type { CallName, Calls, CastName, Casts, PayloadThen, Protocol, Result } from '@agner/behaviours'
import type { AnyPid, AnyProcess, Node, Ref, Sendable } from '@agner/core'
import { AgnerError } from '@agner/core'
import { copy } from '@agner/core/kernel'
import type { Distribution } from '@agner/distribution'
import { groupsError } from '../errors.ts'
import { describeTarget, type FarAddress, type FarDestination, type Target } from './address.ts'
import { relayName } from './frames.ts'
import type { RelayWorld } from './hub.ts'
import {
  defaultRelayLimits,
  defaultRelayTimes,
  newRelayCounters,
  type RelayCounters,
  type RelayLimits,
  type RelayTimes,
} from './limits.ts'
import { keepAlive, type Kept } from './kept.ts'
import { open, type LocalOutcome } from './outcome.ts'
import { own } from './reading.ts'
import { relayBody, type Order, type Shared } from './service.ts'
import { sizeOf } from './size.ts'
import type { Source } from './source.ts'
import { SourceTable } from './source-table.ts'
import { spawnWatcher } from './watcher.ts'

type Caller = AnyProcess | Node

export interface RelayStats extends Readonly<RelayCounters> {
  /** Destinations of this node's processes now. */
  readonly destinations: number
  /** Circuits that pass through here now. */
  readonly circuits: number
  /** Circuits that end here now. */
  readonly targets: number
  /** Frames that wait here for busy connections now. */
  readonly waitingFrames: number
}

/** One destination, for people. */
export interface RelayPath {
  readonly to: string
  /** All nodes from this one to the target's; empty while a way is looked for. */
  readonly way: readonly string[]
  /** Which circuit of this node's it is: a greater number is a later one. */
  readonly epoch: number
  /** Messages that wait here, and those that are under way. */
  readonly waiting: number
  readonly underWay: number
}

export interface RelayRequestOptions {
  /** Milliseconds until it fails with `groups.relay_timeout`; default 5,000; Infinity waits for ever. */
  readonly timeoutMs?: number
}

export interface Relay {
  /**
   * Sends, and goes on at once; the message is copied now. To a process that is gone, or a name that nobody has, it goes nowhere, as any send.
   *
   * @throws `groups.relay_full`, `groups.relay_too_large`, `groups.bad_address`, `groups.stopped`; `copy.unsendable`, `copy.too_deep`
   */
  send<T>(from: Caller, to: FarDestination<T>, message: NoInfer<T> & Sendable<NoInfer<T>>): void
  /** As `send`; false where that throws `groups.relay_full`, and nothing was sent. */
  trySend<T>(from: Caller, to: FarDestination<T>, message: NoInfer<T> & Sendable<NoInfer<T>>): boolean
  /**
   * Resolves when half of what may wait for a destination is free, and the limit that refused the last send or request would not refuse it again: what to await after
   * a refusal. Also when there is nothing to wait for any more, since no way was found, the target is gone or the relay was stopped: the next send says so.
   */
  room(from: Caller, to: FarAddress): Promise<void>
  /**
   * Asks, and waits for the answer: the target gets a `Request`.
   *
   * Rejects with `groups.relay_timeout`, `groups.relay_no_process`, `groups.relay_no_connection`, `groups.relay_exited` (`details.reason`), and as `send`.
   */
  request(from: Caller, to: FarAddress, payload: unknown, options?: RelayRequestOptions): Promise<unknown>
  /**
   * Calls a server of `@agner/behaviours`. Rejects as `request`, and with what the server refuses the call with (`call.bad_argument`); `timeoutMs` is the protocol's
   * if nothing else is said.
   */
  call<Api, Name extends CallName<Api>>(
    from: Caller,
    to: FarAddress,
    protocol: Protocol<Api>,
    name: Name,
    ...rest: PayloadThen<Calls<Api>[Name], RelayRequestOptions>
  ): Promise<Result<Calls<Api>[Name]>>
  /** Tells a server something, and goes on at once. @throws as `send` */
  cast<Api, Name extends CastName<Api>>(
    from: Caller,
    to: FarAddress,
    protocol: Protocol<Api>,
    name: Name,
    ...rest: PayloadThen<Casts<Api>[Name], never>
  ): void
  /**
   * One DOWN will come, with the target's reason, `noproc`, or `noconnection` when the way is lost or none is found in time. Its `process` is a local process that
   * stands for the target: go by `ref`. `self.demonitor` ends it.
   *
   * @throws `groups.relay_full` when there are as many destinations as may be, `groups.bad_address`, `groups.stopped`
   */
  monitor(from: AnyProcess, to: FarAddress): Ref
  /** Whether this node relays for others now. */
  readonly isGateway: boolean
  /** The nodes whose relays this one is in touch with. */
  neighbours(): readonly string[]
  stats(): RelayStats
  paths(): RelayPath[]
  /** Ends it: those who monitor get `noconnection`, here and elsewhere. */
  stop(): void
}

/** Of the node's own services: any member of a group may answer. @internal */
export interface RelayWithin extends Relay {
  request(from: Caller, to: Target, payload: unknown, options?: RelayRequestOptions): Promise<unknown>
}

export interface RelayOptions {
  readonly limits?: Partial<RelayLimits>
  readonly times?: Partial<RelayTimes>
}

/** @internal */
export function startRelay(
  node: Node,
  distribution: Distribution,
  world: RelayWorld,
  { limits, times }: RelayOptions = {},
): RelayWithin {
  const allLimits = { ...defaultRelayLimits, ...limits }
  const shared: Shared = {
    world,
    distribution,
    limits: allLimits,
    times: { ...defaultRelayTimes, ...times },
    counters: newRelayCounters(),
    sources: new SourceTable(allLimits),
    gauges: () => ({ circuits: 0, targets: 0, waitingFrames: 0 }),
    neighbours: () => [],
  }
  return new RunningRelay(node, shared)
}

class RunningRelay implements RelayWithin {
  readonly #node: Node
  readonly #shared: Shared
  readonly #kept: Kept
  readonly #stopListening: (() => void)[]
  #isStopped = false

  constructor(node: Node, shared: Shared) {
    this.#node = node
    this.#shared = shared
    const { times, sources, counters } = shared
    const spawn = (): AnyPid => {
      // What was handed over since the last one ended went nowhere.
      sources.reset(counters)
      return node.spawn(relayBody(shared) as never, { name: relayName })
    }
    this.#kept = keepAlive(node, times.retryMs, spawn, () => {
      sources.reset(counters)
      shared.gauges = () => ({ circuits: 0, targets: 0, waitingFrames: 0 })
      shared.neighbours = () => []
    })
    this.#stopListening = [
      shared.distribution.onNodeChange((change) => {
        if (change.type === 'nodeup') this.#tell(node, { type: 'near', node: change.node })
      }),
      shared.world.view.onChange(() => this.#tell(node, { type: 'changed' })),
    ]
  }

  #tell(from: Caller, order: Order): void {
    from.send(this.#kept.pid as never, { own, ...order } as never)
  }

  send<T>(from: Caller, to: FarDestination<T>, message: NoInfer<T> & Sendable<NoInfer<T>>): void {
    if (!this.trySend(from, to, message)) throw groupsError('groups.relay_full', { target: describeTarget(to) })
  }

  trySend<T>(from: Caller, to: FarDestination<T>, message: NoInfer<T> & Sendable<NoInfer<T>>): boolean {
    const bytes = sizeOf(message, this.#shared.limits.messageBytes)
    const source = this.#reserve(to, bytes, false)
    if (source === null) return false
    if (!lives(from)) return true
    this.#tell(from, { type: 'out', key: source.key, bytes, message })
    this.#keep(source, bytes)
    return true
  }

  /** The destination, if it may have another message; null if it is full. */
  #reserve(to: Target, bytes: number, isRequest: boolean): Source | null {
    const { limits, counters, sources } = this.#shared
    this.#checkRunning()
    if (bytes > limits.messageBytes) {
      counters.refused++
      throw groupsError('groups.relay_too_large', { target: describeTarget(to), limit: limits.messageBytes })
    }
    const source = sources.find(to, this.#nowMs)
    if (source?.hasRoom(limits, bytes, isRequest) === true) return source
    source?.refused(bytes, isRequest)
    counters.refused++
    return null
  }

  /** Something was handed over: only now is its destination one of this node's. */
  #keep(source: Source, bytes: number): void {
    const { sources, counters } = this.#shared
    sources.keep(source, this.#nowMs)
    source.hold(bytes)
    counters.sent++
  }

  get #nowMs(): number {
    return this.#node.runtime.nowMs()
  }

  #checkRunning(): void {
    if (this.#isStopped) throw groupsError('groups.stopped', { node: this.#node.name })
  }

  room(from: Caller, to: FarAddress): Promise<void> {
    const room = this.#isStopped ? Promise.resolve() : this.#shared.sources.room(to)
    return 'wait' in from ? from.wait(room) : room
  }

  request(
    from: Caller,
    to: Target,
    payload: unknown,
    { timeoutMs = 5000 }: RelayRequestOptions = {},
  ): Promise<unknown> {
    const answer = this.#request(from, to, payload, timeoutMs)
    // A process may ask twice and await one after the other: what fails is seen when it is awaited.
    if ('pid' in from) answer.catch(() => {})
    return answer
  }

  async #request(from: Caller, to: Target, payload: unknown, timeoutMs: number): Promise<unknown> {
    const bytes = sizeOf(payload, this.#shared.limits.messageBytes)
    const source = this.#reserve(to, bytes, true)
    if (source === null) throw groupsError('groups.relay_full', { target: describeTarget(to) })
    const isSendable = timeoutMs >= 0 && lives(from)
    const asked = from.request(
      this.#kept.pid,
      // Copied before it is counted: what cannot be sent is not under way.
      { own, key: source.key, bytes, payload: copy(payload), timeoutMs },
      { timeoutMs },
    )
    if (isSendable) {
      this.#keep(source, bytes)
      source.openRequests++
    }
    let outcome: LocalOutcome
    try {
      outcome = (await asked) as LocalOutcome
    } catch (error) {
      outcome = notAnswered(error)
    }
    return open(outcome, to, timeoutMs)
  }

  call: Relay['call'] = (from, to, { timeoutMs }, name, ...[arg, options]) =>
    // The same envelope as for a server that is connected.
    this.request(from, to, { call: name, arg }, { timeoutMs: options?.timeoutMs ?? timeoutMs }) as Promise<never>

  cast: Relay['cast'] = (from, to, _, name, ...[arg]) => {
    this.send(from, to as FarDestination<unknown>, { type: '$agner/cast', cast: name, arg } as never)
  }

  monitor(from: AnyProcess, to: FarAddress): Ref {
    this.#checkRunning()
    const { sources } = this.#shared
    const source = sources.find(to, this.#nowMs)
    if (source === undefined) throw groupsError('groups.relay_full', { target: describeTarget(to) })
    const ref = from.monitor(source.watch(() => spawnWatcher(this.#node, this.#kept.pid)))
    sources.keep(source, this.#nowMs)
    this.#tell(from, { type: 'watch', key: source.key })
    return ref
  }

  get isGateway(): boolean {
    return this.#shared.world.isGateway()
  }

  neighbours(): readonly string[] {
    return this.#shared.neighbours()
  }

  stats(): RelayStats {
    const { counters, sources, gauges } = this.#shared
    return { ...counters, destinations: sources.size, ...gauges() }
  }

  paths(): RelayPath[] {
    return [...this.#shared.sources.all()].map(({ to, circuit, heldMessages }) => ({
      to: describeTarget(to),
      way: circuit?.way ?? [],
      epoch: circuit?.epoch ?? 0,
      waiting: heldMessages,
      underWay: circuit?.flightMessages ?? 0,
    }))
  }

  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#kept.letGo()
    for (const stop of this.#stopListening) stop()
    this.#tell(this.#node, { type: 'stop' })
    this.#shared.sources.endWaiting()
  }
}

/** A dead process does nothing: nothing is kept for what it does not send. */
function lives(from: Caller): boolean {
  return !('pid' in from) || from.node.isAlive(from.pid)
}

function notAnswered(error: unknown): LocalOutcome {
  const code = error instanceof AgnerError ? error.code : ''
  if (code === 'call.timeout') return { ok: false, failed: 'timeout', reason: 'noconnection' }
  if (!code.startsWith('call.') || code === 'call.bad_timeout') throw error
  return { ok: false, failed: 'noConnection', reason: 'noconnection' }
}

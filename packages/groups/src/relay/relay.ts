/**
 * The relay as its users have it: checks and copies what is sent where it is called, and hands it to the process that relays.
 */
import type { AnyPid, AnyProcess, Node, Ref, Sendable } from '@agner/core'
import { AgnerError } from '@agner/core'
import { copy, weigh } from '@agner/core/kernel'
import type { Distribution } from '@agner/distribution'
import { groupsError } from '../errors.ts'
import { describeTarget, type FarAddress, type FarDestination, type Target } from './address.ts'
import { relayName } from './frames.ts'
import type { RelayWorld } from './hub.ts'
import { defaultRelayLimits, defaultRelayTimes, newRelayCounters } from './limits.ts'
import { keepAlive, type Kept } from './kept.ts'
import { open, type LocalOutcome } from './outcome.ts'
import { own } from './reading.ts'
import type {
  Caller,
  Relay,
  RelayOptions,
  RelayPath,
  RelayRequestOptions,
  RelayStats,
  RelayWithin,
} from './relay-interface.ts'
import { relayBody, type Order, type Shared } from './service.ts'
import type { Source } from './source.ts'
import { SourceTable } from './source-table.ts'
import { spawnWatcher } from './watcher.ts'

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
    sources: new SourceTable(node, allLimits),
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
    const bytes = this.#bytesOf(message)
    const source = this.#reserve(to, bytes, false)
    if (source === null) return false
    if (!lives(from)) return true
    this.#tell(from, { type: 'out', key: source.key, bytes, message })
    this.#keep(source, bytes)
    return true
  }

  /** About how many it takes on the wire; of more than the limit it says only that. */
  #bytesOf(message: unknown): number {
    const { objectBytes, byteStrings, isTooDeep } = weigh(message, this.#shared.limits.messageBytes)
    // As any send would refuse it: the copy says where it is.
    if (isTooDeep) copy(message)
    return objectBytes + byteStrings
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
    const bytes = this.#bytesOf(payload)
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
      // It never left, and nobody knew a way: that is no slow answer.
      if (isTimeout(outcome) && source.isWithoutWay) outcome = noWay
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

const noWay: LocalOutcome = { ok: false, failed: 'noConnection', reason: 'noconnection' }

function isTimeout(outcome: LocalOutcome): boolean {
  return !outcome.ok && outcome.failed === 'timeout'
}

function notAnswered(error: unknown): LocalOutcome {
  const code = error instanceof AgnerError ? error.code : ''
  if (code === 'call.timeout') return { ok: false, failed: 'timeout', reason: 'noconnection' }
  if (!code.startsWith('call.') || code === 'call.bad_timeout') throw error
  return noWay
}

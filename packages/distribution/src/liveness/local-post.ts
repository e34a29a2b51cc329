/**
 * The post itself, on the runtime and the network that it is given.
 *
 * In production it runs on a worker thread (`worker.ts`); in a simulation on a runtime that goes on while the node's is
 * held. Lanes are made by dialling: of the two nodes, the one that began their connection. One that is lost is dialled
 * again, at longer and longer intervals.
 */
import type { RuntimeTimer } from '@agner/core'
import type { Address, Listener, Network, Stream, StreamHandlers } from '../network/network.ts'
import { Heartbeat, type Board } from './board.ts'
import { Knocking, type Knocker } from '../network/knocking.ts'
import { LaneEnd, type PostRuntime } from './lane-end.ts'
import { laneId } from './lane-messages.ts'
import type { LaneTerms, Post, PostEvents } from './post.ts'

export interface PostOptions {
  readonly runtime: PostRuntime
  readonly network: Pick<Network, 'listen' | 'connect'>
  /** Default: one of its own. */
  readonly heartbeat?: Heartbeat
  readonly events: Pick<PostEvents, 'listening' | 'listenFailed' | 'unreachable'>
  /** What a stranger, or an attempt, has. */
  readonly timeoutMs: number
}

interface Lane {
  readonly number: number
  readonly id: string
  readonly board: Board
  terms: LaneTerms
  address: Address | null
  /** The connection that stands, or the attempt that is under way. */
  end: LaneEnd | null
  ticking: RuntimeTimer | null
  retry: RuntimeTimer | null
  failures: number
  quietMs: number
}

const shortestRetryMs = 250
const longestRetryMs = 30_000
/** Connections that nobody has proven anything about. */
const strangersLimit = 64

interface Stranger extends Knocker {
  readonly end: LaneEnd
}

export class LocalPost implements Post {
  readonly #options: PostOptions
  readonly #heartbeat: Heartbeat
  readonly #lanes = new Map<number, Lane>()
  readonly #byId = new Map<string, Lane>()
  readonly #byEnd = new Map<LaneEnd, Lane>()
  readonly #strangers = new Knocking<Stranger>(strangersLimit)
  #listener: Listener | null = null
  #isOver = false

  constructor(options: PostOptions) {
    this.#options = options
    this.#heartbeat = options.heartbeat ?? new Heartbeat()
    this.beat()
  }

  beat(): void {
    this.#heartbeat.beat(this.#options.runtime.nowMs())
  }

  listen(address: Address): void {
    const { network, events } = this.#options
    network
      .listen(address, (stream) => this.#accept(stream))
      .then(
        (listener) => {
          if (this.#isOver) return void listener.close()
          this.#listener = listener
          events.listening(listener.address)
        },
        (error: unknown) => events.listenFailed(error instanceof Error ? error.message : String(error)),
      )
  }

  open(number: number, terms: LaneTerms, board: Board): void {
    if (this.#isOver) return
    const id = laneId(terms.key)
    const lane: Lane = {
      number,
      id,
      board,
      terms,
      address: null,
      end: null,
      ticking: null,
      retry: null,
      failures: 0,
      quietMs: 0,
    }
    this.#lanes.set(number, lane)
    this.#byId.set(id, lane)
  }

  dial(number: number, address: Address): void {
    const lane = this.#lanes.get(number)
    if (lane === undefined) return
    lane.address = address
    lane.failures = 0
    this.#drop(lane)
    this.#try(lane)
  }

  retime(number: number, terms: LaneTerms): void {
    const lane = this.#lanes.get(number)
    if (lane === undefined) return
    lane.terms = terms
    if (lane.ticking === null) return
    lane.ticking.clear()
    this.#tick(lane)
  }

  close(number: number): void {
    const lane = this.#lanes.get(number)
    if (lane === undefined) return
    this.#lanes.delete(number)
    this.#byId.delete(lane.id)
    lane.address = null
    this.#drop(lane)
  }

  stop(): void {
    this.#isOver = true
    void this.#listener?.close()
    for (const { end } of this.#strangers.all()) end.destroy()
    for (const number of [...this.#lanes.keys()]) this.close(number)
  }

  #accept(stream: Stream): StreamHandlers {
    const { runtime, timeoutMs } = this.#options
    const end = new LaneEnd({
      runtime,
      timeoutMs,
      keyOf: (id) => {
        const terms = this.#byId.get(id)?.terms
        return terms?.role === 'acceptor' ? terms.key : null
      },
      up: (_, id) => {
        this.#strangers.delete(stranger)
        const lane = this.#byId.get(id)
        if (lane === undefined) return end.destroy()
        // The older one is dead in the peer's eyes.
        this.#drop(lane)
        this.#up(lane, end)
      },
      tick: (from, lagMs) => this.#heard(from, lagMs),
      over: () => {
        this.#strangers.delete(stranger)
        this.#over(end, '')
      },
    })
    const stranger: Stranger = { remote: stream.remote, end }
    end.attach(stream)
    const superfluous = this.#isOver ? stranger : this.#strangers.add(stranger)
    // Its own stream is not ended inside the call that hands it over.
    if (superfluous === stranger) runtime.setTimer(0, () => end.destroy())
    else superfluous?.end.destroy()
    return end
  }

  #try(lane: Lane): void {
    const { runtime, timeoutMs, network } = this.#options
    if (lane.address === null) return
    const end = new LaneEnd({
      runtime,
      timeoutMs,
      wanted: { id: lane.id, key: lane.terms.key },
      keyOf: () => null,
      up: () => this.#up(lane, end),
      tick: (from, lagMs) => this.#heard(from, lagMs),
      over: (_, reason) => this.#over(end, reason),
    })
    this.#take(lane, end)
    end.attach(network.connect(lane.address, end))
  }

  #take(lane: Lane, end: LaneEnd): void {
    lane.end = end
    this.#byEnd.set(end, lane)
  }

  #up(lane: Lane, end: LaneEnd): void {
    this.#take(lane, end)
    lane.failures = 0
    lane.quietMs = 0
    lane.board.isUp = true
    this.#say(lane)
    this.#tick(lane)
  }

  #say(lane: Lane): void {
    lane.end?.tick(this.#heartbeat.lagMs(this.#options.runtime.nowMs()))
  }

  #tick(lane: Lane): void {
    const { tickMs, silenceMs } = lane.terms
    lane.ticking = this.#options.runtime.setTimer(tickMs, () => {
      lane.quietMs += tickMs
      if (lane.quietMs > silenceMs) {
        this.#drop(lane)
        return this.#again(lane, 'it is silent')
      }
      this.#say(lane)
      this.#tick(lane)
    })
    lane.ticking.unref()
  }

  #heard(end: LaneEnd, lagMs: number): void {
    const lane = this.#byEnd.get(end)
    if (lane === undefined) return
    lane.quietMs = 0
    lane.board.heard(lagMs, lagMs >= lane.terms.heldMs)
  }

  #over(end: LaneEnd, reason: string): void {
    const lane = this.#byEnd.get(end)
    if (lane === undefined) return
    this.#drop(lane)
    this.#again(lane, reason)
  }

  #drop(lane: Lane): void {
    lane.board.isUp = false
    lane.ticking?.clear()
    lane.retry?.clear()
    lane.ticking = null
    lane.retry = null
    if (lane.end === null) return
    this.#byEnd.delete(lane.end)
    lane.end.destroy()
    lane.end = null
  }

  #again(lane: Lane, reason: string): void {
    const { runtime, events } = this.#options
    if (lane.address === null || this.#isOver) return
    // The first attempt may come before the peer's post knows of the lane.
    if (++lane.failures === 2) events.unreachable(lane.number, reason)
    lane.retry = runtime.setTimer(Math.min(shortestRetryMs * 2 ** (lane.failures - 1), longestRetryMs), () =>
      this.#try(lane),
    )
    lane.retry.unref()
  }
}

/**
 * Liveness of all peers of a node: a lane to the post of each that has one, and what is made of it.
 *
 *     acceptor's connection ── where my post listens ──► initiator, whose post dials it
 *
 * The post is started with the first peer that has one. Without a lane, whatever the reason, the old rule alone holds:
 * four silent intervals, and a peer is down.
 */
import type { Runtime } from '@agner/core'
import type { Log } from '../log.ts'
import type { Address } from '../network/network.ts'
import { Pulse, silenceLimit, slowerTickMs } from '../connection/pulse.ts'
import { Board } from './board.ts'
import type { HealthChange } from './health-watch.ts'
import { OwnLag } from './own-lag.ts'
import type { LaneTerms, MakePost, Post } from './post.ts'
import { Vitals } from './vitals.ts'

/** Where a post says that it listens. An empty host: where the node itself was reached. */
export type PostAddress = Address

export interface LivenessOptions {
  readonly runtime: Runtime
  /** Null: this node has no post. */
  readonly makePost: MakePost | null
  /** Where the post listens; null: nowhere. */
  readonly listen: Address | null
  readonly tickMs: number
  readonly busyLimitMs: number
  readonly timeoutMs: number
  readonly log: Log
  tell(change: HealthChange): void
  suspected(): void
}

/** What liveness needs to know of a connection. */
export interface Watched {
  readonly peer: string
  readonly peerTickMs: number
  /** Null: one of the two nodes has no post. */
  readonly key: Uint8Array | null
  readonly direction: 'in' | 'out'
  /** Which address was dialled. */
  readonly dialled: Address | null
}

interface Lane extends Watched {
  readonly number: number
  readonly board: Board
  /** Says where this node's post listens. */
  announce: ((address: PostAddress) => void) | null
}

export class Liveness {
  readonly #options: LivenessOptions
  readonly #lanes = new Map<Vitals, Lane>()
  readonly lag: OwnLag
  #post: Post | null = null
  #listening: Address | null = null
  #isHopeless = false
  #count = 0
  #tickMs: number

  constructor(options: LivenessOptions) {
    this.#options = options
    this.#tickMs = options.tickMs
    this.lag = new OwnLag(options.runtime, () => this.#post?.beat())
  }

  /** Whether this node offers lanes. */
  get isOn(): boolean {
    return this.#options.makePost !== null && !this.#isHopeless
  }

  /** A connection came up. */
  watch(watched: Watched): Vitals {
    const { busyLimitMs } = this.#options
    const { peer, peerTickMs, key } = watched
    const limit = silenceLimit(this.#tickMs, peerTickMs)
    const board = key === null || !this.isOn ? null : new Board()
    const pulse = new Pulse(limit, limit + Math.ceil(busyLimitMs / this.#tickMs))
    const vitals: Vitals = new Vitals(pulse, board, (health) => this.#told(peer, health, vitals))
    if (key !== null && board !== null)
      this.#open(vitals, { ...watched, key, board, number: ++this.#count, announce: null })
    return vitals
  }

  /** The connection can be written to. */
  connected(vitals: Vitals, announce: (address: PostAddress) => void): void {
    const lane = this.#lanes.get(vitals)
    if (lane === undefined) return
    lane.announce = announce
    this.#announce(lane)
  }

  /** The peer says where its post listens. */
  announced(vitals: Vitals, { host, port }: PostAddress): void {
    const lane = this.#lanes.get(vitals)
    if (lane === undefined || lane.direction === 'in' || port === 0) return
    const at = host === '' ? lane.dialled?.host : host
    if (at !== undefined) this.#post?.dial(lane.number, { host: postHost(at), port })
  }

  /** The connection is over. */
  unwatch(vitals: Vitals): void {
    const lane = this.#lanes.get(vitals)
    if (lane === undefined) return
    this.#lanes.delete(vitals)
    this.#post?.close(lane.number)
    if (this.#lanes.size === 0) this.lag.stop()
  }

  /** The tick interval of this node is another from now on; what stands keeps its limits and takes its pace. */
  retime(tickMs: number): void {
    this.#tickMs = tickMs
    for (const lane of this.#lanes.values()) this.#post?.retime(lane.number, this.#terms(lane, lane.key as Uint8Array))
    if (this.lag.isStarted) this.lag.start(tickMs)
  }

  stop(): void {
    this.lag.stop()
    this.#post?.stop()
    this.#post = null
  }

  #open(vitals: Vitals, lane: Lane & { readonly key: Uint8Array }): void {
    this.#lanes.set(vitals, lane)
    const post = this.#start()
    post.open(lane.number, this.#terms(lane, lane.key), lane.board)
    if (!this.lag.isStarted) this.lag.start(this.#tickMs)
  }

  #terms({ peerTickMs }: Watched, key: Uint8Array): LaneTerms {
    const slowerMs = slowerTickMs(this.#tickMs, peerTickMs)
    return { key, tickMs: Math.max(10, Math.floor(this.#tickMs / 2)), heldMs: slowerMs, silenceMs: 4 * slowerMs }
  }

  #start(): Post {
    if (this.#post !== null) return this.#post
    const { makePost, listen, timeoutMs, log } = this.#options
    const post = (makePost as MakePost)(
      {
        listening: (address) => {
          this.#listening = address
          for (const lane of this.#lanes.values()) this.#announce(lane)
        },
        listenFailed: (reason) =>
          log(
            'warning',
            'distribution.liveness_listen_failed',
            `liveness cannot listen${listen === null ? '' : ` on ${listen.host}:${listen.port}`}: ${reason}. Nodes that connect to this one take it for dead when its thread is held for four ticks; see the option liveness.`,
          ),
        unreachable: (number, reason) => this.#unreachable(number, reason),
        failed: (reason, isFinal) => this.#failed(reason, isFinal),
      },
      timeoutMs,
    )
    this.#post = post
    if (listen !== null) post.listen({ host: postHost(listen.host), port: listen.port })
    return post
  }

  #announce(lane: Lane): void {
    if (this.#listening === null || lane.direction === 'out') return
    lane.announce?.({ host: '', port: this.#listening.port })
  }

  #unreachable(number: number, reason: string): void {
    for (const lane of this.#lanes.values()) {
      if (lane.number !== number) continue
      this.#options.log(
        'warning',
        'distribution.liveness_unreachable',
        `the liveness port of ${lane.peer} cannot be reached: ${printable(reason)}. Each of the two takes the other for dead when its thread is held for four ticks. Open the port (the option liveness.port fixes it), or switch it off with liveness: false.`,
        { about: lane.peer },
      )
    }
  }

  #failed(reason: string, isFinal: boolean): void {
    this.#listening = null
    this.#isHopeless = isFinal
    this.#options.log(
      isFinal ? 'error' : 'warning',
      'distribution.liveness_failed',
      isFinal
        ? `there is no liveness thread any more, since it cannot begin, or has died again and again: ${reason}. Nodes take each other for dead when a thread is held for four ticks. Where it cannot be had, switch it off with liveness: false.`
        : `the liveness thread has died, and is started again: ${reason}`,
      { about: 'thread' },
    )
  }

  #told(peer: string, health: 'alive' | 'suspect', vitals: Vitals): void {
    const { log, tell, suspected } = this.#options
    if (health === 'alive') {
      log('info', 'distribution.recovered', `${peer} is heard again`, { about: peer })
      return tell({ type: 'noderecovered', node: peer })
    }
    const lagMs = vitals.lagMs ?? 0
    suspected()
    log(
      'warning',
      'distribution.suspect',
      `${peer} is suspect: it gave no sign of life for ${vitals.silence} intervals, but its program lives and says that its thread has been held for ${lagMs} ms`,
      { about: peer, lagMs },
    )
    tell({ type: 'nodesuspect', node: peer, lagMs })
  }
}

/** Posts speak TCP; where nodes talk by Unix sockets, whose host may be a folder, they are on the same machine. */
function postHost(host: string): string {
  return host.startsWith('/') ? '127.0.0.1' : host
}

/** The reason may hold the name of a host, which the peer has said. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, ' ')
}

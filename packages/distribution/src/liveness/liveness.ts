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
  /** The interval at which this node has promised to tick, as long as it says nothing else. */
  readonly promisedMs: number
  /** The peer understands when it is told of another one. */
  readonly hearsPace: boolean
  /** Null: one of the two nodes has no post. */
  readonly key: Uint8Array | null
  readonly direction: 'in' | 'out'
  /** Which address was dialled. */
  readonly dialled: Address | null
  /** One of the two is an operator's tool. */
  readonly isHidden: boolean
}

/** Peers without a post that are remembered, so that each is told of once. */
const absentLimit = 1024

/** How often either side of a connection ticks. */
interface Pace {
  peerTickMs: number
  readonly promisedMs: number
  readonly hearsPace: boolean
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
  readonly #paces = new Map<Vitals, Pace>()
  readonly lag: OwnLag
  readonly #absentPeers = new Set<string>()
  #post: Post | null = null
  #listening: Address | null = null
  #isHopeless = false
  #count = 0
  #tickMs: number
  #beatMs: number

  constructor(options: LivenessOptions) {
    this.#options = options
    this.#tickMs = this.#beatMs = options.tickMs
    this.lag = new OwnLag(options.runtime, () => this.#post?.beat())
  }

  /** Whether this node offers lanes. */
  get isOn(): boolean {
    return this.#options.makePost !== null && !this.#isHopeless
  }

  /** The interval of beats: that of this node, or a shorter one that a peer was promised and cannot be told is over. */
  get beatMs(): number {
    return this.#beatMs
  }

  /** A connection came up. */
  watch(watched: Watched): Vitals {
    const { peer, peerTickMs, promisedMs, hearsPace, key } = watched
    const board = key === null || !this.isOn ? null : new Board()
    const pace: Pace = { peerTickMs, promisedMs, hearsPace }
    const pulse = new Pulse(...this.#limits(pace))
    const vitals: Vitals = new Vitals(pulse, board, (health) => this.#told(peer, health, vitals))
    this.#paces.set(vitals, pace)
    this.#rebeat()
    if (key !== null && board !== null)
      this.#open(vitals, { ...watched, key, board, number: ++this.#count, announce: null })
    else if (this.isOn && !watched.isHidden) this.#absent(peer)
    return vitals
  }

  /** Said once of each peer, as far as is remembered. */
  #absent(peer: string): void {
    if (this.#absentPeers.has(peer)) return
    if (this.#absentPeers.size >= absentLimit) this.#absentPeers.clear()
    this.#absentPeers.add(peer)
    this.#options.log(
      'info',
      'distribution.liveness_absent',
      `${peer} has no liveness thread: it is of an earlier version, or has switched it off. Each of the two takes the other for dead when its thread is held for four ticks.`,
      { about: peer },
    )
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

  /** Silence that a peer may keep, and silence with an excuse, in beats. */
  #limits({ peerTickMs }: Pace): [number, number] {
    const limit = silenceLimit(this.#tickMs, peerTickMs, this.#beatMs)
    return [limit, limit + Math.ceil(this.#options.busyLimitMs / this.#beatMs)]
  }

  #rebeat(): void {
    const promised = [...this.#paces.values()].filter(({ hearsPace }) => !hearsPace)
    const beatMs = Math.min(this.#tickMs, ...promised.map(({ promisedMs }) => promisedMs))
    if (beatMs === this.#beatMs) return
    this.#beatMs = beatMs
    for (const [vitals, pace] of this.#paces) vitals.retime(...this.#limits(pace))
  }

  /** The peer says how often it ticks from now on. */
  paced(vitals: Vitals, peerTickMs: number): void {
    const pace = this.#paces.get(vitals)
    if (pace === undefined) return
    pace.peerTickMs = peerTickMs
    vitals.retime(...this.#limits(pace))
    this.#retimeLane(vitals)
  }

  /** The connection is over. */
  unwatch(vitals: Vitals): void {
    if (this.#paces.delete(vitals)) this.#rebeat()
    const lane = this.#lanes.get(vitals)
    if (lane === undefined) return
    this.#lanes.delete(vitals)
    this.#post?.close(lane.number)
    if (this.#lanes.size === 0) this.lag.stop()
  }

  /** The tick interval of this node is another from now on, also for what stands. */
  retime(tickMs: number): void {
    this.#tickMs = tickMs
    this.#rebeat()
    for (const [vitals, pace] of this.#paces) vitals.retime(...this.#limits(pace))
    for (const vitals of this.#lanes.keys()) this.#retimeLane(vitals)
    if (this.lag.isStarted) this.lag.start(tickMs)
  }

  #retimeLane(vitals: Vitals): void {
    const lane = this.#lanes.get(vitals)
    if (lane !== undefined) this.#post?.retime(lane.number, this.#terms(vitals, lane, lane.key as Uint8Array))
  }

  stop(): void {
    this.lag.stop()
    this.#post?.stop()
    this.#post = null
  }

  #open(vitals: Vitals, lane: Lane & { readonly key: Uint8Array }): void {
    this.#lanes.set(vitals, lane)
    const post = this.#start()
    post.open(lane.number, this.#terms(vitals, lane, lane.key), lane.board)
    if (!this.lag.isStarted) this.lag.start(this.#tickMs)
  }

  #terms(vitals: Vitals, { peerTickMs: atFirstMs, direction }: Watched, key: Uint8Array): LaneTerms {
    const { peerTickMs = atFirstMs } = this.#paces.get(vitals) ?? {}
    const slowerMs = slowerTickMs(this.#tickMs, peerTickMs)
    return {
      key,
      role: direction === 'out' ? 'dialer' : 'acceptor',
      tickMs: Math.max(10, Math.floor(this.#tickMs / 2)),
      heldMs: slowerMs,
      silenceMs: 4 * slowerMs,
    }
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

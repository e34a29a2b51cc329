/**
 * Posts on a thread of their own: one liveness thread for all nodes of the thread that this runs on, from the first post
 * that is asked for anything to the last that is stopped.
 *
 * Should the thread die, a new one takes over what was listening and open, on other ports. It is given up after a few deaths
 * in a minute, and at once when it could not begin: its file is not there, say, or threads are forbidden.
 */
import { Worker } from 'node:worker_threads'
import { stackOf } from '@agner/core/kernel'
import type { Address } from '../network/network.ts'
import { Heartbeat, type Board } from './board.ts'
import type { News, Order, PostNews } from './orders.ts'
import type { LaneTerms, MakePost, Post, PostEvents } from './post.ts'

const restartsLimit = 5
const restartsMs = 60_000

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

class LivenessThread {
  readonly #posts = new Map<number, ThreadPost>()
  #worker: Worker | null = null
  #count = 0
  #deathsMs: number[] = []

  /** Gives out its number. */
  add(post: ThreadPost): number {
    this.#posts.set(++this.#count, post)
    return this.#count
  }

  remove(number: number): void {
    this.#posts.delete(number)
    if (this.#posts.size > 0 || this.#worker === null) return
    const worker = this.#worker
    this.#worker = null
    void worker.terminate()
  }

  order(order: Order): void {
    try {
      this.#worker ??= this.#start()
    } catch (error) {
      return this.#tell(stackOf(error), true)
    }
    this.#worker.postMessage(order)
  }

  #start(): Worker {
    // Built, it is a file of its own beside the others; nothing of the program's own flags is meant for it.
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './liveness-worker.js'
    const worker = new Worker(new URL(file, import.meta.url), {
      name: 'agner liveness',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    })
    let cause = 'it ended'
    let isReady = false
    worker.on('message', (news: News) => {
      if (news.news === 'ready') isReady = true
      else this.#posts.get(news.post)?.told(news)
    })
    worker.on('error', (error) => (cause = stackOf(error)))
    worker.on('exit', () => this.#died(worker, cause, isReady))
    worker.unref()
    return worker
  }

  #died(worker: Worker, cause: string, wasReady: boolean): void {
    if (this.#worker !== worker) return
    this.#worker = null
    const now = nowMs()
    this.#deathsMs = [...this.#deathsMs.filter((atMs) => now - atMs < restartsMs), now]
    this.#tell(cause, !wasReady || this.#deathsMs.length > restartsLimit)
  }

  #tell(cause: string, isFinal: boolean): void {
    for (const post of [...this.#posts.values()]) post.died(cause, isFinal)
  }

  /** For tests: the thread dies. */
  get worker(): Worker | null {
    return this.#worker
  }
}

export const livenessThread: LivenessThread = new LivenessThread()

interface OpenLane {
  terms: LaneTerms
  readonly board: Board
  address: Address | null
}

/** A post on the liveness thread. */
export class ThreadPost implements Post {
  readonly #events: PostEvents
  readonly #timeoutMs: number
  readonly #heartbeat = new Heartbeat()
  readonly #number: number
  readonly #lanes = new Map<number, OpenLane>()
  #listenAt: Address | null = null
  #isMade = false
  #isOver = false

  constructor(events: PostEvents, timeoutMs: number) {
    this.#events = events
    this.#timeoutMs = timeoutMs
    this.#number = livenessThread.add(this)
    this.beat()
  }

  beat(): void {
    this.#heartbeat.beat(nowMs())
  }

  listen(address: Address): void {
    this.#listenAt = address
    this.#order({ do: 'listen', post: this.#number, address })
  }

  open(lane: number, terms: LaneTerms, board: Board): void {
    this.#lanes.set(lane, { terms, board, address: null })
    this.#order({ do: 'open', post: this.#number, lane, terms, board: board.buffer })
  }

  dial(lane: number, address: Address): void {
    const open = this.#lanes.get(lane)
    if (open === undefined) return
    open.address = address
    this.#order({ do: 'dial', post: this.#number, lane, address })
  }

  retime(lane: number, terms: LaneTerms): void {
    const open = this.#lanes.get(lane)
    if (open === undefined) return
    open.terms = terms
    this.#order({ do: 'retime', post: this.#number, lane, terms })
  }

  close(lane: number): void {
    if (this.#lanes.delete(lane)) this.#order({ do: 'close', post: this.#number, lane })
  }

  stop(): void {
    if (this.#isOver) return
    if (this.#isMade) this.#order({ do: 'stop', post: this.#number })
    this.#isOver = true
    livenessThread.remove(this.#number)
  }

  told(news: PostNews): void {
    if (this.#isOver) return
    if (news.news === 'listening') this.#events.listening(news.address)
    else if (news.news === 'listenFailed') this.#events.listenFailed(news.reason)
    else this.#events.unreachable(news.lane, news.reason)
  }

  /** The thread is dead; all that it had is made again on the next. */
  died(cause: string, isFinal: boolean): void {
    for (const { board } of this.#lanes.values()) board.isUp = false
    this.#isMade = false
    this.#events.failed(cause, isFinal)
    if (isFinal) return this.stop()
    if (this.#listenAt !== null) this.listen(this.#listenAt)
    for (const [lane, { terms, board, address }] of [...this.#lanes]) {
      this.open(lane, terms, board)
      if (address !== null) this.dial(lane, address)
    }
  }

  #order(order: Order): void {
    if (this.#isOver) return
    if (!this.#isMade) {
      this.#isMade = true
      const { buffer } = this.#heartbeat
      livenessThread.order({ do: 'make', post: this.#number, heartbeat: buffer, timeoutMs: this.#timeoutMs })
    }
    // It may have failed just now.
    if (this.#isMade) livenessThread.order(order)
  }
}

export const makeThreadPost: MakePost = (events, timeoutMs) => new ThreadPost(events, timeoutMs)

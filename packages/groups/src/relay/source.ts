/**
 * One destination of this node's processes: what waits for it, and the circuit that carries it.
 *
 *     submitted ──► queue ──► under way ──► credit
 *     └──── held: bounded by queue… ───┘└── bounded by window… ──┘
 *
 * Read by those who send, to know at once whether there is room; written by the relay's process, but for what it is handed.
 */
import type { AnyPid, Ref, Request } from '@agner/core'
import { isName, type Target } from './address.ts'
import type { RelayLimits } from './limits.ts'

export interface Queued {
  readonly bytes: number
  readonly message: unknown
  /** Of a request: who asked. */
  readonly request: Request<unknown, unknown> | null
  readonly timeoutMs: number
}

/** One attempt to get there, and what came of it. */
export interface Circuit {
  readonly id: string
  readonly epoch: number
  /** Null once another one has taken its place: it stands for those who watch, and for answers. */
  source: Source | null
  /** The first node on the way. */
  readonly first: string
  isOpen: boolean
  /** From this node to the end; empty until it is open. */
  way: readonly string[]
  windowMessages: number
  windowBytes: number
  flightMessages: number
  flightBytes: number
  seq: number
  readonly asks: Map<number, Request<unknown, unknown>>
  /** Their end is what those see who monitor the process that it ends at. Those of the last ones are the source's. */
  readonly watchers: AnyPid[]
  /** Once the name has moved, and until all that was under way is delivered or back: what came back. */
  returned: Queued[] | null
  /** Fires when the first node takes too long to answer. */
  timer: Ref | null
}

export function newCircuit(made: Pick<Circuit, 'id' | 'epoch' | 'source' | 'first' | 'timer'>): Circuit {
  return {
    ...made,
    isOpen: false,
    way: [],
    windowMessages: 0,
    windowBytes: 0,
    flightMessages: 0,
    flightBytes: 0,
    seq: 0,
    asks: new Map(),
    watchers: [],
    returned: null,
  }
}

export class Source {
  readonly key: string
  readonly to: Target
  readonly queue: Queued[] = []
  /** What was handed over and is not under way. */
  heldMessages = 0
  heldBytes = 0
  /** Requests without an answer. */
  openRequests = 0
  circuit: Circuit | null = null
  /** Whoever monitors the target monitors this; made when first asked for. */
  watcher: AnyPid | null = null
  /** That watcher is newer than what is known of whom the name stands for. */
  isConfirming = false
  /** First nodes that have refused. */
  readonly tried: Set<string> = new Set()
  /** Until when a way is looked for; null: none is. */
  deadlineMs: number | null = null
  wasFull = false
  /** Nobody has been found who knows a way: whoever was asked last has said so, or there was nobody to ask. */
  isWithoutWay = false
  usedMs: number
  #roomWaiters: (() => void)[] = []
  #refusedBytes = 0
  #refusedRequest = false

  constructor(key: string, to: Target, nowMs: number) {
    this.key = key
    this.to = to
    this.usedMs = nowMs
  }

  hasRoom(limits: RelayLimits, bytes: number, isRequest: boolean): boolean {
    if (isRequest && this.#isAskedOut(limits)) return false
    if (this.heldMessages === 0) return true
    return this.heldMessages < limits.queueMessages && this.heldBytes + bytes <= limits.queueBytes
  }

  /** As many requests as may be are without an answer, but for those that nobody waits for any more. */
  #isAskedOut({ requests }: RelayLimits): boolean {
    if (this.openRequests >= requests && this.circuit?.returned === null) this.dropAbandoned(this.circuit)
    return this.openRequests >= requests
  }

  /** Who asked has died, or has not waited longer: the answer may never come. */
  dropAbandoned({ asks }: Circuit): void {
    for (const [ask, request] of asks) {
      if (request.isPending) continue
      asks.delete(ask)
      this.openRequests--
    }
    const waiting = this.queue.splice(0)
    for (const queued of waiting) {
      if (queued.request === null || queued.request.isPending) this.queue.push(queued)
      else {
        this.release(queued.bytes)
        this.openRequests--
      }
    }
  }

  hold(bytes: number): void {
    this.heldMessages++
    this.heldBytes += bytes
  }

  release(bytes: number): void {
    this.heldMessages--
    this.heldBytes -= bytes
  }

  /** What was refused for want of room: whoever awaits room now awaits room for that. */
  refused(bytes: number, isRequest: boolean): void {
    this.#refusedBytes = Math.max(this.#refusedBytes, bytes)
    this.#refusedRequest ||= isRequest
  }

  /** Resolves once half of what may be held is free, and what was refused would be taken. */
  room(limits: RelayLimits): Promise<void> {
    if (this.#isRoomy(limits)) return Promise.resolve()
    return new Promise((resolve) => this.#roomWaiters.push(resolve))
  }

  tellRoom(limits: RelayLimits): void {
    if (this.#roomWaiters.length > 0 && this.#isRoomy(limits)) this.end()
  }

  /** Nobody looks after it any more, or there is room: whoever waits for that tries anew. */
  end(): void {
    const waiters = this.#roomWaiters
    this.#roomWaiters = []
    this.#refusedBytes = 0
    this.#refusedRequest = false
    for (const resolve of waiters) resolve()
  }

  #isRoomy(limits: RelayLimits): boolean {
    const isHalfFree = this.heldMessages <= limits.queueMessages / 2 && this.heldBytes <= limits.queueBytes / 2
    return isHalfFree && this.hasRoom(limits, this.#refusedBytes, this.#refusedRequest)
  }

  /** For one more who monitors. Of a name that was looked up long ago, it is asked whom it stands for now: those who monitored before stay with that process. */
  watch(spawn: () => AnyPid): AnyPid {
    const { circuit } = this
    if (isName(this.to) && circuit?.isOpen === true && !this.isConfirming && circuit.returned === null) {
      this.isConfirming = true
      this.bindWatcher(circuit)
    }
    this.watcher ??= spawn()
    return this.watcher
  }

  bindWatcher({ watchers }: Circuit): void {
    if (this.watcher !== null) watchers.push(this.watcher)
    this.watcher = null
  }

  /** Whether the next one that waits may be under way. One that is larger than the window goes alone. */
  mayGo(): boolean {
    const { circuit, queue } = this
    if (circuit === null || !circuit.isOpen || circuit.returned !== null || queue.length === 0) return false
    if (circuit.flightMessages === 0) return true
    return (
      circuit.flightMessages < circuit.windowMessages && circuit.flightBytes + queue[0]!.bytes <= circuit.windowBytes
    )
  }
}

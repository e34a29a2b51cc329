/**
 * Calls that a gate has passed on, and that the process has not answered.
 *
 *     passed on ──┬─► answered, or the process ended
 *                 └─► its client gave it up, ended or was lost, or its time is over: forgotten, and a late answer reaches nobody
 *
 * So a process that does not answer costs the others of its node a place for as long as somebody waits for it, and no longer. Nobody tells the gate that a
 * client gave up, so it looks through all of them: every second, and at once when there is no place left, though not at every call.
 */
import { abandonRequest, answer, sendRequest, type Address, type From, type RequestId } from '@agner/behaviours'
import type { AnyProcess, Ref } from '@agner/core'
import { isAwaited } from './awaited.ts'
import type { GateAnswer } from './gate.api.ts'

const lookMs = 1000
const lookWhenFullMs = 50

/** Whatever the process understands. */
export interface AnyApi {
  calls: { any(payload: unknown): unknown }
  casts: { any(payload: unknown): void }
}

interface PassedOn {
  readonly request: RequestId<unknown>
  readonly from: From<GateAnswer>
  readonly untilMs: number
}

export class UnderWay {
  readonly #self: AnyProcess
  readonly #limit: number
  readonly #calls = new Map<Ref, PassedOn>()
  #timer: Ref | null = null
  #lookedMs = -Infinity
  #forgotten = 0

  constructor(self: AnyProcess, limit: number) {
    this.#self = self
    this.#limit = limit
  }

  get size(): number {
    return this.#calls.size
  }

  /** How many had no answer when nobody waited any more. */
  get forgotten(): number {
    return this.#forgotten
  }

  hasPlace(): boolean {
    if (this.#calls.size >= this.#limit && this.#nowMs - this.#lookedMs >= lookWhenFullMs) this.#look()
    return this.#calls.size < this.#limit
  }

  /** @param leftMs how long its client waits; one of an older version does not say. */
  passOn(to: Address<AnyApi>, name: string, arg: unknown, from: From<GateAnswer>, leftMs: number = Infinity): void {
    const request = sendRequest(this.#self, to, name as 'any', arg)
    this.#calls.set(request.ref, { request, from, untilMs: this.#nowMs + leftMs })
    this.#timer ??= this.#self.startTimer(lookMs, 'look')
  }

  /** Who waits for that response, if it is one of these. */
  take(ref: Ref): From<GateAnswer> | undefined {
    const call = this.#calls.get(ref)
    this.#calls.delete(ref)
    return call?.from
  }

  due(ref: Ref): void {
    if (ref !== this.#timer) return
    this.#look()
    this.#timer = this.#calls.size === 0 ? null : this.#self.startTimer(lookMs, 'look')
  }

  #look(): void {
    this.#lookedMs = this.#nowMs
    for (const [ref, { request, from, untilMs }] of this.#calls) {
      if (isAwaited(from) && this.#lookedMs < untilMs) continue
      this.#calls.delete(ref)
      this.#forgotten++
      abandonRequest(this.#self, request)
      // It may wait still, if it was held: whatever comes of the call now, it is not told.
      answer(from, { type: 'lost', last: 'it was not answered in time' })
    }
  }

  get #nowMs(): number {
    return this.#self.node.monotonicTimeMs()
  }
}

/**
 * One trace: what it wants to know, how much of it, and who is told.
 *
 *     kernel ── tell ──► Tracing ──(whose traces?)──► trace ── wanted? where? limit? ──► process, function or stream
 *
 * A trace ends once, and says so with its last event. What it calls (`where`, `to`) may throw: the trace ends by that, with a report, and whom it is told
 * of does not notice.
 */
import type { ProcessRecord } from '../kernel/process-record.ts'
import { Request } from '../kernel/request.ts'
import { show } from '../values/show.ts'
import { EventStream } from './event-stream.ts'
import type { TraceEnd, TraceEndReason, TraceEvent, TraceEventType, UsualTraceEventType } from './events.ts'
import { Allowance } from './limit.ts'
import type { TraceSettings } from './options.ts'
import { FunctionOutlet, ProcessOutlet, type Outlet } from './outlet.ts'
import type { Tracing } from './tracing.ts'

/** A trace that is on until its limit is reached, {@link Trace.stop} is called, or something else ends it (see `TraceEndReason`). */
export interface Trace extends Disposable {
  readonly isOn: boolean
  /** How many events were told so far. */
  readonly told: number
  /** How many processes it looks at now. */
  readonly processCount: number
  /** Ends it; the last event is told before this returns. Stopping twice is harmless. */
  stop(): void
}

/** A trace without `to`: `for await (const event of trace)`. To leave the loop stops it. */
export interface TraceStream<Type extends TraceEventType = UsualTraceEventType>
  extends Trace, AsyncIterable<TraceEvent<Type> | TraceEnd> {}

type Told = TraceEvent | TraceEnd

export class RunningTrace implements TraceStream<TraceEventType> {
  readonly settings: TraceSettings
  readonly outlet: Outlet<Told>
  readonly #tracing: Tracing
  readonly #allowance: Allowance
  #isOn = true
  #told = 0

  constructor(tracing: Tracing, settings: TraceSettings) {
    const { to } = settings
    this.settings = settings
    this.#tracing = tracing
    this.#allowance = new Allowance(settings.limit)
    if (to === null) this.outlet = new EventStream(() => this.stop())
    else if (typeof to === 'function') this.outlet = new FunctionOutlet(to, (error) => this.fail('to', error))
    else this.outlet = new ProcessOutlet(to)
  }

  get isOn(): boolean {
    return this.#isOn
  }

  get told(): number {
    return this.#told
  }

  get processCount(): number {
    return this.#tracing.countOf(this)
  }

  stop(): void {
    this.end('stopped')
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  [Symbol.asyncIterator](): AsyncIterator<Told, undefined> {
    return this.outlet as EventStream<Told>
  }

  /** Tells of something, if it is wanted. `details` are not copied yet. */
  offer({ pid, kernel }: ProcessRecord, type: TraceEventType, details: object): void {
    const { wants, where } = this.settings
    if (!this.#isOn || !wants.has(type)) return
    const atMs = kernel.runtime.nowMs()
    const common = { type, process: pid, atMs, index: this.#told + 1 }
    const event = { ...common, ...shown(details) } as unknown as TraceEvent
    if (where !== null && !this.#passes(where, event)) return
    if (!this.#allowance.take(atMs)) return this.end('limit')
    this.#told++
    try {
      const refusal = this.outlet.tell(event)
      if (refusal !== null) {
        this.#told--
        this.end(refusal)
      } else if (this.#allowance.isSpent) this.end('limit')
    } catch (error) {
      this.fail('to', error)
    }
  }

  #passes(where: (event: TraceEvent) => unknown, event: TraceEvent): boolean {
    try {
      return where(event) === true
    } catch (error) {
      this.fail('where', error)
      return false
    }
  }

  /** What the one who traces gave has failed. */
  fail(option: 'where' | 'to' | 'processes', error: unknown): void {
    if (!this.#isOn) return
    this.#tracing.kernel.report({
      type: 'notice',
      level: 'warning',
      source: 'trace',
      text: `A trace was ended, since what it was given as "${option}" failed: ${String(show(error))}`,
      details: { option, error: show(error) },
    })
    this.#end('failed', option !== 'to')
  }

  end(why: TraceEndReason): void {
    if (this.#isOn) this.#end(why, true)
  }

  #end(why: TraceEndReason, isTold: boolean): void {
    this.#isOn = false
    const tracing = this.#tracing
    const end: TraceEnd = { type: 'end', why, told: this.#told, atMs: tracing.kernel.runtime.nowMs() }
    tracing.quietly(() => {
      tracing.remove(this)
      try {
        if (isTold) this.outlet.tellLast(end)
      } catch {
        // It is over in any case.
      }
    })
  }
}

/** Copies, part by part: one that cannot be copied does not hide the others. */
function shown(details: object): Record<string, unknown> {
  return mapParts(details, showPart)
}

function showPart(part: unknown): unknown {
  if (part instanceof Request) return { type: 'request', id: part.id, from: part.from, payload: show(part.payload) }
  const copied = show(part)
  // A message of a port, say, has the port in it.
  return typeof copied === 'string' && isPlain(part) ? mapParts(part, show) : copied
}

function mapParts(whole: object, map: (part: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(whole).map(([key, part]) => [key, map(part)]))
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

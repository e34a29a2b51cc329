/**
 * Trace contexts: which request of the outside world the present work belongs to (W3C Trace Context; seq_trace's token).
 *
 *     self.traceContext = { traceId, spanId, flags: 1 }
 *     what it sends, asks and spawns from then on carries it ──► who receives that has it, until the next message
 */
import { coreError } from './errors.ts'
import { describeValue } from './values/describe.ts'

/** As in the header `traceparent`: `00-<traceId>-<spanId>-<flags>`. */
export interface TraceContext {
  /** 16 bytes in lower-case hex, not all zero. */
  readonly traceId: string
  /** 8 bytes in lower-case hex, not all zero. */
  readonly spanId: string
  /** 0 to 255; 1: sampled. */
  readonly flags: number
}

/** When a message was sent, by the hybrid logical clock of the node that it came from. */
export interface ClockStamp {
  readonly ms: number
  readonly counter: number
}

/** What comes along with a message, besides what it says. */
export interface MessageContext {
  readonly trace: TraceContext | null
  readonly clock: ClockStamp | null
}

/** A frozen copy. @throws `trace_context.bad` */
export function toTraceContext(value: unknown): TraceContext {
  const { traceId, spanId, flags } = (typeof value === 'object' && value !== null ? value : {}) as Partial<TraceContext>
  if (!isId(traceId, /^[\da-f]{32}$/) || !isId(spanId, /^[\da-f]{16}$/) || !isByte(flags))
    throw coreError('trace_context.bad', { value: describeValue(value) })
  return Object.freeze({ traceId, spanId, flags })
}

function isId(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value) && !/^0+$/.test(value)
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
}

/**
 * The seam for behaviours: how they tell of the callbacks that they call.
 *
 *     const step = isTraced(self) ? traceCall(self, what, () => callback(…)) : callback(…)
 *
 * Nobody looks: one test of a bit. Else `call` is told before, `returnFrom` or `exceptionFrom` after, when a promise has settled, too.
 */
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { AnyProcess } from '../process/process.ts'

/** A callback, as traces name it. */
export interface TracedCall {
  readonly module: string
  readonly callback: string
  readonly argument: unknown
  /** What is told of a result, or of what was thrown; default: a copy of it. For steps and other instances of classes, which cannot be copied. */
  readonly describe?: (result: unknown, isThrown: boolean) => unknown
}

/** Whether a trace looks at this process. */
export function isTraced(self: AnyProcess): boolean {
  return (self as unknown as ProcessRecord).traced
}

/** Runs a callback, and tells of it. Gives what it gives; a promise settles as its own did. */
export function traceCall<R>(self: AnyProcess, call: TracedCall, run: () => R): R {
  const record = self as unknown as ProcessRecord
  const { kernel } = record
  const { module, callback, argument, describe = (result) => result } = call
  kernel.tracing?.tell(record, 'call', { module, callback, argument })
  const startMs = kernel.runtime.nowMs()
  const durationMs = (): number => kernel.runtime.nowMs() - startMs
  const returned = (result: unknown): void =>
    kernel.tracing?.tell(record, 'returnFrom', {
      module,
      callback,
      result: describe(result, false),
      durationMs: durationMs(),
    })
  const threw = (error: unknown): void =>
    kernel.tracing?.tell(record, 'exceptionFrom', {
      module,
      callback,
      error: describe(error, true),
      durationMs: durationMs(),
    })
  let result: R
  try {
    result = run()
  } catch (error) {
    threw(error)
    throw error
  }
  if (result instanceof Promise) void result.then(returned, threw)
  else returned(result)
  return result
}

/**
 * Rejections of a process's own operations.
 *
 * One that nobody awaits at the moment it comes would count as unhandled and end the whole OS process, with every other process in it. A process
 * may start two calls and await them one after the other: what fails is seen when it is awaited, and by nobody if it never is.
 */
import type { ProcessRecord } from './process-record.ts'
import { WakeSignal } from './signal.ts'

/** Whoever awaits it sees the rejection; that nobody does is no matter. */
export function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore)
  return promise
}

/**
 * An operation of a process that fails before it has begun: at once, but only so often. A body that loops on its errors takes turns like one that
 * receives; else no timer and no socket would be served any more.
 */
export function refusedTo(record: ProcessRecord, error: unknown): Promise<never> {
  const { kernel, body } = record
  if (!record.suspended && kernel.scheduler.mayGoOn(record)) return refused(error)
  return heard(
    new Promise((_resolve, reject) => kernel.push(record, new WakeSignal(() => reject(error as Error), body.era))),
  )
}

/** An operation that fails before it has begun, of whoever it is. */
export function refused(error: unknown): Promise<never> {
  return heard(Promise.reject(error as Error))
}

function ignore(): void {}

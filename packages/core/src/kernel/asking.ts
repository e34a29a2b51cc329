/**
 * The seam for behaviours: requests and messages in envelopes of their own, of which only what a user put in is copied.
 *
 *     requestOwn, sendOwn   the envelope is made for this one and handed over
 *     requestOpened         of the answer something is made for who asked, without a promise of its own
 *     requestEnd            the end of the server is the answer: no error is made of it, which would cost more than all else
 */
import { describeReason, type ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import { ask, requestCopied, sendCopied, withNode } from '../process/operations.ts'
import type { AnyProcess, ProcessAddress } from '../process/process.ts'
import { copy } from '../values/copy.ts'
import type { ProcessRecord } from './process-record.ts'
import { afterDeath } from './async-body.ts'
import { heard } from './heard.ts'
import { Request } from './request.ts'
import type { NameAddress } from './router.ts'

/** As `self.request`; the payload shares nothing with anybody. */
export function requestOwn(
  self: AnyProcess,
  to: ProcessAddress,
  payload: unknown,
  timeoutMs: number,
): Promise<unknown> {
  const record = self as unknown as ProcessRecord
  if (!record.lives || !(timeoutMs >= 0)) return self.request(to, payload, { timeoutMs })
  return requestCopied(record, withNode(record.kernel, to), payload, timeoutMs)
}

/**
 * As {@link requestOwn}; resolves with what `open` makes of the answer, or rejects with what it throws.
 *
 * @param open runs in the turn of who asked, before any of its code; so does `failed`, when there is no answer.
 */
export function requestOpened<T>(
  self: AnyProcess,
  to: ProcessAddress,
  payload: unknown,
  timeoutMs: number,
  open: (answer: unknown) => T,
  failed: (() => void) | null = null,
): Promise<T> {
  const record = self as unknown as ProcessRecord
  const { kernel } = record
  const target = withNode(kernel, to)
  if (!record.lives) return afterDeath()
  const made = new Request(record.pid, payload, ++kernel.requestIds, target, record, kernel)
  const promise = ask(record, made, target, timeoutMs) as Promise<T>
  const { resolve, reject } = made
  // It calls itself: nothing was sent.
  if (resolve === null || reject === null) {
    failed?.()
    return promise
  }
  const fail = (error: Error): void => {
    failed?.()
    reject(error)
  }
  made.reject = fail
  made.resolve = (answer: unknown) => {
    try {
      resolve(open(answer) as never)
    } catch (error) {
      void heard(promise)
      reject(error as Error)
    }
  }
  return promise
}

/** As `self.send`, to a pid or a name on a node; the message shares nothing with anybody. */
export function sendOwn(self: AnyProcess, to: AnyPid | NameAddress, message: unknown): void {
  const record = self as unknown as ProcessRecord
  if (record.isUnseen) sendCopied(record.kernel, record.pid, to, message, false)
  else self.send(to as never, message as never)
}

interface End {
  readonly reason: ExitReason
}

class EndRequest extends Request<End> {
  protected override failed(): void {
    const { value } = this.outcome
    const isEnd = this.refusal === null && value !== 'noproc' && value !== 'noconnection'
    if (isEnd && describeReason(value as ExitReason) === describeReason(this.payload.reason))
      this.resolve!(undefined as never)
    else super.failed()
  }
}

/** Asks a process to end with a reason, and resolves when it has, with that. Rejects as `self.request` for all else. */
export function requestEnd(self: AnyProcess, to: ProcessAddress, payload: End, timeoutMs: number): Promise<unknown> {
  const record = self as unknown as ProcessRecord
  if (!record.lives || !(timeoutMs >= 0)) return self.request(to, payload, { timeoutMs })
  const { kernel } = record
  const target = withNode(kernel, to)
  return ask(
    record,
    new EndRequest(record.pid, copy(payload), ++kernel.requestIds, target, record, kernel),
    target,
    timeoutMs,
  )
}

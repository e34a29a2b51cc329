/**
 * The seam for behaviours: requests and messages in envelopes of their own, of which only what a user put in is copied.
 *
 *     requestOwn, sendOwn   the envelope is made for this one and handed over
 *     requestEnd            the end of the server is the answer: no error is made of it, which would cost more than all else
 */
import { describeReason, type ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import { ask, requestCopied, sendCopied, withNode } from '../process/operations.ts'
import type { AnyProcess, ProcessAddress } from '../process/process.ts'
import { copy } from '../values/copy.ts'
import type { ProcessRecord } from './process-record.ts'
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

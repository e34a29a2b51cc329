/**
 * Requests whose answers are waited for later, or not at all (gen_server:send_request).
 *
 *     const price = sendRequest(self, shop, 'price', 'tea')        goes on at once
 *     const stock = sendRequest(self, store, 'count', 'tea')
 *     … await waitResponse(self, price) … await waitResponse(self, stock) …
 *
 * An answer that comes while nobody waits for it is a message of type `response` in the mailbox: an async body that
 * receives it, or the `info` handler of a server, looks at it with `checkResponse`.
 */
import type { AnyProcess, Ref } from '@agner/core'
import { inquire, type Inquiry } from '@agner/core/kernel'
import type { CallName, Calls, PayloadThen, Result } from '../api.ts'
import { addressOf, owns } from '../client.ts'
import type { CallEnvelope } from '../envelope.ts'
import type { Target } from '../protocol.ts'

/** A request on its way, whose answer is an `R`. It means something to the process that sent it, and is no message. */
export class RequestId<out R> {
  /** Exists in the types only. */
  declare readonly '~answer'?: R
  /** That of its `response` message. */
  readonly ref: Ref
  /** @internal */
  readonly inquiry: Inquiry

  /** @internal */
  constructor(inquiry: Inquiry) {
    this.ref = inquiry.ref
    this.inquiry = inquiry
  }
}

/**
 * Asks a server, and goes on at once. The answer is had by `waitResponse`, `receiveResponse` or `checkResponse`; so is
 * the news that nobody is there or that the server has ended, which is a response and never thrown. It has no timeout
 * of its own.
 *
 * For processes; code outside any has the promise of `call`.
 *
 * @throws `copy.unsendable`, `copy.too_deep`
 */
export function sendRequest<Api, Name extends CallName<Api>>(
  self: AnyProcess,
  to: Target<Api>,
  name: Name,
  ...[arg]: PayloadThen<Calls<Api>[Name], never>
): RequestId<Result<Calls<Api>[Name]>> {
  const payload: CallEnvelope = { call: name, arg }
  return new RequestId(inquire(self, addressOf(self, to), payload, owns(payload)))
}

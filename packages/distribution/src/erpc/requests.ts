/**
 * Calls of functions whose answers are waited for later, one by one or several together (erpc:send_request/6).
 */
import type { AnyProcess, Ref } from '@agner/core'
import { inquire, Inquiries, type Inquiry } from '@agner/core/kernel'
import type { ArgumentThen, FunctionName, Result } from './api.ts'
import { begin } from './client.ts'
import type { Functions } from './functions.ts'
import { addressOn, order } from './order.ts'
import type { Asked } from './outcome.ts'

/** A call on its way, whose function gives an `R`. It means something to the process that made it, and is no message. */
export class RequestId<R> {
  /** Exists in the types only. */
  declare readonly '~answer'?: R
  /** That of its `response` message. */
  readonly ref: Ref
  /** @internal */
  readonly inquiry: Inquiry
  /** @internal */
  readonly asked: Asked

  /** @internal */
  constructor(inquiry: Inquiry, asked: Asked) {
    this.ref = inquiry.ref
    this.inquiry = inquiry
    this.asked = asked
  }
}

/**
 * Runs a function on a node, and goes on at once. What came of it is had by `waitResponse`, `receiveResponse` or
 * `checkResponse`; that it failed is a response, too, and never thrown. It has no timeout of its own.
 *
 * @throws `copy.unsendable`, `copy.too_deep`, `erpc.bad_argument`
 */
export function sendRequest<Api, Name extends FunctionName<Api>>(
  self: AnyProcess,
  node: string,
  api: Functions<Api>,
  name: Name,
  ...[argument]: ArgumentThen<Api[Name], never>
): RequestId<Result<Api[Name]>> {
  begin(self, node, name)
  const asked: Asked = { node, module: api.module, name, timeoutMs: Infinity }
  return new RequestId(inquire(self, addressOn(node), order(self, api, name, argument)), asked)
}

interface Labelled<R, Label> {
  readonly request: RequestId<R>
  readonly label: Label
}

/** Many requests of one process, each with a label, of which any may be answered next (erpc:reqids_new). */
export class RequestIds<R, Label = string> {
  /** @internal */
  readonly inquiries: Inquiries = new Inquiries()
  readonly #labels = new Map<Ref, Labelled<R, Label>>()

  /** How many there are (reqids_size). */
  get size(): number {
    return this.#labels.size
  }

  /** Adds a request (reqids_add); one that is in it already gets another label. Returns the collection. */
  add(request: RequestId<R>, label: Label): this {
    this.inquiries.add(request.inquiry)
    this.#labels.set(request.ref, { request, label })
    return this
  }

  /** Takes a request out, whatever becomes of it. Returns whether it was there. */
  delete(request: RequestId<R>): boolean {
    return this.inquiries.delete(request.ref) && this.#labels.delete(request.ref)
  }

  /** All of them with their labels, in the order of adding (reqids_to_list). */
  toList(): { readonly request: RequestId<R>; readonly label: Label }[] {
    return [...this.#labels.values()]
  }

  /** @internal */
  find(ref: Ref): Labelled<R, Label> | undefined {
    return this.#labels.get(ref)
  }

  /** @internal */
  clear(): void {
    this.inquiries.clear()
    this.#labels.clear()
  }
}

/** An empty collection (erpc:reqids_new). */
export function requestIds<R, Label = string>(): RequestIds<R, Label> {
  return new RequestIds()
}

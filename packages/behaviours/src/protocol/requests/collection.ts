/**
 * Many requests, each with a label, of which any may be answered next (gen_server:reqids_new).
 *
 * A collection belongs to the process that sent the requests. Adding, finding and taking out cost the same however many
 * there are.
 */
import type { Ref } from '@agner/core'
import { Inquiries } from '@agner/core/kernel'
import type { RequestId } from './request-id.ts'

export class RequestIds<in out R, in out Label = string> {
  /** @internal */
  readonly inquiries: Inquiries = new Inquiries()
  readonly #labels = new Map<Ref, { readonly request: RequestId<R>; readonly label: Label }>()

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
  labelOf(ref: Ref): { readonly request: RequestId<R>; readonly label: Label } | undefined {
    return this.#labels.get(ref)
  }

  /** @internal */
  clear(): void {
    this.inquiries.clear()
    this.#labels.clear()
  }
}

/** An empty collection (gen_server:reqids_new). */
export function requestIds<R, Label = string>(): RequestIds<R, Label> {
  return new RequestIds()
}

/**
 * Inquiries of one process, of which any may be answered next.
 *
 * Adding, finding and taking out cost the same however many there are; so does the question whether one is still due, taken
 * over all that ask: who is no longer due never is again, so each is looked at once.
 */
import type { Ref } from '../identity/ref.ts'

import type { Inquiry, InquirySet } from './inquiry.ts'
import type { ProcessRecord } from './process-record.ts'

export class Inquiries implements InquirySet {
  readonly #inquiries = new Map<Ref, Inquiry>()
  /** Looks at those that were not looked at yet. Null when it has come to the end. */
  #unseen: Iterator<Inquiry> | null = null
  /** One that was due. */
  #due: Inquiry | null = null
  /** The process that they are of. */
  caller: ProcessRecord | null = null
  since = 0

  get size(): number {
    return this.#inquiries.size
  }

  add(inquiry: Inquiry): void {
    const { mark } = inquiry.ref
    this.since = this.size === 0 ? mark : Math.min(this.since, mark)
    this.caller = inquiry.caller
    this.#inquiries.set(inquiry.ref, inquiry)
    this.#unseen ??= this.#inquiries.values()
  }

  delete(ref: Ref): boolean {
    return this.#inquiries.delete(ref)
  }

  clear(): void {
    this.#inquiries.clear()
  }

  find(ref: Ref): Inquiry | undefined {
    return this.#inquiries.get(ref)
  }

  values(): Iterable<Inquiry> {
    return this.#inquiries.values()
  }

  get mayHaveArrived(): boolean {
    return true
  }

  get isDue(): boolean {
    while (this.#due === null || !this.#due.isDue || !this.#inquiries.has(this.#due.ref)) {
      const next = this.#unseen?.next()
      if (next === undefined || next.done === true) {
        this.#unseen = null
        return false
      }
      this.#due = next.value
    }
    return true
  }
}

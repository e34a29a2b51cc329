/**
 * Wrong requests, and wrong collections of them.
 */
import { RequestIds } from '../../../packages/behaviours/src/protocol/requests/collection.ts'
import { timedOut } from '../../../packages/core/src/index.ts'
import type { Ref } from '../../../packages/core/src/identity/ref.ts'
import { Inquiries } from '../../../packages/core/src/kernel/inquiries.ts'
import { Inquiry, Wait } from '../../../packages/core/src/kernel/inquiry.ts'
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { Peers } from '../../../packages/core/src/kernel/peers.ts'
import { patch, type Fault } from './patch.ts'

export const requestFaults = {
  'request.unawaited_is_lost': patch(
    Inquiry.prototype,
    'handle',
    (handle) =>
      function (this: Inquiry, receiver) {
        if (receiver === this.caller && !this.hasWait) return false
        return handle.call(this, receiver)
      },
  ),
  'request.wait_gives_up': patch(
    Wait.prototype,
    'end',
    (end) =>
      function (this: Wait, value) {
        if (value === timedOut && this.inquiries instanceof Inquiry) this.inquiries.abandon()
        end.call(this, value)
      },
  ),
  'request.is_never_given_up': patch(Inquiry.prototype, 'abandon', () => () => {}),
  'request.mailbox_is_not_searched': patch(
    Inquiry.prototype,
    'handle',
    (handle) =>
      function (this: Inquiry, receiver) {
        const resumed = handle.call(this, receiver)
        this.hasArrived = false
        return resumed
      },
  ),
  'request.refs_are_one': patch(Kernel.prototype, 'makeRef', (makeRef) => {
    const made = new WeakMap<Kernel, Ref>()
    return function (this: Kernel, owner) {
      const ref = made.get(this) ?? makeRef.call(this, owner)
      made.set(this, ref)
      return ref
    }
  }),
  'request.deadline_starts_anew': patch(
    Wait.prototype,
    'start',
    (start) =>
      function (this: Wait, timeoutMs) {
        start.call(this, 20 * timeoutMs)
      },
  ),
  'request.collection_keeps_all': patch(RequestIds.prototype, 'delete', () => () => true),
  'request.collection_keeps_nothing': patch(
    RequestIds.prototype,
    'labelOf',
    (labelOf) =>
      function (this: RequestIds<unknown, unknown>, ref: Ref) {
        const found = labelOf.call(this, ref)
        if (found !== undefined) this.delete(found.request)
        return found
      },
  ),
  'request.collection_waits_for_the_first': patch(
    Inquiries.prototype,
    'find',
    (find) =>
      function (this: Inquiries, ref) {
        const [first] = this.values()
        return first?.ref === ref ? find.call(this, ref) : undefined
      },
  ),
  'peers.unreachable_raises': patch(Peers.prototype, 'say', () => () => {
    throw new Error('noconnection')
  }),
} satisfies { readonly [name: string]: Fault }

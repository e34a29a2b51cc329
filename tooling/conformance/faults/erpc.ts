/**
 * Wrong calls of functions on other nodes.
 */
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { Request } from '../../../packages/core/src/kernel/request.ts'
import { toExitReason } from '../../../packages/core/src/kernel/deaths.ts'
import { Exited } from '../../../packages/core/src/kernel/exited.ts'
import { DownSignal } from '../../../packages/core/src/kernel/signal.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { RequestIds } from '../../../packages/distribution/src/erpc/requests.ts'
import { patch, type Fault } from './patch.ts'

export const erpcFaults = {
  'erpc.exits_are_signals': patch(Self.prototype, 'exit', () => {
    return function (this: Self<unknown>, reason) {
      const given = toExitReason(reason ?? 'normal')
      this.kernel.deaths.die(this, given, false)
      throw new Exited(given)
    }
  }),
  'erpc.values_are_lost': patch(
    Request.prototype,
    'answered',
    (answered) =>
      function (this: Request, value) {
        const isOutcome = typeof value === 'object' && value !== null && 'is' in value
        answered.call(this, isOutcome ? { ...value, value: undefined } : value)
      },
  ),
  'erpc.calls_have_no_end': patch(Request.prototype, 'startDeadline', () => () => {}),
  'erpc.the_end_of_a_function_is_unseen': patch(
    Kernel.prototype,
    'push',
    (push) =>
      function (this: Kernel, record, item) {
        if (!(item instanceof DownSignal && record.name === '$agner/erpc')) push.call(this, record, item)
      },
  ),
  'erpc.has_its_own_leader': patch(
    Self.prototype,
    'setGroupLeader',
    (setGroupLeader) =>
      function (this: Self<unknown>, pid, leader) {
        if (pid === this.pid) setGroupLeader.call(this, pid, leader)
      },
  ),
  'erpc.casts_are_lost': patch(
    Kernel.prototype,
    'push',
    (push) =>
      function (this: Kernel, record, item) {
        const isCast = typeof item === 'object' && item !== null && 'type' in item && item.type === '$agner/erpc'
        if (!isCast) push.call(this, record, item)
      },
  ),
  'erpc.collections_keep_all': patch(RequestIds.prototype, 'delete', () => () => true),
} satisfies { readonly [name: string]: Fault }

/**
 * Wrong ways to look into processes, and to start them.
 */
import type { ExitReason } from '../../../packages/core/src/index.ts'
import { Mailbox } from '../../../packages/core/src/kernel/mailbox.ts'
import { Request } from '../../../packages/core/src/kernel/request.ts'
import type { Loop } from '../../../packages/behaviours/src/gen/beginning.ts'
import { Debug } from '../../../packages/behaviours/src/gen/debug.ts'
import { Gen } from '../../../packages/behaviours/src/gen/gen.ts'
import { RunningServer } from '../../../packages/behaviours/src/server/running.ts'
import { Special } from '../../../packages/behaviours/src/sys/special.ts'
import { patch, type Fault } from './patch.ts'

interface Open {
  finishWith(reason: ExitReason, last?: (() => void) | null, crashed?: boolean): Loop
}

export const lookingFaults = {
  'sys.suspends_nothing': patch(
    Gen.prototype,
    'suspend',
    () =>
      function (this: Gen, on) {
        this.isSuspended = on
      },
  ),
  'sys.suspension_reverses': patch(
    Mailbox.prototype,
    'save',
    (save) =>
      function (this: Mailbox, message) {
        const earlier: unknown[] = []
        while (this.saved !== null && this.saved.size > 0) earlier.push(this.saved.shift())
        for (const each of [message, ...earlier]) save.call(this, each)
      },
  ),
  'sys.suspended_hears_of_nothing': patch(
    Gen.prototype,
    'isUrgent',
    (isUrgent) =>
      function (this: Gen, message) {
        return message instanceof Request && isUrgent.call(this, message)
      },
  ),
  'sys.state_stays': patch(
    RunningServer.prototype,
    'withState',
    () =>
      function (this: RunningServer, replace) {
        return replace(this.currentState())
      },
  ),
  'server.status_shows_all': patch(
    RunningServer.prototype,
    'status',
    () =>
      function (this: RunningServer) {
        return { state: this.currentState() }
      },
  ),
  'server.new_code_keeps_its_state': patch(
    RunningServer.prototype,
    'changeCode',
    (changeCode) =>
      function (this: RunningServer, ...args) {
        const state = this.currentState()
        const done = changeCode.apply(this, args)
        this.withState(() => state)
        return done
      },
  ),
  'debug.log_has_no_end': patch(
    Debug.prototype,
    'keepLog',
    (keepLog) =>
      function (this: Debug, size) {
        keepLog.call(this, size === 0 ? 0 : size + 100)
      },
  ),
  'debug.counts_nothing': patch(Debug.prototype, 'count', () => () => {}),
  'debug.functions_stay': patch(Debug.prototype, 'remove', () => () => {}),
  'gen.ends_normally': patch(
    Gen.prototype as unknown as Open,
    'finishWith',
    (finishWith) =>
      function (this: Open, _reason, last) {
        return finishWith.call(this, 'normal', last)
      },
  ),
  'sys.special_ones_go_on': patch(Special.prototype, 'suspend', () => () => {}),
  'start.acknowledges_nothing': patch(
    Request.prototype,
    'answered',
    (answered) =>
      function (this: Request, value) {
        const isAck = typeof value === 'object' && value !== null && 'acknowledged' in value
        answered.call(this, isAck ? { acknowledged: null } : value)
      },
  ),
} satisfies { readonly [name: string]: Fault }

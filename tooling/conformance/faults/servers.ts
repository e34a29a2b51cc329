/**
 * Wrong servers.
 */
import type { ExitReason } from '../../../packages/core/src/index.ts'
import { AwaitedReply } from '../../../packages/core/src/kernel/reply-address.ts'
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { Deaths } from '../../../packages/core/src/kernel/deaths.ts'
import type { Beginning, Begun, Loop } from '../../../packages/behaviours/src/gen/beginning.ts'
import { Gen } from '../../../packages/behaviours/src/gen/gen.ts'
import { Waiting } from '../../../packages/behaviours/src/gen/waiting.ts'
import { RunningServer } from '../../../packages/behaviours/src/server/running.ts'
import { Step } from '../../../packages/behaviours/src/server/steps.ts'
import { patch, type Fault } from './patch.ts'

/** Methods that are protected, for those who plant faults. */
interface Open extends Omit<Beginning, 'parent'> {
  begin(arg: unknown): Begun | Promise<Begun>
  ending(reason: unknown): unknown
  caught(handler: unknown, error: unknown, from: unknown): Loop
  crash(error: unknown): Loop
  goOn(went: Loop | Step): Loop
  plain(message: unknown): Loop
  endsWith(exit: unknown): boolean
  takesExits(): boolean
  finishWith(reason: ExitReason, last?: (() => void) | null, crashed?: boolean): Loop
  later<T>(value: T | Promise<T>, then: (value: T) => Loop, failed: (error: unknown) => Loop): Loop
}
const server = RunningServer.prototype as unknown as Open
const gen = Gen.prototype as unknown as Open
const inner = (open: Open): RunningServer => open as unknown as RunningServer

export const serverFaults = {
  'gen.start_does_not_wait': patch(
    server,
    'begin',
    (begin) =>
      function (this: Open, arg) {
        void Promise.resolve(begin.call(this, arg)).catch(() => {})
        return { kind: 'ok' }
      },
  ),
  'server.ignore_runs_on': patch(
    server,
    'begin',
    (begin) =>
      async function (this: Open, arg) {
        const made = await begin.call(this, arg)
        return made.kind === 'ignore' ? { kind: 'ok' as const } : made
      },
  ),
  'server.throws_are_crashes': patch(
    server,
    'caught',
    () =>
      function (this: Open, _handler, error) {
        return this.crash(error)
      },
  ),
  'server.continue_is_queued': patch(
    server,
    'goOn',
    (goOn) =>
      function (this: Open, went) {
        if (!(went instanceof Step)) return went
        const { runtime } = inner(this).self.node
        runtime.setTimer(5, () => void goOn.call(this, went))
        return inner(this)
      },
  ),
  'server.unknown_messages_end_it': patch(
    server,
    'plain',
    (plain) =>
      function (this: Open, message) {
        return typeof message === 'string' ? this.crash('unknown') : plain.call(this, message)
      },
  ),
  'server.crash_skips_terminate': patch(gen, 'crash', () => (error) => {
    throw error
  }),
  'server.enters_any_state': patch(
    RunningServer.prototype,
    'enter',
    (enter) =>
      function (this: RunningServer, _state, then) {
        return enter.call(this, 'any', then)
      },
  ),
  'gen.reason_is_lost': patch(
    gen,
    'finishWith',
    (finishWith) =>
      function (this: Open, reason, last, crashed) {
        return finishWith.call(this, reason === 'because' ? 'lost' : reason, last, crashed)
      },
  ),
  'gen.answers_before_terminate': patch(
    gen,
    'finishWith',
    (finishWith) =>
      function (this: Open, reason, last, crashed) {
        last?.()
        const { runtime } = inner(this).self.node
        return new Promise((resolve) => runtime.setTimer(5, () => resolve(undefined))).then(() =>
          finishWith.call(this, reason, null, crashed),
        ) as Loop
      },
  ),
  'gen.parents_exit_is_a_message': patch(gen, 'endsWith', () => () => false),
  'gen.anybody_is_its_parent': patch(gen, 'endsWith', () => () => true),
  'death.runs_terminate': patch(
    Deaths.prototype,
    'die',
    (die) =>
      function (this: Deaths, record, given, crashed) {
        const { state } = record
        if (given === 'killed' && state instanceof RunningServer) (state as unknown as Open).ending(given)
        die.call(this, record, given, crashed)
      },
  ),
  'waiting.messages_do_not_cancel': patch(Waiting.prototype, 'end', () => () => {}),
  'waiting.zero_goes_first': patch(
    Waiting.prototype,
    'meet',
    (meet) =>
      function (this: Waiting, message) {
        const met = meet.call(this, message)
        return met === 'nothing' && (message as { readonly round: number }).round > 0 ? 'over' : met
      },
  ),
  'waiting.system_requests_cancel': patch(
    Waiting.prototype,
    'end',
    (end) =>
      function (this: Waiting) {
        end.call(this, true)
      },
  ),
  'waiting.never_sleeps': patch(
    Waiting.prototype,
    'set',
    (set) =>
      function (this: Waiting, timeoutMs) {
        set.call(this, timeoutMs, false)
      },
  ),
  'cast.to_nobody_raises': patch(
    Kernel.prototype,
    'locate',
    (locate) =>
      function (this: Kernel, target) {
        const found = locate.call(this, target)
        if (found === null) throw new Error('noproc')
        return found
      },
  ),
  'request.refs_answer_nobody': patch(AwaitedReply.prototype, 'arrived', () => () => {}),
} satisfies { readonly [name: string]: Fault }

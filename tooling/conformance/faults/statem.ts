/**
 * Wrong state machines.
 */
import { CallbackStack } from '../../../packages/behaviours/src/statem/callback-stack.ts'
import { EventQueue } from '../../../packages/behaviours/src/statem/event-queue.ts'
import { Machine } from '../../../packages/behaviours/src/statem/machine.ts'
import { ProcessClock } from '../../../packages/behaviours/src/statem/process-clock.ts'
import { eventKey, TimerTable, type TimerRequest } from '../../../packages/behaviours/src/statem/timer-table.ts'
import { Transition } from '../../../packages/behaviours/src/statem/transition.ts'
import { all, patch, patchGetter, type Fault } from './patch.ts'

type Settle = EventQueue<unknown>['transition']

/** Of the queue: `make` gets the right one, and what it was called with. */
const queue = (make: (settle: Settle) => (this: EventQueue<unknown>, ...args: Parameters<Settle>) => void): Fault =>
  patch(EventQueue.prototype as EventQueue<unknown>, 'transition', make)

/** Of the timers: what is asked of them is another thing. */
const asked = (change: (requests: readonly TimerRequest[], table: TimerTable) => readonly TimerRequest[]): Fault =>
  patch(
    TimerTable.prototype,
    'transition',
    (transition) =>
      function (this: TimerTable, changed, requests) {
        return transition.call(this, changed, change(requests, this))
      },
  )

const isRunning = (table: TimerTable, { timer }: TimerRequest): boolean => table.running.some(([key]) => key === timer)

/** What is protected in a machine: a fault may. */
interface Insides extends Pick<Machine, 'currentState' | 'status' | 'changeCode'> {
  ending(reason: unknown): unknown
  begin(arg: unknown): unknown
  hibernate(): void
  message(message: unknown): unknown
  ordinary(message: unknown): unknown
}
const machine = Machine.prototype as unknown as Insides

export const statemFaults = {
  // — the queue —
  'statem.postponed_on_every_return': queue(
    (settle) =>
      function (event, postponed, _changed, inserted) {
        settle.call(this, event, postponed, !postponed, inserted)
      },
  ),
  'statem.postponed_in_reverse': queue(
    (settle) =>
      function (event, postponed, changed, inserted) {
        if (!changed) return settle.call(this, event, postponed, false, inserted)
        const aside = postponed ? [...this.postponed, event] : this.postponed
        // Emptied by a change of state, and put back the other way round.
        settle.call(this, null, false, true, [])
        for (let left = aside.length; left > 0; left--) this.take()
        settle.call(this, null, false, false, aside.toReversed())
        settle.call(this, null, false, false, inserted)
      },
  ),
  'statem.postponed_come_last': queue(
    (settle) =>
      function (event, postponed, changed, inserted) {
        if (!changed) return settle.call(this, event, postponed, false, inserted)
        const aside = postponed ? [...this.postponed, event] : this.postponed
        settle.call(this, null, false, true, [])
        for (let left = aside.length; left > 0; left--) this.take()
        // Taken up only after everything else that waits, messages of the mailbox among it.
        settle.call(this, null, false, false, inserted)
        setImmediate(() => settle.call(this, null, false, false, aside))
      },
  ),
  'statem.postponed_are_lost': queue(
    (settle) =>
      function (event, _postponed, changed, inserted) {
        settle.call(this, event, false, changed, inserted)
      },
  ),
  'statem.inserted_come_last': queue(
    (settle) =>
      function (event, postponed, changed, inserted) {
        settle.call(this, event, postponed, changed, [])
        const waiting = this.waiting
        for (let left = waiting.length; left > 0; left--) this.take()
        settle.call(this, null, false, false, [...waiting, ...inserted])
      },
  ),
  'statem.inserted_in_reverse': queue(
    (settle) =>
      function (event, postponed, changed, inserted) {
        settle.call(this, event, postponed, changed, inserted.toReversed())
      },
  ),
  'statem.inserted_are_lost': queue(
    (settle) =>
      function (event, postponed, changed) {
        settle.call(this, event, postponed, changed, [])
      },
  ),

  // — timers —
  'statem.state_timeout_survives': patch(
    TimerTable.prototype,
    'transition',
    (transition) =>
      function (this: TimerTable, _changed, requests) {
        return transition.call(this, false, requests)
      },
  ),
  'statem.state_timeout_ends_with_any_return': patch(
    TimerTable.prototype,
    'transition',
    (transition) =>
      function (this: TimerTable, _changed, requests) {
        return transition.call(this, true, requests)
      },
  ),
  'statem.event_timeout_survives': patch(
    TimerTable.prototype,
    'cancel',
    (cancel) =>
      function (this: TimerTable, key) {
        if (key !== eventKey) cancel.call(this, key)
      },
  ),
  'statem.generic_timeouts_end_with_the_state': patch(
    TimerTable.prototype,
    'transition',
    (transition) =>
      function (this: TimerTable, changed, requests) {
        if (changed) for (const [key] of this.running) this.cancel(key)
        return transition.call(this, changed, requests)
      },
  ),
  'statem.old_expiries_come': all(
    patch(ProcessClock.prototype, 'stopTimer', () => () => {}),
    patch(
      TimerTable.prototype,
      'fired',
      (fired) =>
        function (this: TimerTable, key, id) {
          if (!fired.call(this, key, id)) this.content = 'old'
          return true
        },
    ),
    patch(
      TimerTable.prototype,
      'cancel',
      (cancel) =>
        function (this: TimerTable, key) {
          // Zero timers, too: they are in the queue by then.
          if (!this.hasZero) cancel.call(this, key)
        },
    ),
  ),
  'statem.timers_never_fire': patch(TimerTable.prototype, 'fired', () => () => false),
  'statem.cancel_does_nothing': asked((requests) => requests.filter(({ ms }) => ms !== Infinity)),
  'statem.update_needs_a_timer': asked((requests, table) =>
    requests.filter((request) => request.ms !== 'update' || isRunning(table, request)),
  ),
  'statem.update_does_nothing': asked((requests, table) =>
    requests.filter((request) => request.ms !== 'update' || !isRunning(table, request)),
  ),
  'statem.zeros_need_the_clock': asked((requests) =>
    requests.map((request) => (request.ms === 0 ? { ...request, ms: 0.001 } : request)),
  ),
  'statem.zeros_in_reverse': asked((requests) => requests.toReversed()),
  'statem.first_of_two_timers_counts': asked((requests) =>
    requests.filter(({ timer }, index) => requests.findIndex((other) => other.timer === timer) === index),
  ),
  'statem.absolute_times_are_relative': asked((requests) =>
    requests.map((request) =>
      request.abs ? { ...request, abs: false, ms: Math.max(0.001, Math.abs(request.ms as number)) } : request,
    ),
  ),

  // — transitions —
  'statem.same_is_a_change': patch(
    Transition.prototype,
    'leaves',
    () =>
      function (this: Transition) {
        // Else what is postponed would come again for ever.
        return !this.postpones
      },
  ),
  'statem.states_are_objects': all(
    patch(
      Transition.prototype,
      'leaves',
      () =>
        function (this: Transition, state) {
          return this.state !== state
        },
    ),
    patch(
      Transition.prototype,
      'go',
      (go) =>
        function (this: Transition, move) {
          const { state } = this
          const went = go.call(this, move)
          if (move.kind === 'next') this.state = move.state
          return this.state === state ? went : 'enter'
        },
    ),
  ),
  'statem.enters_the_same': going((went, kind) => (kind === 'next' && went === 'stay' ? 'enter' : went)),
  'statem.first_state_is_not_entered': going((went, kind) => (kind === 'begin' ? 'stay' : went)),
  'statem.repeat_does_not_enter': going((went, kind) => (kind === 'repeat' ? 'stay' : went)),
  'statem.data_are_not_kept': patch(
    Transition.prototype,
    'go',
    (go) =>
      function (this: Transition, move) {
        const { data } = this
        const went = go.call(this, move)
        this.data = data
        return went
      },
  ),
  'statem.enter_may_do_all': all(
    going((went) => (went === 'nowhere' ? 'stay' : went)),
    patchGetter(Transition.prototype, 'takesAll', () => true),
  ),
  'statem.answers_are_lost': patch(Transition.prototype, 'answer', () => () => {}),
  'statem.answers_last': answeringLast(),
  'statem.actions_of_init_are_dropped': patch(
    Transition.prototype,
    'insert',
    (insert) =>
      function (this: Transition, event) {
        if (this.event !== null) insert.call(this, event)
      },
  ),

  // — the process —
  'statem.terminate_is_skipped': patch(machine, 'ending', () => () => undefined),
  'statem.init_always_begins': patch(machine, 'begin', () => () => ({ kind: 'ok' })),
  'statem.never_hibernates': patch(machine, 'hibernate', () => () => {}),
  'statem.callbacks_stay': patch(CallbackStack.prototype, 'push', () => () => {}),
  'statem.pop_always_works': patch(CallbackStack.prototype, 'pop', () => () => true),
  'statem.state_is_data_alone': patch(machine, 'currentState', () => () => ({ state: 'a', data: 1 })),
  'statem.status_shows_all': patch(
    machine,
    'status',
    () =>
      function (this: Insides) {
        return this.currentState() as Readonly<Record<string, unknown>>
      },
  ),
  'statem.change_of_code_keeps_data': patch(machine, 'changeCode', () => () => undefined),
  'statem.exit_of_the_parent_is_an_event': patch(
    machine,
    'message',
    (message) =>
      function (this: Insides, received) {
        const isExit =
          typeof received === 'object' && received !== null && 'type' in received && received.type === 'exit'
        return isExit ? this.ordinary(received) : message.call(this, received)
      },
  ),
} satisfies { readonly [name: string]: Fault }

/** Where a step leads is somewhere else. */
function going(change: (went: 'enter' | 'stay' | 'nowhere', kind: string) => 'enter' | 'stay' | 'nowhere'): Fault {
  return patch(
    Transition.prototype,
    'go',
    (go) =>
      function (this: Transition, move) {
        return change(go.call(this, move), move.kind)
      },
  )
}

/** Calls are answered when the machine has cleaned up. */
function answeringLast(): Fault {
  const held: (() => void)[] = []
  return all(
    patch(
      Transition.prototype,
      'answer',
      (answer) =>
        function (this: Transition, self, action) {
          held.push(() => answer.call(this, self, action))
        },
    ),
    patch(
      machine,
      'ending',
      (ending) =>
        async function (this: Insides, reason) {
          await ending.call(this, reason)
          for (const answer of held.splice(0)) answer()
        },
    ),
  )
}

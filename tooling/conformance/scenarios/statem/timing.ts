/** Timers: of the state, of the event, and generic ones. */
import { keepState, keepStateAndData, nextState, repeatState } from '../../../../packages/behaviours/src/index.ts'
import type { Topic } from '../../scenario.ts'
import { actionsOf, internal, timers, type Handle, type Word } from './machine.ts'
import { answer, each, fired, is, settled } from './telling.ts'

const eventTimeouts: Readonly<Record<string, readonly unknown[]>> = {
  alone: [timers.timeout.set(5, 'e')],
  slow: [timers.timeout.set(40, 'e')],
  bare: [timers.timeout.set(5, 5)],
  with_inserted: [timers.timeout.set(5, 'e'), internal('i')],
  with_timeout: [timers.timeout.set(8, 'e'), timers.x.set(1, 'n')],
  zero: [timers.timeout.set(0, 'z')],
  zero_with_inserted: [timers.timeout.set(0, 'z'), internal('i')],
  updated: [timers.timeout.update('u')],
}

export const timing: Topic = {
  state_timeout_ends_with_the_state: each(
    {
      items: ['M08', 'M04', '9.18'],
      faults: ['statem.state_timeout_survives', 'statem.state_timeout_ends_with_any_return'],
    },
    false,
    async ({ self, t, start, tell, held }) => {
      const handle: Handle = (event, state, data, me) => {
        const { content } = event
        if (event.type === 'state_timeout') return fired(t, me, event, data)
        if (content === 'set') return keepState(data, timers.state_timeout.set(20, 's'))
        if (content === 'keep') return keepState(data)
        if (content === 'repeat') return repeatState(data)
        return nextState(content === 'same' ? state : 'b', data)
      }
      const p = await start(handle, 'a', self.pid)
      for (const what of ['set', 'keep', 'repeat', 'same']) tell(p, what)
      t.emit(self, 'kept', await t.quiet(self, 200))
      held(p, () => {
        tell(p, 'set')
        tell(p, 'go')
      })
      t.emit(self, 'changed', await t.quiet(self, 40))
    },
  ),

  event_timeout_ends_with_any_event: each(
    { items: ['M09', 'M11', '9.18'], faults: ['statem.event_timeout_survives'] },
    false,
    async ({ self, t, start, tell, ask }) => {
      const handle: Handle = (event, _state, data, me) => {
        if (event.type === 'timeout') return fired(t, me, event, data)
        if (event.type !== 'call') return keepStateAndData()
        return keepStateAndData(answer(event, 'ok'), ...eventTimeouts[event.content as string]!)
      }
      const p = await start(handle, 'a', self.pid)
      const after = async (what: string, as: string, limitMs: number): Promise<void> => {
        await ask(p, what)
        if (as === 'after_a_cast') tell(p, 'other')
        t.emit(self, as, await t.quiet(self, limitMs))
      }
      await after('alone', 'alone', 200)
      await after('bare', 'bare', 200)
      await after('slow', 'after_a_cast', 60)
      await after('with_inserted', 'after_an_inserted_one', 20)
      await after('with_timeout', 'after_a_timeout', 20)
      await after('zero', 'zero', 200)
      await after('zero_with_inserted', 'zero_after_an_inserted_one', 20)
      await after('updated', 'updated', 200)
    },
  ),

  generic_timeouts_outlive_the_state: each(
    {
      items: ['M10', '9.18'],
      faults: ['statem.generic_timeouts_end_with_the_state', 'statem.old_expiries_come'],
    },
    false,
    async ({ self, t, start, ask }) => {
      const handle: Handle = (event, state, data: never, me) => {
        if (is(event, 'call', 'go')) return nextState('b', data, answer(event, 'ok'))
        if (event.type === 'call') return keepState(data, answer(event, 'ok'), ...actionsOf(event.content))
        t.emit(me, event.type, [event.content, state])
        me.send(data, event.type as never)
        return keepStateAndData()
      }
      const p = await start(handle, 'a', self.pid)
      await ask(p, [['x', 40, 'one']])
      await ask(p, 'go')
      t.emit(self, 'after_a_change', await t.quiet(self, 200))
      await ask(p, [['x', 40, 'one']])
      await ask(p, [
        ['x', 20, 'two'],
        ['y', 1, 'three'],
      ])
      t.emit(self, 'first', await t.quiet(self, 200))
      t.emit(self, 'second', await t.quiet(self, 200))
      t.emit(self, 'third', await t.quiet(self, 40))
    },
  ),

  cancel_and_update: each(
    {
      items: ['M11', '9.18'],
      faults: ['statem.update_needs_a_timer', 'statem.cancel_does_nothing', 'statem.update_does_nothing'],
    },
    false,
    async ({ self, t, start, tell, held }) => {
      const handle: Handle = (event, _state, data, me) =>
        event.type === 'cast' ? keepState(data, ...actionsOf(event.content)) : fired(t, me, event, data)
      const p = await start(handle, 'a', self.pid)
      const both = async (as: string, first: Word[], second: Word[], limitMs: number): Promise<void> => {
        held(p, () => {
          tell(p, first)
          tell(p, second)
        })
        t.emit(self, as, await t.quiet(self, limitMs))
      }
      for (const timer of ['state_timeout', 'x'] as const) {
        await both('cancelled', [[timer, 10, 'one']], [[timer, 'cancel']], 20)
        await both('infinity', [[timer, 10, 'one']], [[timer, 'infinity', 'two']], 20)
        await both('updated', [[timer, 10, 'one']], [[timer, 'update', 'two']], 200)
        await both('fired_at_once', [], [[timer, 'update', 'three']], 200)
        await both('nothing_to_cancel', [], [[timer, 'cancel']], 5)
      }
    },
  ),

  /** Its time is over and its message is in the mailbox when a timer is cancelled, set again, updated, or its state left. */
  an_old_expiry_never_comes: each(
    { items: ['M12', '9.18'], faults: ['statem.old_expiries_come'] },
    false,
    async ({ self, t, start, tell, held, settle }) => {
      const handle: Handle = async (event, _state, data: never, me) => {
        if (is(event, 'call', 'settle')) return settled(event)
        if (event.type !== 'cast') return fired(t, me, event, data)
        if (event.content === 'go') return nextState('b', data)
        if (event.content !== 'block') return keepState(data, ...actionsOf(event.content))
        await (me as typeof self).sleep(15)
        return keepStateAndData()
      }
      const p = await start(handle, 'a', self.pid)
      const late = async (as: string, set: Word[], then: unknown, limitMs: number): Promise<void> => {
        held(p, () => {
          for (const what of [set, 'block', then]) tell(p, what)
        })
        await settle(p)
        t.emit(self, as, await t.quiet(self, limitMs))
      }
      await late('cancelled', [['x', 5, 'old']], [['x', 'cancel']], 20)
      await late('set_again', [['x', 5, 'old']], [['x', 10, 'new']], 500)
      await late('at_once', [['x', 5, 'old']], [['x', 0, 'new']], 500)
      await late('updated', [['x', 5, 'old']], [['x', 'update', 'new']], 500)
      await late('state_left', [['state_timeout', 5, 'old']], 'go', 20)
      tell(p, [
        ['x', 0, 'old'],
        ['insert', [['x', 'cancel']]],
      ])
      t.emit(self, 'zero_cancelled', await t.quiet(self, 5))
      tell(p, [
        ['x', 0, 'old'],
        ['insert', [['x', 0, 'new']]],
      ])
      t.emit(self, 'zero_set_again', await t.quiet(self, 200))
    },
  ),

  the_last_of_two_timers_counts: each(
    { items: ['M14', 'M13'], faults: ['statem.first_of_two_timers_counts'] },
    false,
    async ({ self, t, start, ask }) => {
      const handle: Handle = (event, _state, data, me) =>
        event.type === 'call'
          ? keepState(data, answer(event, 'ok'), ...actionsOf(event.content))
          : fired(t, me, event, data)
      const p = await start(handle, 'a', self.pid)
      const told = async (as: string, limitMs: number) => t.emit(self, as, await t.quiet(self, limitMs))
      await ask(p, [
        ['x', 1, 'first'],
        ['y', 15, 'other'],
        ['x', 5, 'last'],
      ])
      await told('one', 200)
      await told('two', 200)
      await told('then', 20)
      await ask(p, [
        ['state_timeout', 1, 'first'],
        ['state_timeout', 'infinity', 'last'],
      ])
      await told('stopped', 20)
      await ask(p, [
        ['x', 0, 'first'],
        ['y', 0, 'second'],
        ['x', 0, 'third'],
      ])
      await told('one', 200)
      await told('two', 200)
      await told('then', 20)
    },
  ),

  absolute_times: each(
    { items: ['M14'], faults: ['statem.absolute_times_are_relative'] },
    false,
    async ({ self, t, start, ask }) => {
      const handle: Handle = (event, _state, data, me) => {
        if (event.type !== 'call') return fired(t, me, event, data)
        const atMs = me.node.monotonicTimeMs() + (event.content as number)
        const timed = [timers.x.set(atMs, 'at', { abs: true }), timers.state_timeout.set(20, 's', { abs: false })]
        return keepState(data, answer(event, 'ok'), ...timed)
      }
      const p = await start(handle, 'a', self.pid)
      for (const ms of [40, -40]) {
        await ask(p, ms)
        t.emit(self, 'first', await t.quiet(self, 200))
        t.emit(self, 'second', await t.quiet(self, 200))
      }
    },
  ),

  state_timers: each(
    {
      items: ['9.18', 'M04', 'M08', 'M10', 'M11'],
      faults: [
        'statem.state_timeout_survives',
        'statem.state_timeout_ends_with_any_return',
        'statem.generic_timeouts_end_with_the_state',
        'statem.update_needs_a_timer',
      ],
    },
    false,
    async ({ self, t, start, ask }) => {
      const handle: Handle = (event, state, data, me) => {
        if (event.type !== 'call') return fired(t, me, event, data, [event.content, state])
        const [to, words] = event.content as [string, Word[]]
        return nextState(to, data, answer(event, 'ok'), ...actionsOf(words))
      }
      const p = await start(handle, 'a', self.pid)
      const told = async (as: string, limitMs: number) => t.emit(self, as, await t.quiet(self, limitMs))
      await ask(p, [
        'a',
        [
          ['state_timeout', 15, 's'],
          ['x', 60, 'n'],
        ],
      ])
      await ask(p, ['a', []])
      await told('survives_a_return', 200)
      await ask(p, ['b', []])
      await told('generic_survives_a_change', 200)
      await ask(p, ['a', [['state_timeout', 40, 's']]])
      await ask(p, ['b', [['x', 'update', 'at_once']]])
      await told('update_without_a_timer', 200)
      await told('ends_with_the_state', 50)
      await ask(p, ['a', [['state_timeout', 5, 'new_one']]])
      await told('set_by_the_change_itself', 200)
    },
  ),
}

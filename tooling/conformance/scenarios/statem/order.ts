/** Which event comes next: inserted, postponed and queued ones, timers that need no clock. */
import {
  keepState,
  keepStateAndData,
  nextState,
  postpone,
  repeatState,
} from '../../../../packages/behaviours/src/index.ts'
import type { Topic } from '../../scenario.ts'
import { inserted, internal, timers, type Handle } from './machine.ts'
import { answer, each, is, seen, settled } from './telling.ts'

export const order: Topic = {
  order_after_a_transition: each(
    {
      items: ['M06', 'M13', '9.17', '9.19'],
      faults: [
        'statem.inserted_come_last',
        'statem.inserted_in_reverse',
        'statem.postponed_come_last',
        'statem.zeros_need_the_clock',
        'statem.zeros_in_reverse',
      ],
    },
    false,
    async ({ t, start, tell, held, settle }) => {
      const handle: Handle = (event, state, data, me) => {
        if (is(event, 'call', 'settle')) return settled(event)
        if (state === 'b') {
          const more = event.content === 'i1' ? [internal('i3')] : event.content === 'p1' ? [inserted('i4')] : []
          return seen(t, me, event, ...more)
        }
        if (event.content !== 'go') return keepStateAndData(postpone)
        const zeros = [timers.x.set(0, 'z1'), timers.state_timeout.set(0, 'z2'), timers.y.set(0, 'z3')] as const
        return nextState('b', data, internal('i1'), zeros[0], internal('i2'), zeros[1], zeros[2])
      }
      const p = await start(handle, 'a', 0)
      held(p, () => {
        for (const what of ['p1', 'p2', 'go', 'm1', 'm2']) tell(p, what)
      })
      await settle(p)
    },
  ),

  postpone_order: each(
    {
      items: ['M07', 'M06', '9.17'],
      faults: [
        'statem.postponed_in_reverse',
        'statem.postponed_come_last',
        'statem.postponed_on_every_return',
        'statem.postponed_are_lost',
      ],
    },
    false,
    async ({ t, start, tell, held, settle }) => {
      const handle: Handle = (event, state, data, me) => {
        if (is(event, 'call', 'settle')) return settled(event)
        const { content } = event
        if (state === 'a' && content === 'go') return nextState('b', data)
        if (state === 'a' && content === 'again') return repeatState(data)
        if (state === 'a' && content === 'stay') return keepState(data)
        if (state === 'c') return seen(t, me, event)
        if (state === 'b' && content === 'p2') {
          t.emit(me, 'moves', 'p2')
          return nextState('c', data, postpone, internal('i'))
        }
        t.emit(me, 'postponed', [state, content])
        return keepStateAndData(postpone)
      }
      const p = await start(handle, 'a', 0)
      held(p, () => {
        for (const what of ['p1', 'p2', 'again', 'stay', 'p3', 'go', 'p4']) tell(p, what)
      })
      await settle(p)
    },
  ),

  postponed_calls_and_timeouts: each(
    { items: ['M07', 'M02', 'M15'], faults: ['statem.postponed_are_lost', 'statem.postponed_in_reverse'] },
    false,
    async ({ self, t, start, ask }) => {
      const handle: Handle = (event, state, data, me) => {
        if (event.type === 'go') return nextState('b', data)
        if (state === 'a' && event.type === 'call') return keepStateAndData(postpone)
        if (state === 'a') return keepStateAndData(postpone, timers.go.set(1, 'now'))
        if (event.type === 'state_timeout') return seen(t, me, event)
        return seen(t, me, event, answer(event, [event.content, state]))
      }
      const p = await start(handle, 'a', 0, [timers.state_timeout.set(5, 's')])
      t.emit(self, 'answer', await ask(p, 'first'))
      t.emit(self, 'answer', await ask(p, 'second'))
    },
  ),

  zero_timers_and_state_enter: each(
    {
      items: ['M13', 'M05', '9.19'],
      faults: ['statem.zeros_need_the_clock', 'statem.first_state_is_not_entered', 'statem.repeat_does_not_enter'],
    },
    true,
    async ({ t, start, tell, held, settle }) => {
      const handle: Handle = (event, state, data, me) => {
        if (is(event, 'call', 'settle')) return settled(event)
        if (event.type === 'enter') {
          t.emit(me, 'enter', [event.content, state])
          return keepStateAndData(timers.y.set(0, 'from_enter'))
        }
        if (is(event, 'cast', 'go'))
          return nextState('b', data, timers.x.set(0, 'z1'), timers.state_timeout.set(0, 'z2'))
        if (is(event, 'cast', 'again')) return repeatState(data, timers.x.set(0, 'z3'))
        return seen(t, me, event)
      }
      const p = await start(handle, 'a', 0)
      await settle(p)
      held(p, () => {
        for (const what of ['go', 'm1', 'again', 'm2']) tell(p, what)
      })
      await settle(p)
    },
  ),
}

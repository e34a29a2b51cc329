/** Events and steps; states and their enter calls. */
import {
  keepState,
  keepStateAndData,
  nextState,
  postpone,
  hibernate,
  repeatState,
  repeatStateAndData,
  stop,
  stopAndReplyTo,
  stopServer,
} from '../../../../packages/behaviours/src/index.ts'
import type { Pid } from '../../../../packages/core/src/index.ts'
import type { Topic } from '../../scenario.ts'
import { internal, timers, word, type Handle, type Told } from './machine.ts'
import { answer, each, is, seen, telling } from './telling.ts'

export const events: Topic = {
  event_types: each(
    { items: ['M02', 'M15'], faults: ['statem.inserted_are_lost', 'statem.timers_never_fire'] },
    false,
    async ({ self, t, start, tell, ask }) => {
      const handle: Handle = (event, _state, data, me) => {
        if (is(event, 'call', 'go')) {
          t.emit(me, 'call', 'go')
          return keepState(data, answer(event, 'ok'), internal('i'))
        }
        if (is(event, 'internal', 'i')) return seen(t, me, event, timers.x.set(1, 'n'))
        if (is(event, 'x', 'n')) return seen(t, me, event, timers.state_timeout.set(1, 's'))
        if (is(event, 'state_timeout', 's')) return seen(t, me, event, timers.timeout.set(1, 'e'))
        if (is(event, 'timeout', 'e')) self.node.send(self.pid, 'done')
        return seen(t, me, event)
      }
      const p = await start(handle, 'a', 0)
      tell(p, 'first')
      self.send(p, { type: 'tick' })
      t.emit(self, 'answer', await ask(p, 'go'))
      await self.receive()
    },
  ),

  steps: each(
    { items: ['M03', 'M05'], faults: ['statem.repeat_does_not_enter', 'statem.data_are_not_kept'] },
    true,
    async ({ self, t, start, tell, ask }) => {
      const handle: Handle = (event, state, data: number, me) => {
        if (is(event, 'call', 'get')) return keepStateAndData(answer(event, [state, data]))
        if (is(event, 'cast', 'next')) return nextState('b', data + 1)
        if (is(event, 'cast', 'keep')) return keepState(data + 10)
        if (is(event, 'cast', 'as_it_was')) return keepStateAndData()
        if (is(event, 'cast', 'repeat')) return repeatState(data + 100)
        if (is(event, 'cast', 'repeat_as_it_was')) return repeatStateAndData()
        t.emit(me, 'enter', [state, data])
        return keepStateAndData()
      }
      const p = await start(handle, 'a', 0)
      for (const what of ['keep', 'as_it_was', 'next', 'repeat', 'repeat_as_it_was', 'next']) {
        tell(p, what)
        t.emit(self, what, await ask(p, 'get'))
      }
    },
  ),

  ends: each(
    { items: ['M03', 'M15', 'M19'], faults: ['statem.terminate_is_skipped', 'statem.data_are_not_kept'] },
    false,
    async ({ self, t, start, tell, ask, died }) => {
      const handle: Handle = (event) => {
        const { content } = event
        if (content === 'stop') return stop('normal')
        if (content === 'reason') return stop('enough')
        if (content === 'data') return stop('enough', 'last')
        if (content === 'reply') return stopAndReplyTo('shutdown', answer(event, 'bye'))
        if (content === 'reply_data') return stopAndReplyTo('shutdown', [answer(event, 'bye')], 'last')
        throw new Error('oops')
      }
      for (const what of ['stop', 'reason', 'data', 'crash']) {
        const p = await start(handle, 'a', 'first')
        tell(p, what)
        t.emit(self, what, await died(p))
      }
      for (const what of ['reply', 'reply_data']) {
        const p = await start(handle, 'a', 'first')
        const ref = self.monitor(p)
        t.emit(self, what, await ask(p, what))
        t.emit(self, 'ended', word(await t.reason(self, { ref })))
      }
      const q = await start(handle, 'a', 'first')
      await stopServer(self, q, 'shutdown')
      t.emit(self, 'stopped', 'ok')
    },
  ),

  answers_before_it_terminates: each(
    { items: ['M03', 'M15'], faults: ['statem.answers_last'] },
    false,
    async ({ self, t, start, ask }) => {
      const handle: Handle = (event, _state, main) => stopAndReplyTo('normal', answer(event, 'bye'), ['slow', main])
      const p = await start(handle, 'a', self.pid)
      t.emit(self, 'reply', await ask(p, 'reply'))
      t.emit(self, 'not_yet', await t.quiet(self, 5))
      t.emit(self, 'then', await t.quiet(self, 500))
    },
  ),

  a_thrown_step_counts: each(
    { items: ['M03'], faults: ['statem.data_are_not_kept'] },
    false,
    async ({ self, t, start, tell, ask, died }) => {
      const handle: Handle = (event, state, data: number) => {
        if (is(event, 'call', 'get')) return keepStateAndData(answer(event, [state, data]))
        throw is(event, 'cast', 'go') ? nextState('b', data + 1) : 'rubbish'
      }
      const p = await start(handle, 'a', 0)
      tell(p, 'go')
      t.emit(self, 'got', await ask(p, 'get'))
      tell(p, 'rubbish')
      t.emit(self, 'died', await died(p))
    },
  ),

  what_is_no_step: each(
    { items: ['M03', 'M19'], faults: ['statem.terminate_is_skipped'] },
    false,
    async ({ self, t, start, tell, died }) => {
      for (const what of [7, 'nonsense']) {
        const p = await start(({ content }) => content, 'a', 0)
        tell(p, what)
        t.emit(self, 'died', await died(p))
      }
    },
  ),

  a_change_is_another_state: each(
    { items: ['M04', 'M07', 'M08', '9.18'], faults: ['statem.same_is_a_change', 'statem.enters_the_same'] },
    true,
    async ({ self, t, start, tell }) => {
      const handle: Handle = (event, state, data: Pid<unknown>, me) => {
        if (event.type === 'enter') {
          t.emit(me, 'enter', [event.content, state])
          return keepStateAndData()
        }
        if (is(event, 'cast', 'p') && state === 'a') return keepStateAndData(postpone)
        if (is(event, 'cast', 'set')) return nextState('a', data, timers.state_timeout.set(15, 's'))
        if (is(event, 'cast', 'same')) return nextState(state, data)
        if (event.type === 'state_timeout') {
          t.emit(me, 'state_timeout', state)
          me.send(data, 'fired')
          return nextState('b', data)
        }
        t.emit(me, 'p', state)
        me.send(data, 'done')
        return keepStateAndData()
      }
      const p = await start(handle, 'a', self.pid)
      for (const what of ['p', 'set', 'same', 'same']) tell(p, what)
      await self.receive((message) => message === 'fired')
      t.emit(self, 'fired')
      await self.receive((message) => message === 'done')
      t.emit(self, 'done')
    },
  ),

  states_of_any_term: {
    items: ['M01', 'M04'],
    faults: ['statem.states_are_objects', 'statem.enters_the_same'],
    play: async (self, t) => {
      const handle: Handle = (event, state, data, me) => {
        if (event.type === 'enter') {
          t.emit(me, 'enter', [event.content, state])
          return keepStateAndData()
        }
        const { content } = event
        if (Array.isArray(content)) return nextState({ at: content[1] as unknown }, data, answer(event, 'ok'))
        if ((state as { at: number }).at === 1) return keepStateAndData(postpone)
        return keepStateAndData(answer(event, state))
      }
      const { start, ask } = telling(self, t, 'handleEvent', true, () => 'm1')
      const p = await start(handle, { at: 1 }, 0)
      const later = ask(p, 'later')
      void later.then((answered) => self.node.send(self.pid, ['later', answered]))
      await ask(p, ['go', 1])
      t.emit(self, 'same', await t.quiet(self, 10))
      await ask(p, ['go', 2])
      const [, answered] = (await self.receive()) as [string, unknown]
      t.emit(self, 'later', answered)
    },
  },

  state_enter_calls: each(
    {
      items: ['M05', 'M04'],
      faults: ['statem.first_state_is_not_entered', 'statem.repeat_does_not_enter', 'statem.enters_the_same'],
    },
    true,
    async ({ t, start, ask }) => {
      const handle: Handle = (event, state, data, me) => {
        if (event.type === 'enter') {
          t.emit(me, 'enter', [event.content, state])
          return keepStateAndData()
        }
        const { content } = event
        if (content === 'repeat') return repeatState(data, answer(event, 'ok'))
        if (content === 'keep') return keepStateAndData(answer(event, 'ok'))
        return nextState((content as [string, string])[1], data, answer(event, 'ok'))
      }
      const p = await start(handle, 'a', 0)
      for (const what of ['keep', ['go', 'a'], ['go', 'b'], 'repeat', 'keep', ['go', 'b'], ['go', 'a']])
        await ask(p, what)
    },
  ),

  an_enter_call_sets_timers_and_answers: each(
    { items: ['M05', 'M13', 'M15'], faults: ['statem.answers_are_lost'] },
    true,
    async ({ self, t, start, ask }) => {
      const handle: Handle = (event, state, data: unknown, me) => {
        if (event.type === 'enter' && state === 'a') return keepStateAndData()
        if (event.type === 'enter') {
          t.emit(me, 'enter', state)
          const [main, from] = data as [Pid<unknown>, Told['from']]
          const timed = [timers.state_timeout.set(1, 's'), timers.x.set(0, 'z')]
          return keepState(main, answer({ ...event, from }, 'entered'), ...timed, hibernate)
        }
        if (event.type === 'call') return nextState('b', [data, event.from], timers.y.set(0, 'y'), internal('i'))
        if (event.type === 'state_timeout') me.send(data as Pid<unknown>, 'done')
        return seen(t, me, event)
      }
      const p = await start(handle, 'a', self.pid)
      t.emit(self, 'answer', await ask(p, 'go'))
      await self.receive()
    },
  ),

  an_enter_call_cannot_do_all: each(
    { items: ['M05', '9.19'], faults: ['statem.enter_may_do_all'] },
    true,
    async ({ self, t, start, tell, died }) => {
      const handle: Handle = (event, state, data) => {
        if (event.type === 'cast') return nextState('b', event.content)
        if (state === 'a') return keepStateAndData()
        if (data === 'postpone') return keepState('new', postpone)
        if (data === 'next_event') return keepState('new', internal('i'))
        if (data === 'next_state') return nextState('c', 'new')
        if (data === 'crash') throw new Error('oops')
        return data === 'stop' ? stop('enough', 'new') : 'nonsense'
      }
      for (const what of ['postpone', 'next_event', 'next_state', 'crash', 'stop', 'nonsense']) {
        const p = await start(handle, 'a', 'old')
        tell(p, what)
        t.emit(self, what, await died(p))
      }
    },
  ),
}

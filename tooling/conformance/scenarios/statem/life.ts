/** The beginning and the end, answers, callback modules, and what sys sees. */
import {
  changeCallbackModule,
  defineStatem,
  ignore,
  keepState,
  keepStateAndData,
  nextState,
  popCallbackModule,
  postpone,
  pushCallbackModule,
  startStatem,
  stop,
  hibernate,
  sys,
  type Begin,
  type Ignore,
  type Stop,
} from '../../../../packages/behaviours/src/index.ts'
import type { AgnerError, Exit, Process } from '../../../../packages/core/src/index.ts'
import type { Topic } from '../../scenario.ts'
import {
  inserted,
  internal,
  machineOf,
  story,
  timers,
  type Handle,
  type StoryOwn,
  type StoryStatem,
  type Told,
} from './machine.ts'
import { answer, each, is, seen, settled, telling } from './telling.ts'

/** Each play has a version of the code of its own. */
let versions = 0

export const life: Topic = {
  answers_given_later: each(
    { items: ['M15', 'M02'], faults: ['statem.answers_are_lost'] },
    false,
    async ({ self, t, start, ask }) => {
      const handle: Handle = (event, _state, waiting: readonly Told[]) => {
        if (event.content !== 'done') return keepState([event, ...waiting])
        const answers = waiting.map((asked) => answer(asked, asked.content))
        return keepState([], ...answers, answer(event, 'done'))
      }
      const p = await start(handle, 'a', [])
      const clients = [1, 2, 3].map((n) => ask(p, n))
      await self.sleep(5)
      t.emit(self, 'done', await ask(p, 'done'))
      t.emit(self, 'answers', await Promise.all(clients))
    },
  ),

  calls_that_time_out: each(
    { items: ['M17'], faults: ['reply.late_is_a_message'] },
    false,
    async ({ self, t, start, ask, settle }) => {
      const handle: Handle = (event) => {
        if (is(event, 'call', 'late')) return keepStateAndData(timers.reply.set(40, event.from))
        if (event.type === 'reply') {
          const from = event.content as Told['from']
          return keepStateAndData(answer({ ...event, from }, 'late'))
        }
        return settled(event)
      }
      const p = await start(handle, 'a', 0)
      // OTP has two kinds of limits, since a late answer is in the way there; here it never is.
      for (const limitMs of [5, 5]) {
        const how = await ask(p, 'late', limitMs).catch(({ code }: AgnerError) => code)
        t.emit(self, 'late', how === 'call.timeout' ? ['failed', 'timeout'] : how)
        t.emit(self, 'then', await t.quiet(self, 50))
        await settle(p)
      }
      t.emit(self, 'waits', await ask(p, 'late', Infinity))
    },
  ),

  actions_of_init: each(
    { items: ['M18', 'M05'], faults: ['statem.actions_of_init_are_dropped'] },
    true,
    async ({ t, start, settle }) => {
      const handle: Handle = (event, state, _data, me) => {
        if (is(event, 'call', 'settle')) return settled(event)
        if (event.type !== 'enter') return seen(t, me, event)
        t.emit(me, 'enter', [event.content, state])
        return keepStateAndData()
      }
      const actions = [postpone, internal('i1'), timers.x.set(0, 'z'), inserted('i2')]
      await settle(await start(handle, 'a', 0, actions))
    },
  ),

  init_that_fails: {
    items: ['M19'],
    faults: ['statem.init_always_begins'],
    play: async (self, t) => {
      self.trapExits(true)
      const refusing = (made: Ignore | Stop<never>): StoryStatem =>
        defineStatem(story, {
          init: (_: undefined): Begin<string, unknown, StoryOwn> | Ignore | Stop<never> => made,
          handleEvent: () => keepStateAndData(),
        })
      const how = async (statem: StoryStatem): Promise<unknown> => {
        try {
          return await startStatem(self, statem)
        } catch (error) {
          const { code, details } = error as AgnerError
          return code === 'start.ignored' ? 'ignore' : ['error', details['reason']]
        }
      }
      t.emit(self, 'ignored', await how(refusing(ignore())))
      t.emit(self, 'stopped', await how(refusing(stop('enough'))))
    },
  },

  exits_of_parent_and_others: {
    items: ['M19'],
    faults: ['statem.exit_of_the_parent_is_an_event'],
    play: async (self, t) => {
      const handle: Handle = (event, _state, _data, me) => {
        if (is(event, 'call', 'settle')) return settled(event)
        if (event.type === 'enter') me.trapExits(true)
        else t.emit(me, 'exit', (event.content as Exit).reason)
        return keepStateAndData()
      }
      const { settle, died } = telling(self, t, 'table', true, () => 'm1')
      const statem = machineOf(t, 'table', true, { handle, state: 'a', data: 0, actions: [] })
      const started =
        Promise.withResolvers<Awaited<ReturnType<typeof startStatem<never, never, never, never, never>>>>()
      const parent = t.label(
        'parent',
        self.spawn(async (me: Process<unknown>) => {
          started.resolve(t.label('m1', await startStatem(me, statem)) as never)
          await me.receive()
          me.exit('enough')
        }),
      )
      const p = (await started.promise) as never
      await settle(p)
      self.sendExit(p, 'other')
      await settle(p)
      self.send(parent, 'go')
      t.emit(self, 'died', await died(p))
    },
  },

  another_callback_module: each(
    { items: ['M16', 'M05'], faults: ['statem.callbacks_stay', 'statem.pop_always_works'] },
    true,
    async ({ self, t, start, tell, settle, died }) => {
      const other: StoryStatem = machineOf(t, 'handleEvent', true, {
        state: 'a',
        data: 0,
        actions: [],
        ending: 'other_terminate',
        handle: ({ type, content }, state, _data, me) => {
          if (type === 'cast' && content === 'back') return keepStateAndData(popCallbackModule)
          if (type === 'enter') t.emit(me, 'other_enter', state)
          else t.emit(me, 'other', [content, state])
          return keepStateAndData()
        },
      })
      const changes: Readonly<Record<string, unknown>> = {
        push: pushCallbackModule(other),
        change: changeCallbackModule(other),
        pop: popCallbackModule,
        unknown: changeCallbackModule({ module: 'no_such_module' }),
      }
      const handle: Handle = (event, state, data, me) => {
        if (is(event, 'call', 'settle')) return settled(event)
        if (event.type === 'enter') {
          t.emit(me, 'enter', [event.content, state])
          return keepStateAndData()
        }
        if (!Array.isArray(event.content)) return seen(t, me, event)
        const [way, action] = event.content as [string, string]
        return way === 'do' ? keepStateAndData(changes[action]) : nextState('b', data, changes[action])
      }
      const p = await start(handle, 'a', 0)
      for (const what of ['one', ['do', 'push'], 'two', 'back', 'three']) tell(p, what)
      await settle(p)
      for (const what of [['go', 'change'], 'four', 'back']) tell(p, what)
      t.emit(self, 'nothing_to_pop', await died(p))
      const q = await start(handle, 'a', 0)
      tell(q, ['do', 'pop'])
      t.emit(self, 'nothing_was_pushed', await died(q))
      const r = await start(handle, 'a', 0)
      tell(r, ['do', 'unknown'])
      t.emit(self, 'no_such_module', await died(r))
    },
  ),

  state_from_outside: each(
    { items: ['M20'], faults: ['statem.state_is_data_alone'] },
    false,
    async ({ self, t, start, ask }) => {
      const handle: Handle = (event, state, data) => keepStateAndData(answer(event, [state, data]))
      const p = await start(handle, 'a', 1)
      t.emit(self, 'state', pair(await sys.getState(self, p)))
      const replaced = await sys.replaceState<Pair>(self, p, ({ data }) => ({ state: 'b', data: (data as number) + 1 }))
      t.emit(self, 'replaced', pair(replaced))
      t.emit(self, 'got', await ask(p, 'get'))
      t.emit(self, 'state', pair(await sys.getState(self, p)))
    },
  ),

  suspended_and_changed: each(
    { items: ['M19', 'M20'], faults: ['statem.change_of_code_keeps_data'] },
    false,
    async ({ self, t, start, ask, tell }) => {
      const handle: Handle = (event, state, data, me) =>
        is(event, 'call', 'get') ? keepStateAndData(answer(event, [state, data])) : seen(t, me, event)
      const p = await start(handle, 'a', 1, [timers.state_timeout.set(20, 's')])
      await sys.suspend(self, p)
      tell(p, 'first')
      await self.sleep(40)
      const version = `1.0.${++versions}`
      const setting = { handle, state: 'a', data: 1, actions: [], version }
      self.node.register(machineOf(t, 'handleEvent', false, setting))
      await sys.changeCode(self, p, { version, extra: 'extra' })
      t.emit(self, 'changed', 'ok')
      tell(p, 'second')
      await sys.resume(self, p)
      t.emit(self, 'got', await ask(p, 'get'))
    },
  ),

  status_without_data: each(
    { items: ['M19'], faults: ['statem.status_shows_all'] },
    false,
    async ({ self, t, start }) => {
      const p = await start(() => keepStateAndData(), 'a', 'secret')
      t.emit(self, 'shown', pair((await sys.getStatus(self, p)).details))
    },
  ),

  hibernating: each({ items: ['M19'], faults: ['statem.never_hibernates'] }, false, async ({ self, t, start, ask }) => {
    const handle: Handle = (event) => {
      if (is(event, 'call', 'wake')) return keepStateAndData(answer(event, 'awake'))
      if (event.type === 'internal') return keepStateAndData()
      const more = event.content === 'not_yet' ? [internal('i')] : []
      return keepStateAndData(answer(event, 'ok'), hibernate, ...more)
    }
    const p = await start(handle, 'a', 0)
    const asleep = async (): Promise<void> => {
      await self.sleep(10)
      const { currentFunction } = self.processInfo(p, ['currentFunction'])!
      t.emit(self, 'asleep', currentFunction === 'hibernate')
    }
    await ask(p, 'sleep')
    await asleep()
    t.emit(self, 'woken', await ask(p, 'wake'))
    await asleep()
    await ask(p, 'not_yet')
    await asleep()
  }),
}

interface Pair {
  readonly state: unknown
  readonly data: unknown
}

function pair(given: unknown): readonly unknown[] {
  const { state, data } = given as Pair
  return [state, data]
}

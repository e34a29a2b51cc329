/** State machines by a table of states, and by one handler for all events: the same machine twice. */
import { describe, expect, it } from 'vitest'
import {
  begin,
  call,
  cast,
  defineStatem,
  info,
  keepState,
  keepStateAndData,
  nextEvent,
  nextState,
  postpone,
  protocol,
  replyTo,
  startStatem,
  stop,
  stopServer,
  type Begin,
  type Protocol,
  type Statem,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

interface TurnstileApi {
  calls: { push(): 'through' | 'locked'; coins(): number }
  casts: { coin(): void; batch(count: number): void }
  info: { readonly type: 'report' }
}
type State = 'locked' | 'unlocked'
interface Data {
  readonly coins: number
}
interface Own {
  internal: { count: number }
}

const turnstile: Protocol<TurnstileApi> = protocol('@acme/turnstile')

const ByTable: Statem<TurnstileApi, number, State, Data, Own> = defineStatem(turnstile, {
  init: (coins: number): Begin<State, Data, Own> => begin('locked', { coins }),
  states: {
    locked: {
      calls: { push: (_data, _, { from }) => keepStateAndData(replyTo(from, 'locked')) },
      casts: { coin: (data) => nextState('unlocked', { coins: data.coins + 1 }) },
    },
    unlocked: {
      calls: { push: (data, _, { from }) => nextState('locked', data, replyTo(from, 'through')) },
      casts: { coin: postpone },
    },
  },
  any: {
    calls: { coins: (data, _, { from }) => keepStateAndData(replyTo(from, data.coins)) },
    casts: {
      batch: (_data, count) => keepStateAndData(nextEvent({ type: 'internal', name: 'count', content: count })),
    },
    internal: { count: (data, count) => keepState({ coins: data.coins + count }) },
  },
})

const ByEvent: Statem<TurnstileApi, number, State, Data, Own> = defineStatem(turnstile, {
  init: (coins: number): Begin<State, Data, Own> => begin('locked', { coins }),
  handleEvent: (event, state, data) => {
    switch (event.type) {
      case 'call':
        if (event.name === 'coins') return keepStateAndData(replyTo(event.from, data.coins))
        if (state === 'locked') return keepStateAndData(replyTo(event.from, 'locked'))
        return nextState('locked', data, replyTo(event.from, 'through'))
      case 'cast':
        if (event.name === 'batch')
          return keepStateAndData(nextEvent({ type: 'internal', name: 'count', content: event.payload }))
        if (state === 'locked') return nextState('unlocked', { coins: data.coins + 1 })
        return keepStateAndData(postpone)
      case 'internal':
        return keepState({ coins: data.coins + event.content })
      case 'info':
        return stop('told to')
    }
  },
})

describe.each([
  ['a table of states', ByTable],
  ['handleEvent', ByEvent],
])('a machine with %s', (_, Turnstile) => {
  it('goes from state to state and answers', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const pid = await startStatem(self, Turnstile, 0)
      expect(await call(self, pid, 'push')).toBe('locked')
      cast(self, pid, 'coin')
      expect(await call(self, pid, 'push')).toBe('through')
      expect(await call(self, pid, 'push')).toBe('locked')
    })
  })

  it('tries postponed events again once the state has changed', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const pid = await startStatem(self, Turnstile, 0)
      cast(self, pid, 'coin')
      cast(self, pid, 'coin')
      cast(self, pid, 'coin')
      expect(await call(self, pid, 'coins')).toBe(1)
      expect(await call(self, pid, 'push')).toBe('through')
      expect(await call(self, pid, 'coins')).toBe(2)
      expect(await call(self, pid, 'push')).toBe('through')
      expect(await call(self, pid, 'push')).toBe('through')
      expect(await call(self, pid, 'push')).toBe('locked')
    })
  })

  it('handles what it inserts before what waits', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const pid = await startStatem(self, Turnstile, 0)
      cast(self, pid, 'batch', 10)
      expect(await call(self, pid, 'coins')).toBe(10)
    })
  })

  it('is started from a node, too, and stopped as a server', async () => {
    const { run, node, exited } = createWorld()
    const pid = await run(startStatem(node, Turnstile, 7))
    expect(await run(call(node, pid, 'coins'))).toBe(7)
    await run(stopServer(node, pid, 'shutdown'))
    expect(await exited(pid)).toBe('noproc')
  })
})

describe('an event without a handler', () => {
  it('ends the machine: the caller learns what the state would have handled', async () => {
    const { inProcess } = createWorld()
    const Bare: Statem<TurnstileApi, undefined, State, Data> = defineStatem(turnstile, {
      init: (_: undefined): Begin<State, Data> => begin('locked', { coins: 0 }),
      states: { locked: { casts: { coin: postpone } }, unlocked: {} },
    })
    await inProcess(async (self) => {
      self.trapExits(true)
      const pid = await startStatem(self, Bare)
      const { code, reason } = await failure(call(self, pid, 'push')).then(({ code, details }) => ({
        code,
        reason: details['reason'] as { code: string; message: string },
      }))
      expect(code).toBe('call.exited')
      expect(reason.code).toBe('statem.unhandled_event')
      expect(reason.message).toContain('the call "push" in the state "locked"')
      expect(reason.message).toContain('cast coin')
    })
  })

  it('is dropped and reported if it is a plain message', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      const pid = await startStatem(self, ByTable, 0)
      info(self, pid, { type: 'report' })
      expect(await call(self, pid, 'push')).toBe('locked')
    })
    expect(world.notices('statem', 'warning')).toHaveLength(1)
  })
})

const nothing = (): null => null

describe('a definition', () => {
  it.each([
    ['without states or handleEvent', { init: nothing }, 'not both'],
    ['with both', { init: nothing, states: {}, handleEvent: () => null }, 'not both'],
    ['without init', { states: {} }, 'init must be a function'],
    ['with a part that there is not', { init: nothing, states: { a: { call: {} } } }, 'no part call'],
    ['with a handler that is none', { init: nothing, states: { a: { calls: { x: 1 } } } }, 'states.a.calls.x'],
    [
      'with a message of the library',
      { init: nothing, states: { a: { info: { '$agner/cast': nothing } } } },
      'belong to the library',
    ],
  ])('%s is refused', (_, definition, problem) => {
    expect(() => defineStatem(turnstile, definition as never)).toThrow(problem)
  })
})

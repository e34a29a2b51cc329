/**
 * The types of state machines, right and wrong. It is checked by the compiler and never run: each `@ts-expect-error`
 * stands over the line that must not compile, and over that one only.
 */
import type { Down, Node, Process } from '@agner/core'
import {
  begin,
  call,
  cast,
  changeCallbackModule,
  defineStatem,
  eventTimeout,
  hibernate,
  ignore,
  keepState,
  keepStateAndData,
  nextEvent,
  nextState,
  popCallbackModule,
  postpone,
  protocol,
  pushCallbackModule,
  repeatState,
  repeatStateAndData,
  replyTo,
  startServer,
  startStatem,
  stateTimeout,
  stop,
  stopAndReplyTo,
  timeout,
  type Begin,
  type Protocol,
  type Server,
  type ServerPid,
  type Statem,
} from '../src/index.ts'

interface DoorApi {
  calls: { press(digit: number): 'ok' | 'wrong'; count(): number }
  casts: { slam(): void }
  info: { readonly type: 'tick' } | Down
}
type State = 'locked' | 'open'
interface Data {
  readonly code: string
  readonly n: number
}
interface Own {
  stateTimeout: 'relock'
  timeouts: { retry: number; idle: undefined }
  internal: { recheck: { readonly a: number } }
}
const door: Protocol<DoorApi> = protocol('@acme/door')

// — the right use, with no annotation in a handler —

export const Door: Statem<DoorApi, string, State, Data, Own> = defineStatem(door, {
  init: (code: string): Begin<State, Data, Own> =>
    begin('locked', { code, n: 0 }, timeout('retry', 5, 1), stateTimeout(10, 'relock')),
  states: {
    locked: {
      enter: (data, _oldState, { state }) => keepState(data, stateTimeout(state === 'locked' ? 10 : 20, 'relock')),
      calls: {
        press: (data, digit, { from }) =>
          nextState(
            'open',
            { ...data, n: digit },
            replyTo(from, 'ok'),
            stateTimeout(10, 'relock', { abs: true }),
            timeout('retry', 5, 3),
            timeout('idle', 5),
            hibernate,
          ),
        count: postpone,
      },
      casts: {
        slam: () => keepStateAndData(nextEvent({ type: 'internal', name: 'recheck', content: { a: 1 } })),
      },
      info: { down: (data, { reason }) => stop(reason, data) },
    },
    open: {
      stateTimeout: (data, _content) =>
        nextState(
          'locked',
          data,
          timeout.cancel('retry'),
          timeout.update('retry', 3),
          stateTimeout.cancel(),
          stateTimeout.update('relock'),
          eventTimeout.cancel(),
        ),
      internal: { recheck: (data, { a }) => (a > 1 ? keepState(data) : repeatState(data)) },
      timeouts: { retry: async (data, n) => nextState('locked', { ...data, n }), idle: () => repeatStateAndData() },
      calls: { press: (data) => keepState(data, pushCallbackModule(Other)) },
    },
  },
  any: {
    calls: {
      count: (data, _, { from, state }) =>
        state === 'open' ? stopAndReplyTo('normal', replyTo(from, 1)) : keepStateAndData(replyTo(from, data.n)),
    },
  },
  terminate: (reason, state, data) => void [reason, state === 'open', data.code],
  codeChange: (_oldVersion, _state, _data) => ({ state: 'open', data: { code: '', n: 0 } }),
  formatStatus: ({ state, data, timeouts }) => ({ state, n: data.n, timeouts }),
})

export const Other: Statem<DoorApi, undefined, State, Data, Own> = defineStatem(door, {
  init: (_: undefined) => ignore(),
  states: { locked: {}, open: { casts: { slam: (data) => keepState(data, popCallbackModule) } } },
})

/** States may be any data where one handler takes all events. */
export const Gate: Statem<DoorApi, number, { readonly at: number }, Data> = defineStatem(door, {
  init: (at: number): Begin<{ readonly at: number }, Data> => begin({ at }, { code: 'x', n: 1 }),
  handleEvent: (event, state, data) => {
    switch (event.type) {
      case 'call':
        if (event.name === 'press') return nextState({ at: event.payload }, data, replyTo(event.from, 'ok'))
        return keepStateAndData(replyTo(event.from, state.at))
      case 'cast':
        return keepStateAndData(postpone)
      case 'info':
        return event.message.type === 'down' ? stop(event.message.reason) : keepState(data)
    }
  },
  enter: (oldState, state, data) => (oldState.at === state.at ? keepState(data) : keepStateAndData()),
})

export async function client(self: Process<string>, node: Node): Promise<void> {
  const pid: ServerPid<DoorApi> = await startStatem(self, Door, '1234', { name: 'door' })
  const answer: 'ok' | 'wrong' = await call(self, pid, 'press', 1)
  cast(node, door, 'slam')
  // @ts-expect-error the argument of init
  await startStatem(self, Door, 3)
  // @ts-expect-error the argument is missing
  Door.child()
  void [answer, Door.child({ arg: '1234' }), Other.child()]
}

// — the wrong use: each error is on the argument or the property that is wrong —

export const Wrong: Statem<DoorApi, string, State, Data, Own> = defineStatem(door, {
  // @ts-expect-error no such state
  init: (code: string): Begin<State, Data, Own> => begin('lockd', { code, n: 0 }),
  states: {
    locked: {
      // @ts-expect-error there is no event to postpone any more
      enter: (data) => keepState(data, postpone),
      calls: {
        // @ts-expect-error no such state
        press: (data) => nextState('opn', data),
        // @ts-expect-error data of the wrong type
        count: (data) => nextState('open', { ...data, n: 'x' }),
      },
      casts: {
        // @ts-expect-error an event with content of the wrong type
        slam: () => keepStateAndData(nextEvent({ type: 'internal', name: 'recheck', content: { a: 'x' } })),
      },
      info: {
        // @ts-expect-error content of the wrong type
        tick: () => keepStateAndData(stateTimeout(10, 'relok')),
        // @ts-expect-error there is no event timeout; the error says to declare one
        down: () => keepStateAndData(eventTimeout(5, 'x')),
      },
    },
    open: {
      calls: {
        // @ts-expect-error content of the wrong type
        press: () => keepStateAndData(timeout('retry', 5, 'x')),
        // @ts-expect-error no such timeout
        count: () => keepStateAndData(timeout('retri', 5, 3)),
      },
      casts: {
        // @ts-expect-error data with a part too many
        slam: (data) => keepState({ ...data, extra: 1 }),
      },
      timeouts: {
        // @ts-expect-error the content is a number
        retry: (data, n) => nextState(n, data),
        // @ts-expect-error nothing is returned
        idle: () => {},
      },
      info: {
        // @ts-expect-error the answer is 'ok' or 'wrong', and it is a message that nobody answers
        tick: (_data, _message, { from }) => keepStateAndData(replyTo(from, 'ok')),
      },
    },
  },
})

export const Answers: Statem<DoorApi, undefined, State, Data> = defineStatem(door, {
  init: (_: undefined): Begin<State, Data> => begin('locked', { code: '', n: 0 }),
  states: {
    locked: {
      calls: {
        // @ts-expect-error the answer is a number
        count: (_data, _, { from }) => keepStateAndData(replyTo(from, 'one')),
        // @ts-expect-error no such call
        knock: () => keepStateAndData(),
      },
      // @ts-expect-error the machine declared no internal events
      internal: { recheck: () => keepStateAndData() },
    },
    open: {
      calls: {
        // @ts-expect-error a machine with events of its own is another kind of machine
        press: () => keepStateAndData(changeCallbackModule(Door)),
      },
    },
  },
})

export const MissingState: Statem<DoorApi, undefined, State, Data> = defineStatem(door, {
  init: (_: undefined): Begin<State, Data> => begin('locked', { code: '', n: 0 }),
  // @ts-expect-error `open` is missing
  states: { locked: {} },
})

export const TooManyStates: Statem<DoorApi, undefined, State, Data> = defineStatem(door, {
  init: (_: undefined): Begin<State, Data> => begin('locked', { code: '', n: 0 }),
  // @ts-expect-error no such state
  states: { locked: {}, open: {}, ajar: {} },
})

// @ts-expect-error a machine's own events are internal, timeouts, stateTimeout, eventTimeout
export type Mistyped = Begin<State, Data, { stateTimeouts: 'relock' }>

// Without events of its own: states and data are enough, and stand at the place where they begin.
const machineOfTwo = protocol<{ calls: { go(): 'ok' } }>('@acme/two')
const Two = defineStatem(machineOfTwo, {
  init: () => begin<'a' | 'b', number>('a', 0),
  states: {
    a: { calls: { go: (data, _, { from }) => nextState('b', data + 1, replyTo(from, 'ok')) } },
    // @ts-expect-error: no state of this name
    b: { calls: { go: (data, _, { from }) => nextState('c', data, replyTo(from, 'ok')) } },
  },
})

export function mixedUp(self: Process<never>, Counter: Server<{ calls: { go(): 'ok' } }, undefined, number>): void {
  // @ts-expect-error: a state machine: startStatem
  void startServer(self, Two)
  // @ts-expect-error: a server: startServer
  void startStatem(self, Counter)
}

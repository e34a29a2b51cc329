/**
 * The types of protocols and servers, right and wrong. It is checked by the compiler and never run: each
 * `@ts-expect-error` stands over the line that must not compile, and over that one only.
 */
import * as v from 'valibot'
import { z } from 'zod'
import type { AnyPid, Down, Node, Pid, Process } from '@agner/core'
import {
  answer,
  call,
  cast,
  defineServer,
  ignore,
  info,
  noreply,
  ok,
  protocol,
  reply,
  startServer,
  stop,
  stopAndReply,
  type From,
  type Protocol,
  type Server,
  type ServerPid,
} from '../src/index.ts'

export interface CounterApi {
  calls: { add(by: number): number; mode(): 'a' | 'b'; maybe(by?: number): void }
  casts: { reset(): void; set(to: { readonly count: number }): void }
  info: { readonly type: 'tick' } | { readonly type: 'note'; readonly text: string } | Down
}
interface State {
  readonly count: number
  readonly waiting?: From<'a' | 'b'>
}

export const counter: Protocol<CounterApi> = protocol('@acme/counter')

// — the right use, with no annotation in a handler —

export const Counter: Server<CounterApi, number, State> = defineServer(counter, {
  init: async (start: number): Promise<State> => ({ count: start }),
  continue: (state, key: 'warm') => noreply(state, { continue: key }),
  calls: {
    add: async (state, by) => reply(state.count + by, { count: state.count + by }),
    mode: (state, _, { from }) => {
      answer(from, 'a')
      return noreply({ ...state, waiting: from }, { continue: 'warm' })
    },
    maybe: (state, by) => (by === undefined ? stopAndReply('normal', undefined, state) : stop('odd')),
  },
  casts: { reset: (state) => noreply({ ...state, count: 0 }), set: (state, { count }) => noreply({ ...state, count }) },
  info: {
    tick: (state) => noreply(state),
    note: (state, { text }) => noreply({ count: text.length }),
    down: (state, { reason, ref }, { self }) => {
      self.demonitor(ref)
      return stop(reason, state)
    },
  },
  terminate: (reason, { count }) => void [reason, count],
})

interface Simple {
  readonly count: number
}

/** The state's type comes from init alone, through every way that init may end. */
const Inferred = defineServer(counter, {
  init: (start: number) =>
    start < 0 ? ignore() : start > 9 ? stop('too much') : ok({ count: start } as Simple, { continue: 'warm' }),
  continue: (state, _key: 'warm') => noreply({ count: state.count + 1 }),
  calls: {
    add: (state, by) => reply(by, state),
    mode: (state) => reply('b', state),
    maybe: (state) => reply(undefined, state),
  },
  casts: { reset: (_state) => noreply({ count: 0 }), set: (_, { count }) => noreply({ count }) },
  info: { tick: (state) => noreply(state), note: (state) => noreply(state), down: (state) => noreply(state) },
})
export const inferred: Server<CounterApi, number, Simple> = Inferred

/** The same when init looks at its context, sync or async, and with nothing between it and the handlers. */
const InContext = defineServer(counter, {
  init: async (start: number, { self }) => {
    await self.sleep(1)
    return { count: start, me: self.pid }
  },
  calls: {
    add: (state, by) => reply(state.count + by, { ...state, count: by }),
    mode: (state) => reply('b', state),
    maybe: (state) => stop(String(state.me), state),
  },
  casts: { reset: (state) => noreply({ count: 0, me: state.me }), set: (state) => noreply(state) },
  info: { tick: (state) => noreply(state), note: (state) => noreply(state), down: (state) => noreply(state) },
})

export async function client(self: Process<string>, node: Node, pid: ServerPid<CounterApi>): Promise<void> {
  const sum: number = await call(self, pid, 'add', 1)
  const mode: 'a' | 'b' = await call(node, counter, 'mode', undefined, { timeoutMs: sum })
  await call(self, counter.at('name'), 'maybe')
  await call(self, counter.at({ name: 'name', node: 'a@host' }), 'maybe', 3, { timeoutMs: 1 })
  cast(self, pid, 'reset')
  cast(node, counter, 'set', { count: 1 })
  info(self, counter, { type: 'tick' })
  self.send(pid, { type: 'note', text: mode })
  const started: ServerPid<CounterApi> = await startServer(self, Counter, 1, { name: 'c' })
  const plain: Pid<{ type: 'tick' }> = started
  const any: AnyPid = plain
  void [any, Counter.child({ arg: 1, id: 'c' })]
}

// — the wrong use of a client —

export async function wrongClient(
  self: Process<string>,
  pid: ServerPid<CounterApi>,
  other: Pid<{ type: 'tick' }>,
): Promise<void> {
  // @ts-expect-error a payload of the wrong type
  await call(self, pid, 'add', 'x')
  // @ts-expect-error no payload where one is needed
  await call(self, pid, 'add')
  // @ts-expect-error a payload where there is none
  await call(self, pid, 'mode', 1)
  // @ts-expect-error an unknown call
  await call(self, pid, 'sub', 1)
  // @ts-expect-error a cast is no call
  await call(self, pid, 'reset')
  // @ts-expect-error the result is a number
  const text: string = await call(self, pid, 'add', 1)
  // @ts-expect-error a call is no cast
  cast(self, pid, 'add', 1)
  // @ts-expect-error the payload's part of the wrong type
  cast(self, pid, 'set', { count: '1' })
  // @ts-expect-error an unknown message
  info(self, pid, { type: 'tock' })
  // @ts-expect-error the system alone sends a Down
  info(self, pid, { type: 'down' })
  // @ts-expect-error an unknown message
  self.send(pid, { type: 'tock' })
  // @ts-expect-error some pid says nothing of a protocol
  await call(self, other, 'add', 1)
  // @ts-expect-error the argument of init
  await startServer(self, Counter, 'x')
  // @ts-expect-error the argument is missing
  await startServer(self, Counter)
  // @ts-expect-error the argument of init
  Counter.child({ arg: 'x' })
  // @ts-expect-error the argument is missing
  Counter.child()
  // @ts-expect-error a setting that no child has
  Counter.child({ arg: 1, naame: 'c' })
  // @ts-expect-error an option that no call has
  await call(self, pid, 'add', 1, { timeout: 1 })
  // @ts-expect-error the argument of an init whose state is inferred
  await startServer(self, InContext, 'x')
  void text
}

// — the wrong use of a definition: each error is on the property that is wrong —

export const WrongKey: Server<CounterApi, number, State> = defineServer(counter, {
  init: (start: number): State => ({ count: start }),
  continue: (state, _key: 'warm') => noreply(state),
  calls: {
    // @ts-expect-error an unknown key
    add: (state, by) => reply(by, state, { continue: 'hot' }),
    mode: (state) => reply('a', state),
    maybe: (state) => reply(undefined, state),
  },
  casts: { reset: (state) => noreply(state), set: (state) => noreply(state) },
  info: { tick: (state) => noreply(state), note: (state) => noreply(state), down: (state) => noreply(state) },
})

export const Wrong: Server<CounterApi, number, State> = defineServer(counter, {
  init: (start: number): State => ({ count: start }),
  calls: {
    // @ts-expect-error the result is a number
    add: async (state, by) => reply('x', { count: state.count + by }),
    mode: (state, _, { from }) => {
      // @ts-expect-error the answer is 'a' or 'b'
      answer(from, 'c')
      return noreply(state)
    },
    // @ts-expect-error a state with a part too many
    maybe: (_state) => reply(undefined, { count: 1, extra: 2 }),
  },
  casts: {
    // @ts-expect-error a state with a part of the wrong type
    reset: () => noreply({ count: 'none' }),
    // @ts-expect-error a cast is not answered
    set: (state) => reply(1, state),
  },
  info: {
    // @ts-expect-error no such part in the message
    tick: (state, { text }) => noreply({ count: text }),
    // @ts-expect-error nothing is returned
    note: () => {},
    down: (state) => noreply(state),
  },
})

export const Missing: Server<CounterApi, number, State> = defineServer(counter, {
  init: (start: number): State => ({ count: start }),
  // @ts-expect-error `maybe` is missing
  calls: { add: (state) => reply(1, state), mode: (state) => reply('a', state) },
  // @ts-expect-error `set` is missing
  casts: { reset: (state) => noreply(state) },
  // @ts-expect-error `down` is missing
  info: { tick: (state) => noreply(state), note: (state) => noreply(state) },
})

export const TooMany: Server<CounterApi, number, State> = defineServer(counter, {
  init: (start: number): State => ({ count: start }),
  calls: {
    add: (state) => reply(1, state),
    mode: (state) => reply('a', state),
    maybe: (state) => reply(undefined, state),
    // @ts-expect-error the protocol has no such call
    sub: (state: State) => noreply(state),
  },
  // @ts-expect-error the protocol has no such cast
  casts: { reset: (state) => noreply(state), set: (state) => noreply(state), rest: (state: State) => noreply(state) },
  info: {
    tick: (state) => noreply(state),
    note: (state) => noreply(state),
    down: (state) => noreply(state),
    // @ts-expect-error the protocol has no such message
    tock: (state: State) => noreply(state),
  },
})

const WrongState = defineServer(counter, {
  init: (start: number, { self }) => ({ count: start, me: self.pid }),
  calls: {
    // @ts-expect-error the state has lost a part
    add: (state, by) => reply(by, { count: state.count }),
    // @ts-expect-error the state has no such part
    mode: (state) => reply(state.mode, state),
    maybe: (state) => reply(undefined, state),
  },
  // @ts-expect-error the state is not this
  casts: { reset: () => noreply(null), set: (state) => noreply(state) },
  info: { tick: (state) => noreply(state), note: (state) => noreply(state), down: (state) => noreply(state) },
})
void WrongState

export const NoContinue: Server<CounterApi, number, State> = defineServer(counter, {
  init: (start: number): State => ({ count: start }),
  calls: {
    // @ts-expect-error there is no continue callback; the error says to define one
    add: (state, by) => reply(by, state, { continue: 'warm' }),
    mode: (state) => reply('a', state),
    maybe: (state) => reply(undefined, state),
  },
  casts: { reset: (state) => noreply(state), set: (state) => noreply(state) },
  info: { tick: (state) => noreply(state), note: (state) => noreply(state), down: (state) => noreply(state) },
})

// — parts of an Api may be left out, and then have no place in the definition —

const silent = protocol<{ casts: { hush(): void } }>('@acme/silent')
export const Silent: Server<{ casts: { hush(): void } }, undefined, null> = defineServer(silent, {
  init: (_: undefined): null => null,
  casts: { hush: (state) => noreply(state) },
})
void Silent.child()

export const Loud: Server<{ casts: { hush(): void } }, undefined, null> = defineServer(silent, {
  init: (_: undefined): null => null,
  casts: { hush: (state) => noreply(state) },
  // @ts-expect-error the protocol has no calls
  calls: { shout: (state: null) => reply(1, state) },
})

// — schemas: what they make is what the Api says —

protocol<CounterApi>('a', {
  schemas: {
    calls: { add: z.number().int(), maybe: v.optional(v.number()) },
    casts: { set: v.object({ count: v.pipe(v.string(), v.transform(Number)) }) },
    info: { note: z.object({ type: z.literal('note'), text: z.string().max(100) }) },
  },
})
// @ts-expect-error what the schema makes is a string
protocol<CounterApi>('a', { schemas: { calls: { add: z.string() } } })
// @ts-expect-error what the schema makes lacks a part
protocol<CounterApi>('a', { schemas: { casts: { set: v.object({}) } } })
// @ts-expect-error what the schema makes may be undefined
protocol<CounterApi>('a', { schemas: { calls: { add: v.optional(v.number()) } } })
// @ts-expect-error there is no such call
protocol<CounterApi>('a', { schemas: { calls: { sub: z.number() } } })
// @ts-expect-error there is no such message
protocol<CounterApi>('a', { schemas: { info: { tock: z.unknown() } } })
// @ts-expect-error the system's messages come from nobody who could be wrong
protocol<CounterApi>('a', { schemas: { info: { down: z.unknown() } } })
// @ts-expect-error no schema
protocol<CounterApi>('a', { schemas: { calls: { add: (value: unknown) => typeof value === 'number' } } })

// — what an Api may not hold —

// @ts-expect-error a function cannot be sent
protocol<{ calls: { run(what: () => void): void } }>('a')
// @ts-expect-error nor can one come back
protocol<{ calls: { get(): () => void } }>('a')
// @ts-expect-error a server answers with values: the promise is the client's
protocol<{ calls: { get(): Promise<number> } }>('a')
// @ts-expect-error one payload
protocol<{ calls: { add(a: number, b: number): number } }>('a')
// @ts-expect-error a symbol, deep inside
protocol<{ casts: { set(to: { list: { key: symbol }[] }): void } }>('a')
// @ts-expect-error messages have a type
protocol<{ info: { text: string } }>('a')
// @ts-expect-error names that belong to the library
protocol<{ info: { type: '$agner/cast' } }>('a')

// — a protocol is not another one, and a server is its protocol's —

const twin = protocol<{ calls: { add(by: number): string } }>('@acme/twin')
// @ts-expect-error results differ
export const mistaken: Protocol<{ calls: { add(by: number): number } }> = twin

// — two servers that know each other —

interface LeftApi {
  calls: { meet(right: ServerPid<RightApi>): string }
}
interface RightApi {
  calls: { greet(left: ServerPid<LeftApi>): string }
}
const left = protocol<LeftApi>('@acme/left')
const right = protocol<RightApi>('@acme/right')
export const Left: Server<LeftApi, undefined, null> = defineServer(left, {
  init: (_: undefined): null => null,
  calls: { meet: async (state, other, { self, pid }) => reply(await call(self, other, 'greet', pid), state) },
})
export const Right: Server<RightApi, undefined, null> = defineServer(right, {
  init: (_: undefined): null => null,
  calls: {
    greet: async (state, other, { self, pid }) => {
      // @ts-expect-error a LeftApi is called with a RightApi's pid
      await call(self, other, 'meet', other)
      return reply(await call(self, other, 'meet', pid), state)
    },
  },
})

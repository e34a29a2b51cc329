/**
 * The types of event managers and handlers, right and wrong. It is checked by the compiler and never run: each
 * `@ts-expect-error` stands over the line that must not compile, and over that one only.
 */
import type { Down, Process } from '@agner/core'
import {
  addHandler,
  addSupHandler,
  callHandler,
  defineEventManager,
  defineHandler,
  defineServer,
  deleteHandler,
  handlerProtocol,
  handOver,
  info,
  noreply,
  notify,
  protocol,
  removeHandler,
  reply,
  startEventManager,
  stopServer,
  swapHandler,
  sys,
  syncNotify,
  type EventManager,
  type GenEventExit,
  type Handler,
  type HandlerProtocol,
  type Protocol,
  type Server,
} from '../src/index.ts'

interface DoorApi {
  events: { type: 'opened'; door: string } | { type: 'closed'; door: string; by: number }
  info: { type: 'knock'; loud: boolean } | Down
}
interface JournalApi {
  calls: { recent(count: number): readonly string[]; clear(): 'ok' }
}
const door: Protocol<DoorApi> = protocol('@acme/door')
const journal: HandlerProtocol<DoorApi, JournalApi> = handlerProtocol(door, '@acme/journal')
const bell: HandlerProtocol<DoorApi> = handlerProtocol(door, '@acme/bell')

// — the right use, with no annotation in a callback —

export const Journal: Handler<DoorApi, JournalApi, number> = defineHandler(journal, {
  init: (most: number): { most: number; lines: readonly string[] } => ({ most, lines: [] }),
  events: {
    opened: (state, event) => noreply({ ...state, lines: [...state.lines, event.door] }),
    closed: async (state, { by }) => (by > state.most ? removeHandler() : noreply(state, { hibernate: true })),
  },
  calls: {
    recent: (state, count) => reply(state.lines.slice(-count), state),
    clear: (state) => reply('ok', { ...state, lines: [] }),
  },
  info: { knock: (state, { loud }) => (loud ? handOver(state, { to: Bell }) : noreply(state)) },
  terminate: (why, state) => (why.type === 'delete' ? why.arg : state.lines),
})
export const Bell: Handler<DoorApi, object, void> = defineHandler(bell, {
  init: (_: void, { predecessor }): number => (predecessor?.found === true ? 1 : 0),
  event: (count, event) => noreply(event.type === 'closed' ? count + event.by : count),
})
export const Doors: EventManager<DoorApi> = defineEventManager(door, {
  handlers: [Journal.with(3), Bell.as('front').with()],
})

export async function right(self: Process<GenEventExit>): Promise<string | undefined> {
  const manager = await startEventManager(self, Doors, { name: door.module })
  notify(self, manager, { type: 'opened', door: 'front' })
  await syncNotify(self, door.at('elsewhere'), { type: 'closed', door: 'front', by: 1 }, { timeoutMs: 10 })
  info(self, door, { type: 'knock', loud: true })
  await addHandler(self, door, Journal.as(2), 10)
  await addHandler(self, door, Bell)
  await addSupHandler(self, door, Bell.as(1))
  await swapHandler(self, door, { from: journal, to: Bell })
  await swapHandler(self, door, { from: Bell, to: Journal, arg: 1 })
  await deleteHandler(self, door, journal.as(2), 'why')
  const states = await sys.getState(self, door)
  await stopServer(self, manager)
  const [line] = await callHandler(self, door, journal, 'recent', 3)
  return line ?? String(states)
}

// — the owner of a handler is a server —

interface OwnerApi {
  info: GenEventExit
}
const owner: Protocol<OwnerApi> = protocol('@acme/owner')
export const Owner: Server<OwnerApi, void, number> = defineServer(owner, {
  init: (_: void): number => 0,
  info: {
    genEventExit: (count, { handler, reason }) =>
      reason === 'normal' ? noreply(count) : noreply(typeof handler === 'string' ? 0 : count),
  },
})

// — the wrong use —

export async function wrong(self: Process<never>): Promise<void> {
  // @ts-expect-error there is no such event
  notify(self, door, { type: 'painted', door: 'front' })
  // @ts-expect-error a door is a string
  notify(self, door, { type: 'opened', door: 1 })
  // @ts-expect-error the journal wants a number
  await addHandler(self, door, Journal)
  // @ts-expect-error the bell wants nothing
  await addHandler(self, door, Bell, 3)
  // @ts-expect-error the journal has no such call
  await callHandler(self, door, journal, 'oldest')
  // @ts-expect-error a count is a number
  await callHandler(self, door, journal, 'recent', 'all')
  // @ts-expect-error the handler is for other events
  await addHandler(self, protocol<{ events: { type: 'tick' } }>('@acme/clock'), Bell)
  // @ts-expect-error the journal wants a number
  await swapHandler(self, door, { from: Bell, to: Journal, arg: 'many' })
}

export const wrongHandlers: unknown[] = [
  // @ts-expect-error the calls of the journal are missing
  defineHandler(journal, { init: (most: number) => most }),
  // @ts-expect-error the bell has no calls
  defineHandler(bell, { init: (_: void) => 0, calls: { ring: (state: number) => reply('ok', state) } }),
  defineHandler(bell, {
    init: (_: void): number => 0,
    events: {
      // @ts-expect-error the state is a number
      opened: (_state, { door: name }) => noreply(name),
    },
  }),
  defineHandler(bell, {
    init: (_: void): number => 0,
    events: {
      // @ts-expect-error a closed door has no such property
      closed: (state, event) => noreply(state + event.height),
    },
  }),
  defineHandler(bell, {
    init: (_: void): number => 0,
    // @ts-expect-error an event is not answered
    event: (state) => reply('ok', state),
  }),
]

// — what a handler's calls may not hold —

// @ts-expect-error a function cannot come back
handlerProtocol<DoorApi, { calls: { get(): () => void } }>(door, 'a')
// @ts-expect-error nor can one be sent
handlerProtocol<DoorApi, { calls: { run(what: () => void): void } }>(door, 'a')
// @ts-expect-error a handler answers with values: the promise is the client's
handlerProtocol<DoorApi, { calls: { get(): Promise<number> } }>(door, 'a')
// @ts-expect-error one payload
handlerProtocol<DoorApi, { calls: { add(a: number, b: number): number } }>(door, 'a')
// @ts-expect-error calls are methods
handlerProtocol<DoorApi, { calls: { add: number } }>(door, 'a')
interface MuteApi {
  calls: { get(): symbol }
}
// @ts-expect-error a symbol cannot be sent, and the type of the variable does not hide that
export const mute: HandlerProtocol<DoorApi, MuteApi> = handlerProtocol(door, 'a')
handlerProtocol<DoorApi>(door, 'a').as(1)
handlerProtocol<DoorApi, object>(door, 'a').as('b')
handlerProtocol<DoorApi, { calls: { maybe(how?: string): readonly string[] | undefined } }>(door, 'a')

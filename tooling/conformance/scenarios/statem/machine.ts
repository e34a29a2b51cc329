/**
 * The machine of the stories: in either callback mode all its callbacks come to one function, as they do on Erlang's side.
 */
import {
  begin,
  defineStatem,
  eventTimeout,
  nextEvent,
  protocol,
  stateTimeout,
  timeout,
  type Begin,
  type From,
  type Protocol,
  type ServerPid,
  type Statem,
} from '../../../../packages/behaviours/src/index.ts'
import { isOrderlyExit, type AnyProcess, type ExitReason, type Pid } from '../../../../packages/core/src/index.ts'
import type { Stage } from '../../stage.ts'

/** Whatever a story says to a machine. */
export interface StoryApi {
  calls: { ask(what: unknown): unknown }
  casts: { tell(what: unknown): void }
  info: { readonly type: 'tick' } | { readonly type: 'exit'; readonly reason: ExitReason }
}
export interface StoryOwn {
  internal: { event: unknown }
  timeouts: Record<'x' | 'y' | 'go' | 'reply', unknown>
  stateTimeout: unknown
  eventTimeout: unknown
}
export type StoryMachine = ServerPid<StoryApi>
export type StoryStatem = Statem<StoryApi, undefined, string, unknown, StoryOwn>
export const story: Protocol<StoryApi> = protocol('story')

export const modes = ['table', 'handleEvent'] as const
export type Mode = (typeof modes)[number]

type Asker = From<unknown>

/** An event as Erlang's side has it: its type, or the name of a generic timeout, and its content; for `enter` the old state. */
export interface Told {
  readonly type: string
  readonly content: unknown
  readonly from: Asker | null
}

/** The steps of a story are not checked by types, since its states and contents are whatever Erlang's are. */
export type Handle = (event: Told, state: unknown, data: never, self: AnyProcess) => unknown

export interface Plot {
  readonly handle: Handle
  readonly state: unknown
  readonly data: unknown
  readonly actions: readonly unknown[]
  readonly version?: string
  /** What `terminate` emits its state as, in place of all that it knows. */
  readonly ending?: string
}

/** @param enters whether it has state enter calls. */
export function machineOf(t: Stage, mode: Mode, enters: boolean, plot: Plot): StoryStatem {
  const on = (event: Told, state: unknown, data: unknown, self: AnyProcess): never =>
    plot.handle(event, state, data as never, self) as never
  return mode === 'table' ? byTable(on, enters, rest(t, plot)) : byEvent(on, enters, rest(t, plot))
}

type On = (event: Told, state: unknown, data: unknown, self: AnyProcess) => never
interface Knows {
  readonly self: AnyProcess
  readonly state: unknown
  readonly from?: unknown
}

function rest(t: Stage, { state, data, actions, version = '0.0.0', ending }: Plot) {
  return {
    version,
    init: (_: undefined): Begin<string, unknown, StoryOwn> => begin(state as string, data, ...(actions as never[])),
    terminate: async (reason: ExitReason, at: unknown, given: unknown, { self }: Knows): Promise<void> => {
      if (ending !== undefined) return t.emit(self, ending, at)
      const slow = Array.isArray(given) && given[0] === 'slow'
      if (!slow) return t.emit(self, 'terminate', [word(reason), at, given])
      await self.sleep(20)
      self.send(given[1] as Pid<unknown>, 'terminated')
    },
    codeChange: (_oldVersion: string, at: unknown, given: unknown, extra: unknown) => ({
      state: at as string,
      data: [given, extra] as unknown,
    }),
    formatStatus: (status: object) => ({ ...status, data: 'hidden' }),
  }
}

function byEvent(on: On, enters: boolean, callbacks: ReturnType<typeof rest>): StoryStatem {
  const enter = (old: unknown, state: unknown, data: unknown, { self }: Knows) =>
    on({ type: 'enter', content: old, from: null }, state, data, self)
  return defineStatem(story, {
    ...callbacks,
    handleEvent: (event, state, data, { self }) => on(told(event), state, data, self),
    ...(enters && { enter }),
  })
}

function byTable(on: On, enters: boolean, callbacks: ReturnType<typeof rest>): StoryStatem {
  const tell =
    (type: string) =>
    (data: unknown, content: unknown, { self, state, from }: Knows): never =>
      on({ type, content, from: (from as Asker | undefined) ?? null }, state, data, self)
  return defineStatem(story, {
    ...callbacks,
    states: { a: {}, b: {}, c: {} },
    any: {
      ...(enters && { enter: tell('enter') }),
      calls: { ask: tell('call') },
      casts: { tell: tell('cast') },
      info: { tick: tell('info'), exit: tell('info') },
      internal: { event: tell('internal') },
      timeouts: { x: tell('x'), y: tell('y'), go: tell('go'), reply: tell('reply') },
      stateTimeout: tell('state_timeout'),
      eventTimeout: tell('timeout'),
    },
  })
}

function told(event: Readonly<Record<string, unknown>> & { readonly type: string }): Told {
  const { type, name, payload, content, message, from } = event
  if (type === 'call' || type === 'cast') return { type, content: payload, from: (from as Asker | undefined) ?? null }
  if (type === 'info') return { type, content: message, from: null }
  if (type === 'timeout') return { type: name as string, content, from: null }
  const words: Readonly<Record<string, string>> = { stateTimeout: 'state_timeout', eventTimeout: 'timeout' }
  return { type: words[type] ?? type, content, from: null }
}

/** An orderly reason, or that it crashed. */
export function word(reason: ExitReason): ExitReason {
  return isOrderlyExit(reason) || reason === 'enough' ? reason : 'crashed'
}

// — actions, of contents that are whatever the story says —

export const internal = (content: unknown): unknown => nextEvent<unknown>({ type: 'internal', name: 'event', content })
export const inserted = (payload: unknown): unknown => nextEvent<unknown>({ type: 'cast', name: 'tell', payload })

interface StoryTimer {
  set(ms: number, content: unknown, options?: { readonly abs: boolean }): unknown
  cancel(): unknown
  update(content: unknown): unknown
}

type Contents = Record<string, unknown>

/** By Erlang's words. */
export const timers: Readonly<Record<'state_timeout' | 'timeout' | 'x' | 'y' | 'go' | 'reply', StoryTimer>> = {
  state_timeout: {
    set: (ms, content, options) => stateTimeout(ms, content, options),
    cancel: () => stateTimeout.cancel(),
    update: (content) => stateTimeout.update(content),
  },
  timeout: {
    set: (ms, content, options) => eventTimeout(ms, content, options),
    cancel: () => eventTimeout.cancel(),
    update: (content) => eventTimeout.update(content),
  },
  x: named('x'),
  y: named('y'),
  go: named('go'),
  reply: named('reply'),
}

function named(name: string): StoryTimer {
  return {
    set: (ms, content, options) => timeout<Contents, string>(name, ms, content, options),
    cancel: () => timeout.cancel<Contents>(name),
    update: (content) => timeout.update<Contents, string>(name, content),
  }
}

/** A timer as a story can send it: functions stay where they are. */
export type Word =
  | readonly [timer: keyof typeof timers, ms: number | 'infinity' | 'update' | 'cancel', content?: unknown]
  | readonly ['insert', payload: unknown]

export function actionsOf(words: unknown): unknown[] {
  return (words as readonly Word[]).map((each) => {
    if (each[0] === 'insert') return inserted(each[1])
    const [name, ms, content] = each
    if (ms === 'cancel') return timers[name].cancel()
    return ms === 'update' ? timers[name].update(content) : timers[name].set(ms === 'infinity' ? Infinity : ms, content)
  })
}

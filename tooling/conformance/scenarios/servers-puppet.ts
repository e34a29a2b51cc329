/**
 * A server that does what it is told: as in the Erlang half, a call or a cast brings what its handler does. A function
 * is not sent, so it stays here and its number goes.
 */
import type { AgnerError, AnyPid, Exit, ExitReason, Process } from '../../../packages/core/src/index.ts'
import {
  call,
  cast,
  defineServer,
  noreply,
  protocol,
  reply,
  startServer,
  stopServer,
  type CallContext,
  type NameRegistry,
  type Server,
  type ServerAddress,
  type ServerPid,
  type StartOptions,
} from '../../../packages/behaviours/src/index.ts'
import { errorWord } from '../neutral.ts'
import { type Stage } from '../stage.ts'

export interface PuppetApi {
  calls: { act(act: number): unknown }
  casts: { act(act: number): void }
  info: { type: 'timeout' } | Exit | { type: 'word'; word: string }
}
export const puppet = protocol<PuppetApi>('servers')

export type Context = CallContext<PuppetApi, unknown>
type Self = Process<unknown>
/** What a callback does; gives a step. */
export type Act = (state: unknown, context: Context) => unknown
export type Init = (context: Context) => unknown

const acts: Act[] = []
export const toAct = (act: Act): number => acts.push(act) - 1

export function definePuppet(t: Stage, trapExits = false): Server<PuppetApi, Init, unknown> {
  const run = (state: unknown, act: number, context: unknown): never => acts[act]!(state, context as Context) as never
  return defineServer(puppet, {
    trapExits,
    init: (init: Init, context): unknown => init(context as unknown as Context),
    continue: (state, act: Act, context) => act(state, context as unknown as Context) as never,
    calls: { act: run },
    casts: { act: run },
    info: {
      timeout: (state, _, { self }) => {
        t.emit(self, 'timeout')
        return noreply(state)
      },
      exit: (state, { reason }, { self }) => {
        t.emit(self, 'exit', reason)
        return noreply(state)
      },
      word: (state, { word }, { self }) => {
        t.emit(self, 'info', word)
        return noreply(state)
      },
    },
    terminate: (reason, _, { self }) => t.emit(self, 'terminate', word(reason)),
  })
}

/** As `word/1` of the Erlang half. */
export function word(reason: unknown): unknown {
  const { code } = (reason ?? {}) as { readonly code?: string }
  if (code === 'server.bad_return') return 'bad_return'
  return code === 'server.unknown_call' || code === 'server.unknown_cast' ? 'unknown' : reason
}

/** Why a call failed, as gen_server:call exits. */
export function failed(error: unknown): unknown {
  const { code, details } = error as AgnerError
  return ['failed', code === 'call.exited' ? word(details['reason']) : errorWord(error)]
}

/** The moves of the Erlang half, by the same names. */
export class Moves {
  readonly #self: Self
  readonly #t: Stage

  constructor(self: Self, t: Stage) {
    this.#self = self
    this.#t = t
  }

  async start(label: string, init: Init = () => 's', by: Self = this.#self): Promise<ServerPid<PuppetApi>> {
    return this.#t.label(label, await startServer(by.node, definePuppet(this.#t), init))
  }

  /** How a start went. */
  async outcome(init: Init, options: StartOptions = {}, isLinked = false): Promise<unknown> {
    try {
      await startServer(isLinked ? this.#self : this.#self.node, definePuppet(this.#t), init, options)
      return 'ok'
    } catch (error) {
      const { code, reason } = error as AgnerError & { readonly reason: ExitReason }
      return code === 'start.ignored' ? 'ignore' : ['error', word(reason)]
    }
  }

  async call(to: ServerAddress, act: Act, timeoutMs = 500): Promise<unknown> {
    try {
      return ['answer', await call(this.#self, puppet.at(to), 'act', toAct(act), { timeoutMs })]
    } catch (error) {
      return failed(error)
    }
  }

  cast(to: ServerAddress, act: Act): 'ok' {
    cast(this.#self, puppet.at(to), 'act', toAct(act))
    return 'ok'
  }

  stateOf(to: ServerAddress): Promise<unknown> {
    return this.call(to, (state) => reply(state, state))
  }

  note(text: string): Act {
    return (state, { self }) => {
      this.#t.emit(self, 'note', text)
      return noreply(state)
    }
  }

  async asleep(pid: AnyPid): Promise<boolean> {
    await this.#t.quiet(this.#self, 10)
    return this.#self.processInfo(pid, ['currentFunction'])?.currentFunction === 'hibernate'
  }

  async stop(to: ServerAddress, reason: ExitReason): Promise<unknown> {
    try {
      await stopServer(this.#self, to, reason, { timeoutMs: 500 })
      return 'ok'
    } catch (error) {
      return failed(error)
    }
  }
}

/** A registry of names that are kept elsewhere. */
export function createNames(): NameRegistry {
  const names = new Map<unknown, AnyPid>()
  return {
    registry: 'names',
    register: (_node, name, pid) => {
      const holder = names.get(name)
      if (holder === undefined) names.set(name, pid)
      return holder ?? null
    },
    unregister: (_node, name, pid) => void (names.get(name) === pid && names.delete(name)),
    whereis: (_node, name) => names.get(name),
  }
}

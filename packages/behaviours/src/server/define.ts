/**
 * `defineServer`: callbacks and a protocol become a module that can be started, supervised, and spawned from other nodes.
 *
 * The module has two functions: `start` runs init at once, for a plain spawn by name; `startAwaited` waits for the start request of
 * who spawned it, so that its starter learns how init went (proc_lib:start_link).
 */
import type { CallbackBody, Process } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { reservedTypes } from '../protocol/envelope.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { ChildOptions, ChildSpec } from '../supervisor/child-spec.ts'
import type { Server, ServerDefinition } from './definition.ts'
import { Running, type AnyDefinition, type AnyHandler, type Parent } from './running.ts'
import { startChildServer } from './start.ts'

/** What another node sends along with `startAwaited`. */
export interface RemoteStart {
  readonly arg: unknown
  readonly parent: Parent
  readonly name: string | null
}

const definitions = new WeakMap<object, AnyDefinition>()

/**
 * Defines a server against its protocol (gen_server).
 *
 *     export const Counter: Server<CounterApi, number, State> = defineServer(counter, {
 *       init: (start: number): State => ({ count: start }),
 *       calls: { add: (state, by) => reply(state.count + by, { count: state.count + by }) },
 *     })
 *
 * Callbacks may be async: while one is pending, messages wait and exit signals act. State is plain data, never a class: it can then move to another version of the code.
 *
 * @throws `server.bad_definition`
 */
export function defineServer<Api, Arg, State, Key = 'define continue(state, key) to use { continue }'>(
  protocol: Protocol<Api>,
  definition: ServerDefinition<Api, Arg, State, Key>,
): Server<Api, Arg, State> {
  const { module } = protocol
  const known = forget(module, definition as unknown as Loose)
  const server: Server<Api, Arg, State> = Object.freeze({
    module,
    protocol,
    version: definition.version ?? '0.0.0',
    functions: Object.freeze({ start: startAtOnce(known), startAwaited: startOnRequest(known) }),
    child: (options: Partial<ChildOptions<Arg>> = {}): ChildSpec => {
      const { id = module, arg, name, ...settings } = options as ChildOptions<unknown>
      return { id, type: 'worker', ...settings, start: (supervisor) => startChildServer(supervisor, server, arg, name) }
    },
  })
  definitions.set(server, known)
  return server
}

/** @internal The body of one process of a server: it waits for the start request. */
export function awaitingBody(server: object, parent: Parent, arg: unknown): CallbackBody<never, Running> {
  const definition = definitions.get(server)
  if (definition === undefined) throw behavioursError('server.bad_definition', { module: 'what was passed', problem: 'it is not what defineServer returned' })
  return {
    init: (self) => new Running(definition, self, parent, arg),
    message: (_self, message, running) => running.message(message),
  }
}

function startAtOnce(definition: AnyDefinition): CallbackBody<never, Running, unknown> {
  return {
    init: (self: Process<never>, arg: unknown) => new Running(definition, self, null, arg).start(null),
    message: (_self, message, running) => running.message(message),
  }
}

function startOnRequest(definition: AnyDefinition): CallbackBody<never, Running, RemoteStart> {
  return {
    init: (self: Process<never>, { arg, parent, name }: RemoteStart) => {
      if (name !== null) self.register(name)
      return new Running(definition, self, parent, arg)
    },
    message: (_self, message, running) => running.message(message),
  }
}

/** A definition as plain functions, before its tables are made. */
interface Loose {
  readonly trapExits?: boolean
  readonly init: AnyDefinition['init']
  readonly continue?: AnyDefinition['continue']
  readonly terminate?: AnyDefinition['terminate']
  readonly calls?: Readonly<Record<string, AnyHandler>>
  readonly casts?: Readonly<Record<string, AnyHandler>>
  readonly info?: Readonly<Record<string, AnyHandler>>
}

function forget(module: string, definition: Loose): AnyDefinition {
  const bad = (problem: string) => behavioursError('server.bad_definition', { module, problem })
  if (typeof definition?.init !== 'function') throw bad('init must be a function')
  const table = (name: 'calls' | 'casts' | 'info') => {
    const entries = Object.entries(definition[name] ?? {})
    for (const [key, handler] of entries) if (typeof handler !== 'function') throw bad(`${name}.${key} must be a function`)
    return new Map(entries)
  }
  const info = table('info')
  for (const type of info.keys()) if (type.startsWith(reservedTypes)) throw bad(`info types that begin with ${reservedTypes} belong to the library`)
  return {
    module,
    trapExits: definition.trapExits === true,
    init: definition.init.bind(definition),
    continue: definition.continue?.bind(definition),
    terminate: definition.terminate?.bind(definition),
    calls: table('calls'),
    casts: table('casts'),
    info,
  }
}

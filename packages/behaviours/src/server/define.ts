/**
 * `defineServer`: callbacks and a protocol become a module that can be started, supervised, and spawned from other nodes.
 *
 * The module has two functions: `start` runs init at once, for a plain spawn by name; `startAwaited` waits for the start request of
 * who spawned it, so that its starter learns how init went (proc_lib:start_link).
 */
import type { CallbackBody, Process } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { ChildOptions, ChildSpec } from '../supervisor/child-spec.ts'
import { toCallbacks, type Callbacks, type LooseDefinition } from './callbacks.ts'
import type { Server, ServerDefinition } from './definition.ts'
import { Running, type Beginning } from './running.ts'
import { startChildServer } from './start.ts'

/** The callbacks behind each server, out of reach of its users. */
const known = new WeakMap<object, Callbacks>()

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
  const callbacks = toCallbacks(module, definition as unknown as LooseDefinition)
  const server: Server<Api, Arg, State> = Object.freeze({
    module,
    protocol,
    version: definition.version ?? '0.0.0',
    functions: Object.freeze({ start: startAtOnce(callbacks), startAwaited: startOnRequest(callbacks) }),
    child: (options: Partial<ChildOptions<Arg>> = {}): ChildSpec => {
      const { id = module, arg, name, ...settings } = options as ChildOptions<unknown>
      return { id, type: 'worker', ...settings, start: (supervisor) => startChildServer(supervisor, server, arg, name) }
    },
  })
  known.set(server, callbacks)
  return server
}

/** @internal The body of one process of a server: it waits for the start request. */
export function awaitingBody(server: object, beginning: Beginning): CallbackBody<never, Running> {
  const callbacks = known.get(server)
  if (callbacks === undefined) {
    throw behavioursError('server.bad_definition', { module: 'what was passed', problem: 'it is not what defineServer returned' })
  }
  return { init: (self) => new Running(callbacks, self, beginning), message }
}

/** Its parent, as far as it can be known, is who spawned it. */
function startAtOnce(callbacks: Callbacks): CallbackBody<never, Running, unknown> {
  return {
    init: (self: Process<never>, arg: unknown) => {
      const parent = self.node.processInfo(self.pid)?.parent ?? null
      return new Running(callbacks, self, { parent, arg, name: null }).start(null)
    },
    message,
  }
}

function startOnRequest(callbacks: Callbacks): CallbackBody<never, Running, Beginning> {
  return { init: (self: Process<never>, beginning: Beginning) => new Running(callbacks, self, beginning), message }
}

function message(_self: Process<never>, received: unknown, running: Running): Running | Promise<Running> {
  return running.message(received)
}

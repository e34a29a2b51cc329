/**
 * The kernel's view of a server: callback bodies over {@link Running}.
 *
 *     startServer, a child specification   awaitingBody: waits for the start request of who spawned it
 *     spawnAt(…, 'startAwaited')           the same, asked for from another node
 *     spawnAt(…, 'start')                  runs init at once; nobody waits for it
 */
import type { CallbackBody, Process } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { Callbacks } from './callbacks.ts'
import { Running, type Beginning } from './running.ts'

/** The callbacks behind each server, out of reach of its users. */
const known = new WeakMap<object, Callbacks>()

/** Whether exit signals come to the server as messages from the very first one. */
export function trapsExits(server: object): boolean {
  return known.get(server)?.trapExits === true
}

export function remember(server: object, callbacks: Callbacks): void {
  known.set(server, callbacks)
}

/** One process of a server on this node. @throws `server.bad_definition` for what defineServer did not make. */
export function awaitingBody(server: object, beginning: Beginning): CallbackBody<never, Running> {
  const callbacks = known.get(server)
  if (callbacks === undefined) {
    const problem = 'it is not what defineServer returned'
    throw behavioursError('server.bad_definition', { module: 'what was passed', problem })
  }
  return { name: callbacks.module, init: (self) => new Running(callbacks, self, beginning), message }
}

/** The module's functions, which other nodes may spawn. */
export interface ServerFunctions {
  readonly start: CallbackBody<never, Running, unknown>
  readonly startAwaited: CallbackBody<never, Running, Beginning>
  readonly [name: string]: CallbackBody<never, Running, never>
}

export function functionsOf(callbacks: Callbacks): ServerFunctions {
  return Object.freeze({
    start: {
      init: (self: Process<never>, arg: unknown) => {
        // Its parent, as far as it can be known, is who spawned it.
        const parent = self.node.processInfo(self.pid)?.parent ?? null
        return new Running(callbacks, self, { parent, arg, name: null }).start(null)
      },
      message,
    },
    startAwaited: {
      init: (self: Process<never>, beginning: Beginning) => new Running(callbacks, self, beginning),
      message,
    },
  })
}

function message(_self: Process<never>, received: unknown, running: Running): Running | Promise<Running> {
  return running.message(received)
}

/**
 * `defineServer`: callbacks and a protocol become a module that can be started, supervised, and spawned from other
 * nodes.
 */
import type { Protocol } from '../protocol/protocol.ts'
import { childrenOf } from '../gen/children-of.ts'
import { functionsOf } from '../gen/code.ts'
import { toCallbacks, type LooseDefinition } from './callbacks.ts'
import type { Server, ServerDefinition } from './definition.ts'
import { remember } from './callbacks-of.ts'
import { toCode } from './code.ts'

/**
 * Defines a server against its protocol (gen_server).
 *
 *     export const Counter: Server<CounterApi, number, State> = defineServer(counter, {
 *       init: (start: number): State => ({ count: start }),
 *       calls: { add: (state, by) => reply(state.count + by, { count: state.count + by }) },
 *     })
 *
 * Callbacks may be async: while one is pending, messages wait and exit signals act. State is plain data, never a class:
 * it can then move to another version of the code. Say what `init` returns; the rest is inferred.
 *
 * @throws `server.bad_definition`
 */
export function defineServer<Api, Arg, State, Key = 'define continue(state, key) to use { continue }'>(
  protocol: Protocol<Api>,
  definition: ServerDefinition<Api, Arg, State, Key>,
): Server<Api, Arg, State> {
  const { module } = protocol
  const callbacks = toCallbacks(protocol, definition as unknown as LooseDefinition)
  const code = toCode(callbacks)
  const server: Server<Api, Arg, State> = Object.freeze({
    module,
    protocol,
    version: code.version,
    functions: functionsOf(code),
    ...childrenOf<Api, Arg>(code),
  })
  remember(server, callbacks)
  return server
}

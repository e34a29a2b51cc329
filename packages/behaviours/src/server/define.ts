/**
 * `defineServer`: callbacks and a protocol become a module that can be started, supervised, and spawned from other
 * nodes.
 */
import type { Protocol, ServerPid } from '../protocol/protocol.ts'
import type { ChildOptions, ChildSpec, ChildTemplate, TemplateSettings } from '../supervisor/child-spec.ts'
import { functionsOf } from '../gen/code.ts'
import { startGenChild } from '../gen/start.ts'
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
    child: (options: Partial<ChildOptions<Arg>> = {}): ChildSpec<ServerPid<Api> | null> => {
      const { id = module, arg, name, ...settings } = options as ChildOptions<unknown>
      const start: ChildSpec<ServerPid<Api> | null>['start'] = (supervisor) =>
        startGenChild(
          supervisor,
          code,
          arg,
          name === undefined ? undefined : { name },
        ) as Promise<ServerPid<Api> | null>
      return { id, type: 'worker', ...settings, start }
    },
    children: (settings: TemplateSettings = {}): ChildTemplate<Arg, ServerPid<Api> | null> => ({
      id: module,
      type: 'worker',
      ...settings,
      start: (supervisor, arg) => startGenChild(supervisor, code, arg) as Promise<ServerPid<Api> | null>,
    }),
  })
  remember(server, callbacks)
  return server
}

/**
 * `defineHandler`: callbacks and a handler's protocol become a handler that managers can install.
 */
import { rememberHandler, toTables, type LooseHandler } from './callbacks.ts'
import type { Handler, HandlerDefinition } from './definition.ts'
import type { HandlerProtocol, HandlerTag } from './handler-protocol.ts'

/**
 * Defines an event handler (the callback module of gen_event).
 *
 *     export const Journal: Handler<DoorApi, JournalApi, void> = defineHandler(journal, {
 *       init: (): string[] => [],
 *       events: { opened: (lines, { door }) => noreply([...lines, `${door} was opened`]) },
 *       calls: { recent: (lines, count) => reply(lines.slice(-count), lines) },
 *     })
 *
 * It runs in the process of its manager, after the handlers that were added later. A crash of it removes it, and nobody
 * else. Callbacks may be async: while one is pending, the handlers after it, and all messages, wait.
 *
 * @throws `events.bad_definition`
 */
export function defineHandler<Api, HandlerApi, Arg, State>(
  protocol: HandlerProtocol<Api, HandlerApi>,
  definition: HandlerDefinition<Api, HandlerApi, Arg, State>,
): Handler<Api, HandlerApi, Arg> {
  const { handler, timeoutMs } = protocol
  const loose = definition as unknown as LooseHandler
  const functions = Object.freeze({})
  const tables = toTables(handler, loose)
  rememberHandler(functions, tables)
  const { version } = tables
  const withTag = (id: HandlerTag | null): Handler<Api, HandlerApi, Arg> => {
    const made: Handler<Api, HandlerApi, Arg> = Object.freeze({
      module: handler,
      version,
      functions,
      handler,
      id,
      timeoutMs,
      as: withTag,
      with: (...[arg]: [arg?: Arg]) => ({ handler: made, arg }),
    })
    return made
  }
  return withTag(protocol.id)
}

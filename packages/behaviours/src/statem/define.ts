/**
 * `defineStatem`: callbacks and a protocol become a state machine that can be started, supervised, and spawned from other
 * nodes.
 */
import { childrenOf } from '../gen/children-of.ts'
import { functionsOf } from '../gen/code.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { toMachineCallbacks, type LooseStatem } from './callbacks.ts'
import { rememberMachine } from './callbacks-of.ts'
import { toMachineCode } from './code.ts'
import type { Statem, StatemDefinition } from './definition.ts'
import type { OwnEventsShape } from './events.ts'

/**
 * Defines a state machine against its protocol (gen_statem).
 *
 *     export const Door: Statem<DoorApi, string, 'locked' | 'open', Data, Own> = defineStatem(door, {
 *       init: (code: string): Begin<'locked' | 'open', Data, Own> => begin('locked', { code }),
 *       states: {
 *         locked: { calls: { unlock: (data, code, { from }) => … } },
 *         open: {
 *           enter: (data) => keepState(data, stateTimeout(10_000, 'relock')),
 *           stateTimeout: (data) => nextState('locked', data),
 *         },
 *       },
 *     })
 *
 * A table of handlers for each state, and `any` for what a state does not handle itself (state_functions); or one
 * `handleEvent` for all events (handle_event_function), whose states may be any data. Clients call it as they call a
 * server. Callbacks may be async: while one is pending, messages wait and exit signals act.
 *
 * @throws `statem.bad_definition`
 */
export function defineStatem<Api, Arg, State, Data, Own extends OwnEventsShape>(
  protocol: Protocol<Api>,
  definition: StatemDefinition<Api, Arg, State, Data, Own>,
): Statem<Api, Arg, State, Data, Own> {
  const { module } = protocol
  const callbacks = toMachineCallbacks(protocol, definition as unknown as LooseStatem)
  const code = toMachineCode(callbacks)
  const statem: Statem<Api, Arg, State, Data, Own> = Object.freeze({
    module,
    protocol,
    version: code.version,
    functions: functionsOf(code),
    ...childrenOf<Api, Arg>(code),
  })
  rememberMachine(statem, callbacks)
  return statem
}

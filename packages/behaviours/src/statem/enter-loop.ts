/**
 * A hand-made process becomes a state machine (gen_statem:enter_loop).
 *
 *     async (self) => { …a beginning of its own…; return enterStatemLoop(self, Door, 'locked', { code }) }
 */
import type { AnyProcess } from '@agner/core'
import { beginningByHand, liveAs, type HandMadeOptions } from '../gen/hand-made.ts'
import type { Action } from './actions.ts'
import { machineCallbacksOf } from './callbacks-of.ts'
import type { Statem } from './definition.ts'
import type { NoOwnEvents } from './events.ts'
import { Machine } from './machine.ts'

export interface EnterStatemOptions<Own = NoOwnEvents> extends HandMadeOptions {
  /** As those of `begin`: done before the first state enter call. */
  readonly actions?: readonly Action<NoOwnEvents, Own, never>[]
}

/**
 * Goes on as a state machine in this state and with these data; never comes back. `init` does not run. Exits are trapped
 * if the process traps them, whatever the definition says.
 *
 * Rejects with `server.not_named` if it does not have the name that it should.
 */
export async function enterStatemLoop<Api, Arg, State, Data, Own>(
  self: AnyProcess,
  statem: Statem<Api, Arg, State, Data, Own>,
  state: NoInfer<State>,
  data: NoInfer<Data>,
  options: EnterStatemOptions<NoInfer<Own>> = {},
): Promise<never> {
  const beginning = beginningByHand(self, statem.module, options)
  const machine = new Machine(machineCallbacksOf(statem), self, beginning)
  return liveAs(self, machine, machine.enter(state, data, options.actions ?? []))
}

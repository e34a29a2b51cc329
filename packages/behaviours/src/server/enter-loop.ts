/**
 * A hand-made process becomes a server (gen_server:enter_loop).
 *
 *     async (self) => { …a beginning of its own…; return enterLoop(self, Counter, { count: 3 }) }
 *
 * `init` does not run; from here on the process is as any other server: calls, sys, `terminate`. It stays an async body,
 * so it takes more memory than a server that was started as one.
 */
import type { AnyProcess } from '@agner/core'
import { beginningByHand, liveAs, type HandMadeOptions } from '../gen/hand-made.ts'
import { callbacksOf } from './callbacks-of.ts'
import type { Server } from './definition.ts'
import { RunningServer } from './running.ts'
import type { Then } from './steps.ts'

export interface EnterLoopOptions<Key = never> extends HandMadeOptions {
  /** How it goes on at first, as the last argument of `noreply`. */
  readonly then?: Then<Key>
}

/**
 * Goes on as a server with this state; never comes back. Exits are trapped if the process traps them, whatever the
 * server's definition says.
 *
 * Rejects with `server.not_named` if it does not have the name that it should.
 */
export async function enterLoop<Api, Arg, State>(
  self: AnyProcess,
  server: Server<Api, Arg, State>,
  state: NoInfer<State>,
  options: EnterLoopOptions<unknown> = {},
): Promise<never> {
  const beginning = beginningByHand(self, server.module, options)
  const running = new RunningServer(callbacksOf(server), self, beginning)
  return liveAs(self, running, running.enter(state, options.then))
}

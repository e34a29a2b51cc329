/**
 * A hand-made process becomes a server (gen_server:enter_loop).
 *
 *     async (self) => { …a beginning of its own…; return enterLoop(self, Counter, { count: 3 }) }
 *
 * `init` does not run; from here on the process is as any other server: calls, sys, `terminate`. It stays an async body,
 * so it takes more memory than a server that was started as one.
 */
import type { AnyProcess, ExitReason, Finish } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { describeName, hasName, type ServerName } from '../gen/name.ts'
import { callbacksOf } from './callbacks-of.ts'
import type { Server } from './definition.ts'
import { RunningServer } from './running.ts'
import type { Then } from './steps.ts'

export interface EnterLoopOptions<Key = never> {
  /** The name that it must have by now, local or in a registry. */
  readonly name?: ServerName
  /** Milliseconds without a message after which it hibernates. */
  readonly hibernateAfterMs?: number
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
  const { name = null, hibernateAfterMs, then } = options
  if (name !== null && !hasName(self, name))
    throw behavioursError('server.not_named', { module: server.module, name: describeName(name) })
  const running = new RunningServer(callbacksOf(server), self, {
    parent: self.processInfo(self.pid)?.parent ?? null,
    arg: undefined,
    name: null,
    ...(hibernateAfterMs !== undefined && { hibernateAfterMs }),
  })
  // Typed as one that takes nothing else: what it receives from here on is the server's affair.
  const receiving = self as unknown as { receive(guard: (message: unknown) => boolean): Promise<unknown> }
  const isWelcome = (message: unknown): boolean => !running.isSuspended || running.isUrgent(message)
  let left: RunningServer | Finish = await self.wait(
    Promise.resolve(running.enter(state, then)) as Promise<RunningServer>,
  )
  while (left === running) {
    const message = await receiving.receive(isWelcome)
    left = (await self.wait(Promise.resolve(running.message(message)))) as RunningServer | Finish
  }
  return self.exit((left as unknown as { readonly reason: ExitReason }).reason)
}

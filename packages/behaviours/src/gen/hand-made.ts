/**
 * A process that was made by hand and goes on as one of a behaviour (enter_loop): it stays an async body, and from here
 * on takes its messages as a behaviour does.
 */
import type { AnyProcess, ExitReason, Finish } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { Beginning, Loop } from './beginning.ts'
import type { Gen } from './gen.ts'
import { describeName, hasName, type ServerName } from './name.ts'

export interface HandMadeOptions {
  /** The name that it must have by now, local or in a registry. */
  readonly name?: ServerName
  /** Milliseconds without a message after which it hibernates. */
  readonly hibernateAfterMs?: number
}

/** @throws `server.not_named` if it does not have the name that it should. */
export function beginningByHand(self: AnyProcess, module: string, options: HandMadeOptions): Beginning {
  const { name, hibernateAfterMs } = options
  if (name !== undefined && !hasName(self, name))
    throw behavioursError('server.not_named', { module, name: describeName(name) })
  return {
    parent: self.processInfo(self.pid)?.parent ?? null,
    arg: undefined,
    name: null,
    ...(hibernateAfterMs !== undefined && { hibernateAfterMs }),
  }
}

/** @param first what is left of its beginning. */
export async function liveAs(self: AnyProcess, gen: Gen, first: Loop): Promise<never> {
  // Typed as one that takes nothing else: what it receives from here on is the behaviour's affair.
  const receiving = self as unknown as { receive(guard: (message: unknown) => boolean): Promise<unknown> }
  const isWelcome = (message: unknown): boolean => !gen.isSuspended || gen.isUrgent(message)
  let left: Gen | Finish = await self.wait(Promise.resolve(first))
  while (left === gen) {
    const message = await receiving.receive(isWelcome)
    left = await self.wait(Promise.resolve(gen.message(message)))
  }
  return self.exit((left as unknown as { readonly reason: ExitReason }).reason)
}

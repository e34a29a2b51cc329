/**
 * Starting and stopping servers: gen_server:start_link and gen_server:stop.
 */
import type { AnyProcess, ExitReason, ProcessAddress, Ref } from '@agner/core'
import { startBound, startGen, type Starter, type StartOptions } from '../gen/start.ts'
import { stopGen, type StopOptions } from '../gen/stop.ts'
import { addressOf, resolve } from '../protocol/client.ts'
import { heardBy } from '../protocol/heard.ts'
import type { ServerPid, Target } from '../protocol/protocol.ts'
import type { ViaName } from '../protocol/via.ts'
import type { Server } from './definition.ts'
import { codeOf } from './code.ts'

export type ArgThen<Arg, Options> = undefined extends Arg
  ? [arg?: Arg, options?: Options]
  : [arg: Arg, options?: Options]

/**
 * Starts a server and waits until its init has run (gen_server:start_link; from a node gen_server:start).
 *
 * A process that starts it is linked to it and is its parent: when the parent exits, the server does too, through
 * `terminate` if it traps exits. What can be copied of the argument is; sockets, functions and the like go by
 * reference, on this node.
 *
 * Rejects with a {@link StartError}: `start.failed` (its `reason` is what init failed with), `start.ignored`,
 * `start.timeout`, `start.already_started` (`details.pid` has the name); for another node also with
 * `spawn.no_connection`, `module.unknown`.
 */
export function startServer<Api, Arg, State>(
  parent: Starter,
  server: Server<Api, Arg, State>,
  ...[arg, options]: ArgThen<NoInfer<Arg>, StartOptions>
): Promise<ServerPid<Api>> {
  try {
    return heardBy(parent, startGen(parent, codeOf(server), arg, options) as Promise<ServerPid<Api>>)
  } catch (error) {
    return heardBy(parent, Promise.reject(error as Error))
  }
}

/**
 * Starts a server with a monitor in place of the link (gen_server:start_monitor): the server has no parent, and its end
 * comes as a `Down` with this ref, whatever happens. A start that fails is told by the rejection alone.
 */
export function startServerMonitor<Api, Arg, State>(
  self: AnyProcess,
  server: Server<Api, Arg, State>,
  ...[arg, options = {}]: ArgThen<NoInfer<Arg>, StartOptions>
): Promise<{ readonly pid: ServerPid<Api>; readonly ref: Ref }> {
  const start = async (): Promise<{ readonly pid: ServerPid<Api>; readonly ref: Ref }> => {
    const { pid, ref } = await startBound(self, codeOf(server), arg, options, 'monitor')
    return { pid: pid as ServerPid<Api>, ref: ref! }
  }
  return heardBy(self, start())
}

/**
 * Asks a server to run `terminate` and exit with `reason`, and resolves when it has (gen_server:stop). It works on every
 * behaviour.
 *
 * Rejects with `call.no_process` if it is not there, `call.exited` if it ended for another reason, `call.timeout`,
 * `call.no_connection`.
 */
export function stopServer<Api>(
  from: Starter,
  to: Target<Api> | ProcessAddress | ViaName,
  reason: ExitReason = 'normal',
  options: StopOptions = {},
): Promise<void> {
  const address = typeof to === 'string' || 'name' in to ? resolve(from, to) : addressOf(from, to)
  return stopGen(from, address, reason, options)
}

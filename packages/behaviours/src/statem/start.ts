/**
 * Starting state machines: gen_statem:start_link. They are stopped as servers are, by `stopServer`.
 */
import type { AnyProcess, Ref } from '@agner/core'
import { startBound, startGen, type Starter, type StartOptions } from '../gen/start.ts'
import { heardBy } from '../protocol/heard.ts'
import type { ServerPid } from '../protocol/protocol.ts'
import type { ArgThen } from '../server/start.ts'
import { machineCodeOf } from './code.ts'
import type { Statem } from './definition.ts'

/**
 * Starts a state machine and waits until its init has run (gen_statem:start_link; from a node gen_statem:start). The
 * actions of `begin` and the first state enter call come after that, and before any message.
 *
 * Rejects as `startServer` does.
 */
export function startStatem<Api, Arg, State, Data, Own>(
  parent: Starter,
  statem: Statem<Api, Arg, State, Data, Own>,
  ...[arg, options]: ArgThen<NoInfer<Arg>, StartOptions>
): Promise<ServerPid<Api>> {
  const start = async (): Promise<ServerPid<Api>> =>
    (await startGen(parent, machineCodeOf(statem), arg, options)) as ServerPid<Api>
  return heardBy(parent, start())
}

/**
 * Starts a state machine with a monitor in place of the link (gen_statem:start_monitor), as `startServerMonitor` does a
 * server.
 */
export function startStatemMonitor<Api, Arg, State, Data, Own>(
  self: AnyProcess,
  statem: Statem<Api, Arg, State, Data, Own>,
  ...[arg, options = {}]: ArgThen<NoInfer<Arg>, StartOptions>
): Promise<{ readonly pid: ServerPid<Api>; readonly ref: Ref }> {
  const start = async (): Promise<{ readonly pid: ServerPid<Api>; readonly ref: Ref }> => {
    const { pid, ref } = await startBound(self, machineCodeOf(statem), arg, options, 'monitor')
    return { pid: pid as ServerPid<Api>, ref: ref! }
  }
  return heardBy(self, start())
}

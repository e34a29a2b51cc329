/**
 * The inspector of the node that is looked at: one of our own, which ends with the connection, or the one that stands there
 * under its name. Either is watched, so that its end is heard of.
 */
import { call, Inspector, inspector, type Address, type InspectorApi } from '@agner/behaviours'
import { AgnerError, Pid, type AnyPid, type Down, type Exit, type Process, type Ref } from '@agner/core'
import { cliError } from '../settings/errors.ts'

export type Ended = Exit | Down

export interface Watched {
  readonly at: Address<InspectorApi>
  /** What says that it ended: the exit of our own, or the down of the one that stands there. */
  readonly by: AnyPid | Ref
}

/** Rejects with `cli.not_inspectable`, `cli.cannot_connect`. */
export async function inspectorOf(self: Process<Ended>, node: string): Promise<Watched> {
  try {
    const { pid } = await self.spawnAt(node, Inspector.module, 'start', undefined, { link: true })
    return { at: inspector.at(pid), by: pid }
  } catch (error) {
    if (!(error instanceof AgnerError) || error.code !== 'module.unknown')
      throw cliError('cli.cannot_connect', { node, reason: messageOf(error) })
  }
  const at = inspector.at({ name: inspector.module, node })
  const by = self.monitor({ name: inspector.module, node })
  try {
    await call(self, at, 'overview')
    return { at, by }
  } catch (error) {
    self.demonitor(by, { flush: true })
    // One that is busy is there.
    if (error instanceof AgnerError && error.code !== 'call.no_process')
      throw cliError('cli.cannot_connect', { node, reason: messageOf(error) })
    throw cliError('cli.not_inspectable', { node })
  }
}

/** Of an inspector before this one there may still come something. */
export function isEndOf({ by }: Watched, message: Ended): boolean {
  return message.type === 'exit' ? message.from === by : message.ref === by
}

export function isOwn({ by }: Watched): boolean {
  return by instanceof Pid
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * The ports of one process: they are closed at its death, before anyone is told of it, last opened first.
 */
import type { ExitReason } from '../exit-reason.ts'
import { Holding } from '../kernel/holding.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { OpenPort } from './open-port.ts'

const known = new WeakMap<ProcessRecord, OwnedPorts>()

/** Stands among the belongings of a process once, however many ports it has. */
class OwnedPorts extends Holding {
  readonly ports = new Set<OpenPort>()

  override release(reason: ExitReason): Promise<unknown> | void {
    if (this.ports.size > 0) return Promise.all([...this.ports].reverse().map((port) => port.ownerDied(reason)))
  }
}

export function ownedBy(process: ProcessRecord): Set<OpenPort> {
  let owned = known.get(process)
  if (owned === undefined) {
    owned = new OwnedPorts()
    known.set(process, owned)
    ;(process.belong().owned ??= []).push(owned)
  }
  return owned.ports
}

/**
 * Another owner for a port, in one step: no item can come between.
 *
 * What the port has told its owner, and waits in his mailbox, moves to the new one before anything newer goes there. A connection or a request
 * that waits there moves with its listener.
 */
import { coreError } from '../errors.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { OpenPort } from './open-port.ts'
import { ownedBy } from './owned-ports.ts'

/**
 * @returns the connections and requests among what moved along, still to be handed over themselves.
 * @throws `port.bad_owner`, `port.read_pending`
 */
export function handOver(open: OpenPort, to: AnyPid): unknown[] {
  const { owner, record, port } = open
  const { kernel } = record
  const next = kernel.local(to)
  if (next !== null && next !== 'remote') next.fetch()
  if (next === null || next === 'remote' || !next.lives)
    throw coreError('port.bad_owner', { port: String(port), pid: String(to) })
  if (next === owner) return []
  if (open.intake.reader !== null) throw coreError('port.read_pending', { port: String(port) })
  open.owner = next
  ownedBy(owner).delete(open)
  ownedBy(next).add(open)
  const moved = takeMessages(owner, open)
  for (const message of moved) kernel.push(next, message)
  kernel.links.link(next, port)
  kernel.links.unlink(owner, port)
  return moved.map(({ connection, request }) => connection ?? request)
}

interface Told {
  readonly type?: unknown
  readonly port?: unknown
  readonly connection?: unknown
  readonly request?: unknown
}

/** Takes what the port has told out of a mailbox, in order. */
function takeMessages(record: ProcessRecord, { port, settings }: OpenPort): Told[] {
  record.fetch()
  const { saved } = record
  if (saved === null) return []
  const types = new Set<unknown>(Object.values(settings.types))
  const taken: Told[] = []
  for (let position = saved.start; position < saved.end; position++) {
    const message = saved.at(position) as Told | null | undefined
    if (typeof message !== 'object' || message?.port !== port || !types.has(message.type)) continue
    taken.push(message)
    saved.take(position)
  }
  return taken
}

/** What a client refuses before anybody is asked. */
import { consensusError } from '../errors.ts'
import { isId, isRole } from '../raft/check-message.ts'
import type { Member, MemberId } from '../raft/interface.ts'
import type { ClientLimits } from './client-interface.ts'

/** @throws `consensus.bad_option` */
export function checkLimits(limits: ClientLimits): ClientLimits {
  for (const [option, value] of Object.entries(limits))
    if (!(Number.isInteger(value) && value > 0)) throw badOption(`limits.${option}`, 'a whole number from 1 up')
  return limits
}

/** @throws `consensus.bad_option` */
export function checkNodes(nodes: unknown): readonly string[] {
  const isName = (name: unknown): boolean => typeof name === 'string' && /^[^@\s]{1,120}@[^@\s]{1,120}$/.test(name)
  if (!Array.isArray(nodes) || !Array.from<unknown>(nodes).every(isName))
    throw badOption('nodes', 'a list of names of nodes, each name@host')
  return nodes as readonly string[]
}

/** Milliseconds; a text, or null, would be a number in a comparison, and none in a sum. */
export function isMs(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

/** @throws `consensus.bad_option` */
export function checkTimeout(timeoutMs: unknown): void {
  if (!isMs(timeoutMs)) throw badOption('timeoutMs', 'a number of milliseconds from 0 up, or Infinity')
}

/** @throws `consensus.bad_option` */
export function checkId(id: MemberId): MemberId {
  if (!isId(id)) throw badOption('id', 'the id of a member, as memberIdOf() gives it')
  return id
}

/** @throws `consensus.bad_option` */
export function checkAdded({ id, role }: Member): Member {
  if (!isRole(role)) throw badOption('role', 'voter, witness or learner')
  return { id: checkId(id), role }
}

function badOption(option: string, wanted: string): Error {
  return consensusError('consensus.bad_option', { option, wanted })
}

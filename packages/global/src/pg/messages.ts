/**
 * What the keepers of a scope say to each other, and how what arrives is read: each field is looked at, since it comes from another
 * program, of another version perhaps.
 *
 *     discover      "I am the keeper of this scope on my node: tell me all that you have, and from now on what changes."
 *     state         all that a keeper has, in parts that follow each other
 *     update        what has changed since the last state or update: they are numbered, so that none is applied twice, or after a gap
 *     deliver       to the relay of a node: a message for the members that it has there
 */
import { Pid, type AnyPid } from '@agner/core'
import { isGroupName } from './group.ts'
import type { Change } from './table.ts'

/** A group and some members of it. */
export type Entry = readonly [group: string, pids: readonly AnyPid[]]

export interface Discover {
  readonly type: 'discover'
  readonly keeper: AnyPid
}

export interface StatePart {
  readonly type: 'state'
  readonly keeper: AnyPid
  /** The number of the last update that it includes. */
  readonly seq: number
  readonly part: number
  readonly parts: number
  readonly groups: readonly Entry[]
}

export interface Update {
  readonly type: 'update'
  readonly keeper: AnyPid
  readonly seq: number
  readonly changes: readonly (readonly ['join' | 'leave', ...Entry])[]
}

export type FromKeeper = Discover | StatePart | Update

export interface Deliver {
  readonly type: 'deliver'
  readonly group: string
  readonly message: unknown
}

/** What a keeper says; null for anything else. The members that a keeper tells of are processes of its own node. */
export function readMessage(message: unknown): FromKeeper | null {
  if (!isRecord(message)) return null
  const { type, keeper } = message
  if (!(keeper instanceof Pid)) return null
  if (type === 'discover') return { type, keeper }
  if (type === 'state') {
    const { seq, part, parts, groups } = message
    if (!isCount(seq) || !isCount(part) || !isCount(parts) || part >= parts || !Array.isArray(groups)) return null
    if (!groups.every((entry) => isEntry(entry, keeper))) return null
    return { type, keeper, seq, part, parts, groups }
  }
  if (type === 'update') {
    const { seq, changes } = message
    if (!isCount(seq) || !Array.isArray(changes) || !changes.every((change) => isChange(change, keeper))) return null
    return { type, keeper, seq, changes: changes as Update['changes'] }
  }
  return null
}

/** What is to be delivered to the members here; null for anything else. */
export function readDelivery(message: unknown): Deliver | null {
  if (!isRecord(message) || message['type'] !== 'deliver' || !isGroupName(message['group'])) return null
  return { type: 'deliver', group: message['group'], message: message['message'] }
}

export function toChange([type, group, pids]: Update['changes'][number]): Change {
  return { type, group, pids }
}

/** Cuts entries so that no message has more than `limit` members; there is always one. */
export function inParts(entries: readonly Entry[], limit: number): Entry[][] {
  const parts: Entry[][] = [[]]
  let room = limit
  for (const [group, pids] of entries) {
    for (let from = 0; from < pids.length;) {
      if (room === 0) {
        parts.push([])
        room = limit
      }
      const some = pids.slice(from, from + room)
      parts.at(-1)!.push([group, some])
      from += some.length
      room -= some.length
    }
  }
  return parts
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isEntry(value: unknown, keeper: AnyPid): value is Entry {
  if (!Array.isArray(value) || value.length !== 2 || !isGroupName(value[0]) || !Array.isArray(value[1])) return false
  return value[1].every(
    (pid: unknown) => pid instanceof Pid && pid.node === keeper.node && pid.incarnation === keeper.incarnation,
  )
}

function isChange(value: unknown, keeper: AnyPid): boolean {
  if (!Array.isArray(value) || value.length !== 3) return false
  return (value[0] === 'join' || value[0] === 'leave') && isEntry(value.slice(1), keeper)
}

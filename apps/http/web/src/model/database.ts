/**
 * Who keeps the messages: what each node says of its part, and what follows from all of them for whoever writes.
 */
import { fieldsOf, numberOf, textOf } from './wire.ts'
import type { ClusterNode } from './cluster.ts'

/** `other` stands for a word that this page does not know. */
export type Role = 'leader' | 'follower' | 'witness' | 'candidate' | 'other'

export interface DatabasePart {
  readonly role: Role
  readonly term: number | undefined
  /** The node that leads, as far as this one knows. */
  readonly leader: string | undefined
  /** The newest entry that this node knows to be acknowledged, and the newest in its copy. */
  readonly committed: number | undefined
  readonly applied: number | undefined
  readonly lag: number
  readonly serves: 'readsAndWrites' | 'reads' | 'nothing'
}

export function readDatabase(value: unknown): DatabasePart | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = fieldsOf(value)
  const role = textOf(fields['role'])
  const serves = textOf(fields['serves'])
  return {
    role: isRole(role) ? role : 'other',
    term: numberOf(fields['term']),
    leader: textOf(fields['leader']) || undefined,
    committed: numberOf(fields['committed']),
    applied: numberOf(fields['applied']),
    lag: Math.max(0, numberOf(fields['lag']) ?? 0),
    serves: serves === 'readsAndWrites' || serves === 'reads' ? serves : 'nothing',
  }
}

const isRole = (role: string): role is Role => ['leader', 'follower', 'witness', 'candidate'].includes(role)

/**
 * What becomes of a message that is written now. `moving`: those who keep them are up, and none serves at this moment. `away`: no node
 * that keeps messages can be reached. `unknown`: this cluster says nothing of it.
 */
export type Storing = 'works' | 'readOnly' | 'moving' | 'away' | 'unknown'

export function storingOf(nodes: readonly ClusterNode[]): Storing {
  const parts = nodes.flatMap(({ up, database }) => (up && database !== undefined ? [database] : []))
  const serves = (what: DatabasePart['serves']): boolean => parts.some((part) => part.serves === what)
  if (serves('readsAndWrites')) return 'works'
  if (serves('reads')) return 'readOnly'
  if (parts.some(({ role }) => role !== 'witness')) return 'moving'
  const keepers = nodes.filter(({ service }) => service === 'database')
  return keepers.length > 0 && keepers.every(({ up }) => !up) ? 'away' : 'unknown'
}

/** How many entries a node's copy is behind the newest that any node knows to be acknowledged; its own word may be old. */
export function behindOf(part: DatabasePart, nodes: readonly ClusterNode[]): number {
  const newest = Math.max(0, ...nodes.flatMap(({ up, database }) => (up ? [database?.committed ?? 0] : [])))
  return part.applied === undefined ? part.lag : Math.max(part.lag, newest - part.applied)
}

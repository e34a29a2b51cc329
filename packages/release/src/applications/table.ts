/**
 * The table of distributed applications, checked, and what of it all nodes must agree on. Pure.
 */
import type { AnyApplication } from '@agner/behaviours'
import { messageOf } from '@agner/core/kernel'
import type { Arbiter } from '../arbiter/arbiter.ts'
import { isDuration, longestMs } from '../duration.ts'
import { badOption, releaseError } from '../errors.ts'
import { isNodeName } from '../node-name.ts'
import type { DistributedApplication } from './interface.ts'

/** One application of the table. */
export interface Row {
  readonly name: string
  readonly application: AnyApplication
  /** Nodes by priority: those of one list are equal. */
  readonly groups: readonly (readonly string[])[]
  readonly timeoutMs: number
  readonly lostMs: number
  readonly arbiter: Arbiter | null
  /** What another node must have, too, for this application. */
  readonly terms: string
}

/** @throws `release.bad_table`, `release.bad_option` */
export function toTable(entries: readonly DistributedApplication[]): Map<string, Row> {
  const rows = new Map<string, Row>()
  if (!Array.isArray(entries)) throw badOption('applications', 'a list of applications and their nodes')
  for (const entry of entries) {
    const row = toRow(entry)
    if (rows.has(row.name)) throw bad(row.name, 'it is there twice')
    rows.set(row.name, row)
  }
  return rows
}

function bad(application: string, problem: string): Error {
  return releaseError('release.bad_table', { application, problem })
}

function toRow(entry: DistributedApplication): Row {
  if (typeof entry !== 'object' || entry === null) throw bad('an entry', 'it is none')
  const { application, nodes, timeoutMs = 0, arbiter, lostMs = 1000 } = entry
  const name = application?.name
  if (typeof name !== 'string') throw bad('an entry', 'its application is none')
  // Keepers say by name where they stand, and no object has a field of this one that outlives being sent.
  if (name === '__proto__') throw bad(name, 'no application can have this name')
  if (application.definition?.start === undefined) throw bad(name, 'it is a library: it has no process that could move')
  if (!Array.isArray(nodes)) throw bad(name, 'its nodes are no list')
  const groups = nodes.map((each: string | readonly string[]): string[] =>
    Array.isArray(each) ? [...each] : [each as string],
  )
  const all = groups.flat()
  if (all.length === 0 || groups.some((group) => group.length === 0)) throw bad(name, 'it has a list without nodes')
  for (const node of all)
    if (!isNodeName(node)) throw bad(name, `"${messageOf(node)}" is no name of a node (name@host)`)
  if (new Set(all).size < all.length) throw bad(name, 'it has a node twice')
  if (timeoutMs !== Infinity && !isDuration(timeoutMs, 0, longestMs))
    throw bad(name, 'timeoutMs must be milliseconds from 0 up, or Infinity')
  if (!isDuration(lostMs, 0, longestMs)) throw bad(name, 'lostMs must be milliseconds from 0 up')
  const terms = JSON.stringify([groups.map((group) => group.toSorted()), String(timeoutMs), arbiter?.name ?? null])
  return { name, application, groups, timeoutMs, lostMs, arbiter: arbiter ?? null, terms }
}

/** The place of a node: the smaller, the more it is preferred. -1: it may not run the application. */
export function rankOf({ groups }: Row, node: string): number {
  return groups.findIndex((group) => group.includes(node))
}

/** Of two nodes that both run it, which one goes on: the one that the table names first. */
export function isNamedBefore({ groups }: Row, one: string, other: string): boolean {
  const all = groups.flat()
  return all.indexOf(one) < all.indexOf(other)
}

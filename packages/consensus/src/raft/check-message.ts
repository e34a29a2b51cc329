/**
 * What comes from another node is looked at before the algorithm sees it: shape, numbers, and that entries follow each other.
 *
 * Whoever has the cookie of a cluster is trusted not to lie; this keeps out what is broken, or of another version. What is inside a command or a state is the
 * machine's business.
 */
import type { At, Configuration, Entry, Message, Snapshot } from './interface.ts'

interface Fields {
  readonly [name: string]: unknown
}

/** More than any leader sends at once. */
const mostEntries = 65_536
const mostMembers = 1_024
const mostIdLength = 1_024

/** The message, if it is one; else null. */
export function checkMessage(value: unknown): Message | null {
  return isFields(value) && isCount(value['term']) && isMessage(value, value['term'])
    ? (value as unknown as Message)
    : null
}

function isMessage(message: Fields, term: number): boolean {
  switch (message['type']) {
    case 'askVote':
      return (
        isFlag(message['pre']) && isFlag(message['transfer']) && isAt(message['last']) && message['last'].term <= term
      )
    case 'vote':
      return isFlag(message['pre']) && isFlag(message['granted'])
    case 'append':
      return isAppend(message, term)
    case 'appended':
      return (
        isFlag(message['success']) &&
        isCount(message['index']) &&
        isCount(message['conflictTerm']) &&
        isCount(message['round'])
      )
    case 'snapshot':
      return isSnapshot(message['snapshot']) && message['snapshot'].term <= term && isCount(message['round'])
    case 'takeOver':
      return true
    case 'removed':
      return isCount(message['index'])
    default:
      return false
  }
}

function isAppend({ previous, entries, commit, round }: Fields, term: number): boolean {
  if (!isAt(previous) || !isCount(commit) || !isCount(round)) return false
  if (!Array.isArray(entries) || entries.length > mostEntries) return false
  let before = previous
  for (const entry of entries as readonly unknown[]) {
    if (!isEntry(entry) || entry.index !== before.index + 1 || entry.term < before.term) return false
    before = entry
  }
  return before.term <= term
}

function isEntry(value: unknown): value is Entry {
  if (!isAt(value)) return false
  const entry = value as unknown as Fields
  switch (entry['type']) {
    case 'nothing':
      return true
    case 'configuration':
      return isConfiguration(entry['configuration'])
    case 'command':
      return 'command' in entry && (entry['request'] === null || isRequest(entry['request']))
    default:
      return false
  }
}

function isRequest(value: unknown): boolean {
  return (
    isFields(value) && typeof value['session'] === 'string' && isCount(value['sequence']) && isCount(value['answered'])
  )
}

function isSnapshot(value: unknown): value is Snapshot {
  return isAt(value) && 'state' in value && 'configuration' in value && isConfiguration(value.configuration)
}

/** With somebody who can lead, or nobody at all: so is what a member begins with that waits to be added. */
export function isConfiguration(value: unknown): value is Configuration {
  if (!Array.isArray(value) || value.length > mostMembers) return false
  const ids = new Set<unknown>()
  for (const member of value as readonly unknown[]) {
    if (!isFields(member) || !isId(member['id']) || !isRole(member['role'])) return false
    ids.add(member['id'])
  }
  const hasVoter = value.some((member: Fields) => member['role'] === 'voter')
  return ids.size === value.length && (hasVoter || value.length === 0)
}

export function isRole(value: unknown): boolean {
  return value === 'voter' || value === 'witness' || value === 'learner'
}

export function isId(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= mostIdLength
}

function isAt(value: unknown): value is At {
  return isFields(value) && isCount(value['index']) && isCount(value['term'])
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

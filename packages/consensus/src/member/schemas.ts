/**
 * What clients ask is looked at before a member sees it: what is let into the log, every member must be able to apply.
 *
 * Whoever has the cookie of a cluster is trusted not to lie; this keeps out what is broken, or of another version: such a call is rejected with
 * `call.bad_argument`.
 */
import { Pid } from '@agner/core'
import type { ProtocolSchemas, StandardSchema } from '@agner/behaviours'
import type { MemberApi } from './member.api.ts'

const roles: ReadonlySet<unknown> = new Set(['voter', 'witness', 'learner'])
const longestText = 1024

interface Fields {
  readonly [name: string]: unknown
}

export const memberSchemas: ProtocolSchemas<MemberApi> = {
  calls: {
    submit: fields('a command and its request', ({ request }) => isRequest(request)),
    openSession: fields('an owner', ({ owner }) => isText(owner)),
    closeSession: fields('a session', ({ session }) => isText(session)),
    read: fields('a query', () => true),
    readLocal: fields('a query', () => true),
    configure: fields('a change', ({ change }) => isChange(change)),
    transfer: fields('a member, or null', ({ to }) => to === null || isText(to)),
  },
  info: {
    raft: fields('a message of a member', ({ pid }) => pid instanceof Pid),
    raftWatch: fields(
      'a process, and where it begins',
      ({ pid, after }) => pid instanceof Pid && (after === null || isCount(after)),
    ),
    raftMayForget: fields('a place in the log', ({ index }) => isCount(index)),
  },
}

function fields<T>(wanted: string, isGood: (value: Fields) => boolean): StandardSchema<T> {
  return {
    '~standard': {
      version: 1,
      vendor: '@agner/consensus',
      validate: (value) =>
        isFields(value) && isGood(value) ? { value: value as T } : { issues: [{ message: `this is not ${wanted}` }] },
    },
  }
}

function isRequest(value: unknown): boolean {
  if (!isFields(value)) return false
  const { session, sequence, answered } = value
  return isText(session) && isCount(sequence) && sequence > 0 && isCount(answered)
}

function isChange(value: unknown): boolean {
  if (!isFields(value) || !isText(value['id'])) return false
  return value['type'] === 'remove' || (value['type'] === 'add' && roles.has(value['role']))
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): boolean {
  // Half a character would be another text at each other member.
  return typeof value === 'string' && value !== '' && value.length <= longestText && value.isWellFormed()
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

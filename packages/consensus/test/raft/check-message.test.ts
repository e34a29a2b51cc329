import { expect, test } from 'vitest'
import { checkMessage } from '../../src/raft/check-message.ts'
import type { Message } from '../../src/raft/interface.ts'
import { Group, three } from './group.ts'

const configuration = [{ id: 'n1', role: 'voter' }] as const
const command = { type: 'command', index: 4, term: 2, command: undefined, request: null } as const
const request = { session: 's', sequence: 1, answered: 0 }
const append = {
  type: 'append',
  term: 2,
  previous: { index: 3, term: 1 },
  entries: [command, { ...command, index: 5, request }, { type: 'configuration', index: 6, term: 2, configuration }],
  commit: 0,
  round: 0,
} as const
const snapshot = { index: 3, term: 1, configuration, state: null }

test('each message that a member sends is one', () => {
  const seen = new Set<string>()
  const group = new Group({ ...three, n4: 'learner', w5: 'witness' }, { batchEntries: 1, pipeline: 1 })
  group.loses = ({ message, to }) => {
    seen.add(message.type)
    expect(checkMessage(structuredClone(message))).toEqual(message)
    return to === 'n4' && group.nowMs < 5_000
  }
  group.elect('n1')
  for (let n = 0; n < 10; n++) group.propose('n1', n)
  group.deliver()
  group.at('n1').compact()
  group.configure('n1', { type: 'remove', id: 'n2' })
  group.pass(10_000)
  group.transfer('n1', 'n3')
  group.deliver()
  expect(seen).toEqual(new Set(['askVote', 'vote', 'append', 'appended', 'snapshot', 'takeOver', 'removed']))
})

test('what is broken is none', () => {
  const broken: unknown[] = [
    null,
    undefined,
    1,
    'append',
    [],
    {},
    { type: 'append' },
    { type: 'rubbish', term: 1 },
    { type: 'takeOver', term: -1 },
    { type: 'takeOver', term: 1.5 },
    { type: 'takeOver', term: Number.POSITIVE_INFINITY },
    { type: 'vote', pre: 1, term: 1, granted: true },
    { type: 'askVote', pre: true, term: 1, last: null, transfer: false },
    { type: 'askVote', pre: true, term: 1, last: { index: 1, term: 2 }, transfer: false },
    { type: 'appended', term: 1, success: true, index: '1', conflictTerm: 0, round: 0 },
    { ...append, previous: { index: 2, term: 1 } },
    { ...append, previous: { index: 3, term: 3 } },
    { ...append, term: 1 },
    { ...append, entries: 'entries' },
    { ...append, entries: [command, { ...command, index: 6 }] },
    { ...append, entries: [command, { ...command, index: 5, term: 1 }] },
    { ...append, entries: [{ ...command, request: {} }] },
    { ...append, entries: [{ ...command, type: 'order' }] },
    { ...append, entries: Array.from({ length: 70_000 }, (_, n) => ({ ...command, index: 4 + n })) },
    { ...append, commit: Number.NaN },
    { type: 'snapshot', term: 2, round: 0, snapshot: { ...snapshot, term: 3 } },
    { type: 'snapshot', term: 2, round: 0, snapshot: { ...snapshot, configuration: [{ id: 'n1' }] } },
    { type: 'snapshot', term: 2, round: 0, snapshot: { ...snapshot, configuration: [{ id: '', role: 'voter' }] } },
    {
      type: 'snapshot',
      term: 2,
      round: 0,
      snapshot: { ...snapshot, configuration: [...configuration, ...configuration] },
    },
    {
      type: 'snapshot',
      term: 2,
      round: 0,
      snapshot: { ...snapshot, configuration: [{ id: 'w', role: 'witness' }] },
    },
    { type: 'snapshot', term: 2, round: 0, snapshot: { index: 3, term: 1, configuration } },
  ]
  for (const value of broken) expect([value, checkMessage(value)]).toEqual([value, null])
  expect(checkMessage(append)).toBe(append)
  expect(checkMessage({ type: 'snapshot', term: 2, round: 0, snapshot })).not.toBeNull()
})

test('what is well made and makes no sense does nothing to a group that gets along', () => {
  const group = new Group(three)
  group.elect('n1')
  group.propose('n1', 'a')
  group.deliver()
  const rubbish: Message[] = [
    { type: 'vote', pre: false, term: 1, granted: true },
    { type: 'vote', pre: true, term: 5, granted: true },
    { type: 'appended', term: 1, success: true, index: 1_000, conflictTerm: 0, round: 1_000 },
    { type: 'appended', term: 1, success: false, index: 0, conflictTerm: 9, round: 0 },
    { type: 'appended', term: 1, success: false, index: 1_000, conflictTerm: 9, round: 0 },
    { type: 'appended', term: 0, success: true, index: 2, conflictTerm: 0, round: 0 },
    { type: 'askVote', pre: true, term: 100, last: { index: 100, term: 99 }, transfer: false },
    { type: 'append', term: 0, previous: { index: 0, term: 0 }, entries: [], commit: 100, round: 0 },
    { type: 'append', term: 1, previous: { index: 0, term: 0 }, entries: [], commit: 100, round: 0 },
    { type: 'takeOver', term: 1 },
  ]
  for (const message of rubbish) {
    for (const id of group.members.keys()) {
      for (const from of ['n2', 'n3', 'stranger']) group.at(id).step({ type: 'message', from, message })
    }
  }
  group.deliver()
  group.pass(1_000)
  expect(group.at('n1').raft.status).toMatchObject({ role: 'leader', term: 1, commitIndex: 2 })
  group.propose('n1', 'b')
  group.deliver()
  for (const member of group.members.values()) expect(member.commands()).toEqual(['a', 'b'])
})

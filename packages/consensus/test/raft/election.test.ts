import { expect, test } from 'vitest'
import { Group, three } from './group.ts'

test('a group elects one leader by itself, and commits the first entry of its term', () => {
  const group = new Group(three)
  group.pass(5_000)
  const leader = group.leader()!
  expect([...group.members.values()].filter((member) => member.role === 'leader')).toEqual([leader])
  for (const member of group.members.values()) {
    expect(member.raft.status).toMatchObject({ leader: leader.id, term: 1, commitIndex: 1 })
  }
})

test('a group of one elects itself', () => {
  const group = new Group({ n1: 'voter' })
  group.pass(5_000)
  expect(group.at('n1').raft.status).toMatchObject({ role: 'leader', commitIndex: 1 })
})

test('a vote is not answered before it is on disk', () => {
  const group = new Group(three)
  const voter = group.at('n2')
  voter.syncs = false
  const ask = { type: 'askVote', pre: false, term: 1, last: { index: 0, term: 0 }, transfer: false } as const
  voter.step({ type: 'message', from: 'n1', message: ask })
  expect(group.wire).toEqual([])
  // Asked again, it must not say so sooner.
  voter.step({ type: 'message', from: 'n1', message: ask })
  expect(group.wire).toEqual([])
  voter.sync()
  expect(group.takeSent('vote').map(({ to, message }) => [to, message.granted])).toEqual([
    ['n1', true],
    ['n1', true],
  ])
})

test('a candidate asks nobody before its own vote is on disk', () => {
  const group = new Group(three)
  const candidate = group.at('n1')
  candidate.syncs = false
  group.nowMs = candidate.raft.deadlineMs
  candidate.step({ type: 'time' })
  group.deliver()
  expect(candidate.raft.status).toMatchObject({ role: 'candidate', term: 1 })
  expect(group.wire).toEqual([])
  candidate.sync()
  expect(group.wire).toHaveLength(2)
})

test('one vote a term, remembered over a crash', () => {
  const group = new Group(three)
  const voter = group.at('n3')
  const ask = { type: 'askVote', pre: false, term: 1, last: { index: 0, term: 0 }, transfer: false } as const
  voter.step({ type: 'message', from: 'n1', message: ask })
  voter.crash()
  voter.restart()
  group.wire = []
  voter.step({ type: 'message', from: 'n2', message: ask })
  voter.step({ type: 'message', from: 'n1', message: ask })
  expect(group.takeSent('vote').map(({ to, message }) => [to, message.granted])).toEqual([
    ['n2', false],
    ['n1', true],
  ])
})

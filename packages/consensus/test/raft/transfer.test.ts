import { expect, test } from 'vitest'
import { Group, three } from './group.ts'

test('the leadership goes to who is named, without a timeout', () => {
  const group = new Group(three)
  group.elect('n1')
  group.propose('n1', 'a')
  const ticket = group.transfer('n1', 'n3')
  group.deliver()
  expect(group.leader()?.id).toBe('n3')
  expect(group.outcome(ticket)).toEqual({ type: 'transferred', ticket, to: 'n3' })
  expect(group.at('n3').commands()).toEqual(['a'])
})

test('with nobody named it goes to the voter that is furthest', () => {
  const group = new Group({ ...three, n4: 'learner', w5: 'witness' })
  group.elect('n1')
  group.loses = ({ to }) => to === 'n3'
  group.propose('n1', 'a')
  group.deliver()
  const ticket = group.transfer('n1', null)
  group.loses = () => false
  group.deliver()
  expect(group.outcome(ticket)).toEqual({ type: 'transferred', ticket, to: 'n2' })
})

test('meanwhile proposals and changes are refused, not lost', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = ({ to }) => to === 'n3'
  group.propose('n1', 'a')
  const ticket = group.transfer('n1', 'n3')
  const [proposal] = group.propose('n1', 'b')
  expect(group.refusal(proposal!)).toEqual({ why: 'transferring' })
  expect(group.refusal(group.configure('n1', { type: 'remove', id: 'n2' }))).toEqual({ why: 'transferring' })
  expect(group.refusal(group.transfer('n1', 'n2'))).toEqual({ why: 'transferring' })
  expect(group.outcome(ticket)).toBeUndefined()
  group.loses = () => false
  group.pass(300)
  expect(group.outcome(ticket)?.type).toBe('transferred')
})

test('what cannot be handed over in time is refused, and the leader goes on', () => {
  const group = new Group(three)
  group.elect('n1')
  group.at('n3').crash()
  const ticket = group.transfer('n1', 'n3')
  group.pass(1_200)
  expect(group.refusal(ticket)).toEqual({ why: 'transferring' })
  group.propose('n1', 'b')
  group.deliver()
  expect(group.at('n2').commands()).toEqual(['b'])
})

test('when somebody else leads after all, that is said', () => {
  const group = new Group(three)
  group.elect('n1')
  const ticket = group.transfer('n1', 'n3')
  // n3 raises the term and gets no votes; then n2 wins.
  group.loses = ({ message }) => message.type === 'vote'
  group.deliver()
  expect(group.at('n1').role).toBe('follower')
  expect(group.outcome(ticket)).toBeUndefined()
  const asked = { type: 'append', term: 3, previous: { index: 1, term: 1 }, entries: [], commit: 1, round: 0 } as const
  group.at('n1').step({ type: 'message', from: 'n2', message: asked })
  expect(group.refusal(ticket)).toEqual({ why: 'not_leader', leader: 'n2' })
})

test('when nobody leads in time, that is said as well', () => {
  const group = new Group(three)
  group.elect('n1')
  const ticket = group.transfer('n1', 'n3')
  group.loses = ({ from, message }) => from === 'n3' && message.type !== 'askVote'
  group.deliver()
  group.loses = () => true
  group.pass(1_500)
  expect(group.refusal(ticket)).toEqual({ why: 'transferring' })
})

test('to oneself, to a stranger, to nobody', () => {
  const group = new Group({ n1: 'voter', n2: 'learner' })
  group.elect('n1')
  const own = group.transfer('n1', 'n1')
  expect(group.outcome(own)).toEqual({ type: 'transferred', ticket: own, to: 'n1' })
  for (const to of ['n2', 'n9', null]) {
    expect(group.refusal(group.transfer('n1', to))).toEqual({ why: 'no_such_member' })
  }
})

test('nobody begins an election because a stranger, or an old leader, says so', () => {
  const group = new Group(three)
  group.elect('n1')
  group.at('n2').step({ type: 'message', from: 'n3', message: { type: 'takeOver', term: 1 } })
  group.at('n2').step({ type: 'message', from: 'n1', message: { type: 'takeOver', term: 0 } })
  group.at('n2').step({ type: 'message', from: 'n1', message: { type: 'takeOver', term: 7 } })
  expect(group.at('n2').raft.status).toMatchObject({ role: 'follower', term: 1 })
})

import { expect, test } from 'vitest'
import { Group, three } from './group.ts'

test('a read waits until a majority has said that this is the leader', () => {
  const group = new Group(three)
  group.elect('n1')
  group.propose('n1', 'a')
  group.deliver()
  const ticket = group.read('n1')
  expect(group.outcome(ticket)).toBeUndefined()
  group.deliver()
  expect(group.outcome(ticket)).toEqual({ type: 'readable', ticket, index: 2 })
})

test('an old leader answers no reads, whatever was on its way from before', () => {
  const group = new Group(three)
  const old = group.elect('n1')
  group.propose('n1', 'a')
  group.deliver()
  group.pass(100)
  // Answers to older messages come late.
  old.step({ type: 'time' })
  group.nowMs += 100
  old.step({ type: 'time' })
  for (const { from, to, message } of group.takeSent('append')) group.at(to).step({ type: 'message', from, message })
  const answers = group.takeSent('appended')
  expect(answers.length).toBeGreaterThan(0)
  const ticket = group.read('n1')
  group.wire = []
  for (const { from, message } of answers) old.step({ type: 'message', from, message })
  expect(group.outcome(ticket)).toBeUndefined()
})

test('reads that come together share a round, and those that come meanwhile the next one', () => {
  const group = new Group(three)
  group.elect('n1')
  const first = group.read('n1')
  const rounds = (): number => group.wire.filter(({ message }) => message.type === 'append').length
  const sent = rounds()
  const others = [group.read('n1'), group.read('n1'), group.read('n1')]
  expect(rounds()).toBe(sent)
  group.deliver()
  for (const ticket of [first, ...others]) expect(group.outcome(ticket)?.type).toBe('readable')
})

test('a round that is lost is asked again with the heartbeat', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = () => true
  const ticket = group.read('n1')
  group.deliver()
  group.loses = () => false
  group.pass(200)
  expect(group.outcome(ticket)?.type).toBe('readable')
})

test('a new leader reads nothing before it knows what is committed', () => {
  const group = new Group(three)
  group.loses = ({ message }) => message.type === 'append' && message.entries.length > 0
  group.elect('n1')
  const ticket = group.read('n1')
  group.pass(400)
  expect(group.outcome(ticket)).toBeUndefined()
  group.loses = () => false
  group.pass(400)
  expect(group.outcome(ticket)).toEqual({ type: 'readable', ticket, index: 1 })
})

test('reads of a leader that is one no more are refused', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = () => true
  const tickets = [group.read('n1'), group.read('n1')]
  group.pass(2_000)
  for (const ticket of tickets) expect(group.refusal(ticket)).toEqual({ why: 'not_leader', leader: null })
})

test('learners are not asked, witnesses are', () => {
  const group = new Group({ n1: 'voter', w2: 'witness', n3: 'voter', n4: 'learner', n5: 'learner' })
  group.elect('n1')
  group.loses = ({ from }) => from === 'w2' || from === 'n3'
  const ticket = group.read('n1')
  group.deliver()
  expect(group.outcome(ticket)).toBeUndefined()
  group.loses = ({ from }) => from === 'n3'
  group.pass(200)
  expect(group.outcome(ticket)?.type).toBe('readable')
})

test('a leader that is alone reads at once', () => {
  const group = new Group({ n1: 'voter' })
  group.elect('n1')
  const ticket = group.read('n1')
  expect(group.outcome(ticket)).toEqual({ type: 'readable', ticket, index: 1 })
})

test('more reads than the limit are refused', () => {
  const group = new Group(three, { uncommittedEntries: 3 })
  group.elect('n1')
  const tickets = Array.from({ length: 5 }, () => group.read('n1'))
  expect(group.refusal(tickets[4]!)).toEqual({ why: 'busy' })
  group.deliver()
  expect(group.outcome(tickets[2]!)?.type).toBe('readable')
})

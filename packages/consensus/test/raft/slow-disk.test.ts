import { expect, test } from 'vitest'
import { Group, three } from './group.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

test('what waits for the disk of the leader has a limit, also when the others have committed it', () => {
  const group = new Group(three, { uncommittedEntries: 10 })
  const leader = group.elect('n1')
  leader.syncs = false
  const [first] = group.propose('n1', ...numbers(10))
  group.deliver()
  expect(group.outcome(first!)).toMatchObject({ type: 'accepted' })
  expect(leader.raft.status).toMatchObject({ commitIndex: 11, durableIndex: 1 })
  const [refused] = group.propose('n1', 'more')
  expect(group.refusal(refused!)).toEqual({ why: 'busy' })
  leader.sync()
  const [taken] = group.propose('n1', 'more')
  expect(group.outcome(taken!)).toMatchObject({ type: 'accepted' })
})

test('a leader whose disk takes nothing lets another lead, and follows it once the disk goes on', () => {
  const group = new Group(three)
  const old = group.elect('n1')
  old.syncs = false
  group.propose('n1', 'a')
  group.pass(7_500)
  expect(old.role).toBe('leader')
  group.pass(1_000)
  const leader = group.leader()!
  expect(leader.id).not.toBe('n1')
  group.propose(leader.id, 'b')
  group.pass(30_000)
  expect(group.leader()).toBe(leader)
  expect(leader.commands()).toEqual(['a', 'b'])
  expect(old.raft.status.durableIndex).toBe(1)
  old.syncs = true
  old.sync()
  group.pass(1_000)
  expect(old.commands()).toEqual(['a', 'b'])
  expect(old.raft.status.durableIndex).toBe(leader.raft.status.lastIndex)
})

test('a leader whose disk is slow leads on', () => {
  const group = new Group(three)
  const leader = group.elect('n1')
  leader.syncs = false
  for (let round = 0; round < 10; round++) {
    group.propose('n1', round)
    group.pass(7_000)
    leader.sync(1)
  }
  leader.sync()
  group.pass(30_000)
  expect(group.leader()).toBe(leader)
  expect(leader.raft.status.term).toBe(1)
})

test('a leader whose disk takes nothing leads on when nobody else can', () => {
  const group = new Group({ n1: 'voter', n2: 'learner' })
  const leader = group.elect('n1')
  leader.syncs = false
  group.propose('n1', 'a')
  group.pass(60_000)
  expect(group.leader()).toBe(leader)
  leader.sync()
  group.deliver()
  expect(leader.commands()).toEqual(['a'])
})

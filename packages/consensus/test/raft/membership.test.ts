import { expect, test } from 'vitest'
import { Group, three } from './group.ts'

test('a member that is added gets everything, and votes from then on', () => {
  const group = new Group(three)
  group.elect('n1')
  group.propose('n1', 'a')
  group.deliver()
  const joining = group.join('n4')
  const ticket = group.configure('n1', { type: 'add', id: 'n4', role: 'voter' })
  group.deliver()
  expect(group.outcome(ticket)).toMatchObject({ type: 'accepted', index: 3 })
  expect(joining.commands()).toEqual(['a'])
  expect(joining.raft.status.configuration).toHaveLength(4)
  // Now three of four are needed.
  group.at('n3').crash()
  joining.crash()
  group.propose('n1', 'b')
  group.deliver()
  expect(group.at('n1').commands()).toEqual(['a'])
  joining.restart()
  group.pass(500)
  expect(joining.commands()).toEqual(['a', 'b'])
})

test('who waits to be added begins no election', () => {
  const group = new Group(three)
  const joining = group.join('n4')
  for (const id of ['n1', 'n2', 'n3']) group.at(id).crash()
  group.pass(20_000)
  expect(joining.raft.status).toMatchObject({ role: 'follower', term: 0 })
  expect(joining.isRemoved).toBe(false)
})

test('a change waits until the one before is committed', () => {
  const group = new Group(three)
  group.elect('n1')
  group.configure('n1', { type: 'add', id: 'n4', role: 'learner' })
  const second = group.configure('n1', { type: 'remove', id: 'n3' })
  expect(group.refusal(second)).toEqual({ why: 'change_pending' })
  group.deliver()
  expect(group.outcome(group.configure('n1', { type: 'remove', id: 'n3' }))).toMatchObject({ type: 'accepted' })
})

test('a leader changes nothing before it has committed an entry of its own term', () => {
  const group = new Group(three)
  group.loses = ({ message }) => message.type === 'append'
  group.elect('n1')
  const early = group.configure('n1', { type: 'remove', id: 'n3' })
  expect(group.refusal(early)).toEqual({ why: 'change_pending' })
  group.loses = () => false
  group.pass(200)
  expect(group.outcome(group.configure('n1', { type: 'remove', id: 'n3' }))).toMatchObject({ type: 'accepted' })
})

test('changes that make no sense are refused', () => {
  const group = new Group({ n1: 'voter', w2: 'witness', n3: 'learner' })
  group.elect('n1')
  const refusal = (change: Parameters<Group['configure']>[1]): unknown => group.refusal(group.configure('n1', change))
  expect(refusal({ type: 'add', id: 'n1', role: 'voter' })).toEqual({ why: 'is_member' })
  expect(refusal({ type: 'add', id: 'w2', role: 'witness' })).toEqual({ why: 'is_member' })
  expect(refusal({ type: 'add', id: 'w2', role: 'voter' })).toEqual({ why: 'other_role' })
  expect(refusal({ type: 'add', id: 'n3', role: 'witness' })).toEqual({ why: 'other_role' })
  expect(refusal({ type: 'add', id: 'n1', role: 'learner' })).toEqual({ why: 'last_voter' })
  expect(refusal({ type: 'remove', id: 'n1' })).toEqual({ why: 'last_voter' })
  expect(refusal({ type: 'remove', id: 'n9' })).toEqual({ why: 'no_such_member' })
  expect(group.at('n1').raft.status.configuration).toEqual(group.genesis)
})

test('a leader does not leave the group to a voter that has nothing yet, and to witnesses', () => {
  const group = new Group({ n1: 'voter', w2: 'witness', w3: 'witness' })
  group.elect('n1')
  group.join('n4')
  group.loses = ({ to }) => to === 'n4'
  group.configure('n1', { type: 'add', id: 'n4', role: 'voter' })
  group.deliver()
  for (const change of [
    { type: 'add', id: 'n1', role: 'learner' },
    { type: 'remove', id: 'n1' },
  ] as const)
    expect(group.refusal(group.configure('n1', change))).toEqual({ why: 'last_voter' })
  group.loses = () => false
  group.pass(500)
  expect(group.outcome(group.configure('n1', { type: 'remove', id: 'n1' }))).toMatchObject({ type: 'accepted' })
})

test('a learner has no vote, does not lead, and has all there is', () => {
  const group = new Group({ n1: 'voter', n2: 'voter', n3: 'learner' })
  group.elect('n1')
  group.at('n2').crash()
  group.propose('n1', 'a')
  group.deliver()
  expect(group.at('n1').commands()).toEqual([])
  expect(group.at('n3').raft.status.lastIndex).toBe(2)
  group.at('n1').crash()
  group.pass(20_000)
  expect(group.at('n3').raft.status).toMatchObject({ role: 'follower', term: 1, leader: null })
})

test('a learner that becomes a voter counts', () => {
  const group = new Group({ n1: 'voter', n2: 'voter', n3: 'learner' })
  group.elect('n1')
  group.configure('n1', { type: 'add', id: 'n3', role: 'voter' })
  group.deliver()
  group.at('n2').crash()
  group.propose('n1', 'a')
  group.deliver()
  expect(group.at('n3').commands()).toEqual(['a'])
  group.at('n1').crash()
  group.at('n2').restart()
  group.pass(5_000)
  expect(group.leader()?.id).toBe('n3')
})

test('a member that is removed gets the entry that says so, and then hears that it is committed', () => {
  const group = new Group(three)
  group.elect('n1')
  const ticket = group.configure('n1', { type: 'remove', id: 'n3' })
  group.deliver()
  expect(group.outcome(ticket)).toMatchObject({ type: 'accepted', index: 2 })
  expect(group.at('n3').isRemoved).toBe(true)
  expect(group.at('n3').applied.at(-1)).toMatchObject({ type: 'configuration', index: 2 })
  expect(group.at('n1').isRemoved).toBe(false)
})

test('a voter that was away when it was removed disturbs nobody, and hears of it when it is back', () => {
  const group = new Group(three)
  group.elect('n1')
  group.at('n3').crash()
  group.configure('n1', { type: 'remove', id: 'n3' })
  group.deliver()
  group.pass(60_000)
  expect(group.at('n1').raft.status.followers.map(({ id }) => id)).toEqual(['n2'])
  group.at('n3').restart()
  group.pass(5_000)
  expect(group.at('n1').raft.status).toMatchObject({ role: 'leader', term: 1 })
  expect(group.at('n3').isRemoved).toBe(true)
})

test('so does a learner, and one that leads no more', () => {
  const group = new Group({ ...three, n4: 'learner' })
  group.elect('n1')
  group.at('n4').crash()
  group.configure('n1', { type: 'remove', id: 'n4' })
  group.deliver()
  group.pass(60_000)
  group.at('n4').restart()
  group.pass(5_000)
  expect(group.at('n4').isRemoved).toBe(true)

  // n1 is removed by an entry that it never saw committed.
  group.loses = ({ to }) => to === 'n1'
  group.configure('n1', { type: 'remove', id: 'n1' })
  group.deliver()
  group.at('n1').crash()
  for (const id of ['n2', 'n3']) group.at(id).step({ type: 'down', id: 'n1' })
  group.pass(30_000)
  group.loses = () => false
  group.at('n1').restart()
  group.pass(5_000)
  expect(group.at('n1').isRemoved).toBe(true)
  expect(group.leader()?.id).toMatch(/n2|n3/)
})

test('whoever is being added again is not taken for removed, even when it is told so late', () => {
  const group = new Group(three, { batchEntries: 1, pipeline: 1 })
  group.elect('n1')
  group.at('n3').crash()
  group.configure('n1', { type: 'remove', id: 'n3' })
  group.deliver()
  group.propose('n1', ...Array.from({ length: 20 }, (_, n) => n))
  group.deliver()
  group.configure('n1', { type: 'add', id: 'n3', role: 'learner' })
  group.deliver()
  group.at('n3').restart()
  for (let count = 0; count < 60; count++) {
    group.pass(20)
    expect(group.at('n3').isRemoved).toBe(false)
  }
  expect(group.at('n3').commands()).toHaveLength(20)
  const late = { type: 'removed', term: 1, index: 2 } as const
  group.at('n3').step({ type: 'message', from: 'n1', message: late })
  group.at('n3').step({ type: 'message', from: 'n1', message: { ...late, term: 0, index: 90 } })
  expect(group.at('n3').isRemoved).toBe(false)
})

test('one whose addition was taken back waits to be added again', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = ({ to }) => to === 'n2' || to === 'n3'
  group.join('n4')
  group.configure('n1', { type: 'add', id: 'n4', role: 'voter' })
  group.deliver()
  expect(group.at('n4').raft.status.configuration).toHaveLength(4)
  group.at('n1').crash()
  group.loses = () => false
  for (const id of ['n2', 'n3']) group.at(id).step({ type: 'down', id: 'n1' })
  group.pass(100)
  group.configure(group.leader()!.id, { type: 'add', id: 'n5', role: 'learner' })
  group.deliver()
  group.pass(5_000)
  expect(group.at('n4').isRemoved).toBe(false)
  group.configure(group.leader()!.id, { type: 'add', id: 'n4', role: 'learner' })
  group.pass(1_000)
  expect(group.at('n4').raft.status).toMatchObject({ leader: group.leader()!.id, commitIndex: 4 })
})

test('a leader that is removed goes on until that is committed, and another leads at once', () => {
  const group = new Group(three)
  const leader = group.elect('n1')
  group.at('n3').crash()
  const beganMs = group.nowMs
  group.configure('n1', { type: 'remove', id: 'n1' })
  expect(leader.role).toBe('leader')
  group.deliver()
  // It does not count itself: n2 and n3 are needed.
  expect(leader.role).toBe('leader')
  group.at('n3').restart()
  group.pass(100)
  expect(leader).toMatchObject({ isRemoved: true, role: 'follower' })
  expect(group.leader()?.id).toMatch(/n2|n3/)
  expect(group.nowMs - beganMs).toBe(100)
})

test('a leader that removes itself and crashes can still finish that', () => {
  const group = new Group({ n1: 'voter', n2: 'voter' })
  group.elect('n1')
  group.loses = () => true
  group.configure('n1', { type: 'remove', id: 'n1' })
  group.deliver()
  group.at('n1').crash()
  group.at('n1').restart()
  group.loses = () => false
  // n2 lacks the entry, so only n1 can be elected, by n2 alone.
  group.pass(10_000)
  expect(group.at('n1').isRemoved).toBe(true)
  expect(group.leader()?.id).toBe('n2')
  expect(group.at('n2').raft.status.configuration).toEqual([{ id: 'n2', role: 'voter' }])
})

test('a change that was never decided goes with its entry', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = ({ from }) => from === 'n1'
  group.configure('n1', { type: 'remove', id: 'n3' })
  group.deliver()
  expect(group.at('n1').raft.status.configuration).toHaveLength(2)
  group.at('n1').crash()
  for (const id of ['n2', 'n3']) group.at(id).step({ type: 'down', id: 'n1' })
  group.loses = () => false
  group.pass(100)
  group.at('n1').restart()
  group.pass(1_000)
  expect(group.at('n1').raft.status).toMatchObject({ configuration: group.genesis, configurationIndex: 0 })
})

test('one that was removed and comes again with its old log is not taken for removed', () => {
  const group = new Group(three)
  group.elect('n1')
  group.at('n3').crash()
  group.configure('n1', { type: 'remove', id: 'n3' })
  group.deliver()
  group.propose('n1', ...Array.from({ length: 20 }, (_, n) => n))
  group.deliver()
  group.configure('n1', { type: 'add', id: 'n3', role: 'voter' })
  group.deliver()
  group.at('n3').restart()
  group.pass(2_000)
  expect(group.at('n3').isRemoved).toBe(false)
  expect(group.at('n3').commands()).toHaveLength(20)
})

test('the leader may be the last that is left', () => {
  const group = new Group(three)
  group.elect('n1')
  for (const id of ['n3', 'n2']) {
    group.configure('n1', { type: 'remove', id })
    group.deliver()
  }
  group.propose('n1', 'alone')
  expect(group.at('n1').commands()).toEqual(['alone'])
})

test('a voter that would leave no majority of those that answer is refused until it is heard, as a learner', () => {
  const group = new Group({ n1: 'voter' })
  group.elect('n1')
  const add = (id: string, role: 'voter' | 'witness' | 'learner') => group.configure('n1', { type: 'add', id, role })
  expect(group.refusal(add('n9', 'voter'))).toEqual({ why: 'unheard' })
  expect(group.refusal(add('w', 'witness'))).toEqual({ why: 'unheard' })
  // Nobody has that id, nor is it needed.
  expect(group.outcome(add('n8', 'learner'))).toMatchObject({ type: 'accepted' })
  expect(group.refusal(add('n8', 'voter'))).toEqual({ why: 'unheard' })
  group.join('n2')
  expect(group.outcome(add('n2', 'learner'))).toMatchObject({ type: 'accepted' })
  expect(group.refusal(add('n2', 'voter'))).toEqual({ why: 'unheard' })
  group.deliver()
  expect(group.outcome(add('n2', 'voter'))).toMatchObject({ type: 'accepted' })
  group.deliver()
  // With two, a witness may be one that nobody has heard yet: it is not needed.
  expect(group.outcome(add('w', 'witness'))).toMatchObject({ type: 'accepted' })
  group.deliver()
  expect(group.outcome(group.configure('n1', { type: 'remove', id: 'w' }))).toMatchObject({ type: 'accepted' })
  group.deliver()
  // Two of three are a majority without the third, and two of four are none.
  expect(group.outcome(add('n3', 'voter'))).toMatchObject({ type: 'accepted' })
  group.deliver()
  expect(group.refusal(add('n4', 'voter'))).toEqual({ why: 'unheard' })
  const learner = group.join('n3')
  group.pass(500)
  expect(learner.raft.status.lastIndex).toBe(group.at('n1').raft.status.lastIndex)
  expect(group.outcome(add('n4', 'voter'))).toMatchObject({ type: 'accepted' })
  expect(group.at('n1').raft.status.commitIndex).toBe(group.at('n1').raft.status.lastIndex - 1)
})

test('one that has not been heard for long does not count', () => {
  const group = new Group(three)
  group.elect('n1')
  group.at('n3').crash()
  group.pass(5_000)
  const add = { type: 'add', id: 'n4', role: 'voter' } as const
  expect(group.refusal(group.configure('n1', add))).toEqual({ why: 'unheard' })
  group.at('n3').restart()
  group.pass(500)
  expect(group.outcome(group.configure('n1', add))).toMatchObject({ type: 'accepted' })
})

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

test('who lacks entries gets no vote, neither by length nor by term', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = ({ to }) => to === 'n3'
  group.propose('n1', 'a')
  group.deliver()
  const ask = (pre: boolean, term: number, last: { index: number; term: number }): boolean => {
    group.at('n2').step({ type: 'down', id: 'n1' })
    group.at('n2').step({ type: 'message', from: 'n3', message: { type: 'askVote', pre, term, last, transfer: false } })
    return group.takeSent('vote').at(-1)!.message.granted
  }
  expect(ask(true, 2, { index: 1, term: 1 })).toBe(false)
  expect(ask(false, 2, { index: 1, term: 1 })).toBe(false)
  expect(ask(true, 3, { index: 2, term: 1 })).toBe(true)
  expect(ask(false, 3, { index: 1, term: 2 })).toBe(true)
})

test('a member that was cut off raises nobody’s term when it is back', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = ({ from, to }) => from === 'n3' || to === 'n3'
  group.pass(30_000)
  expect(group.at('n3').raft.status).toMatchObject({ role: 'candidate', term: 1 })
  group.loses = () => false
  group.pass(3_000)
  expect(group.at('n1').raft.status).toMatchObject({ role: 'leader', term: 1 })
  expect(group.at('n3').raft.status).toMatchObject({ role: 'follower', leader: 'n1' })
})

test('who hears a leader helps nobody, not even with a newer term, unless the leader asked for it', () => {
  const group = new Group(three)
  group.elect('n1')
  const ask = { type: 'askVote', pre: false, term: 9, last: { index: 9, term: 8 }, transfer: false } as const
  for (const id of ['n1', 'n2']) group.at(id).step({ type: 'message', from: 'n3', message: ask })
  expect(group.wire).toEqual([])
  expect(group.at('n1').raft.status).toMatchObject({ role: 'leader', term: 1 })
  group.at('n2').step({ type: 'message', from: 'n3', message: { ...ask, transfer: true } })
  expect(group.takeSent('vote')[0]!.message).toMatchObject({ granted: true, term: 9 })
})

test("those that hear at the same moment that the leader is gone take turns, and do not take each other's votes", () => {
  const five = { ...three, n4: 'voter', n5: 'voter' } as const
  for (let run = 0; run < 20; run++) {
    const group = new Group(five)
    group.elect('n2')
    group.at('n2').crash()
    const left = ['n1', 'n3', 'n4', 'n5'].map((id) => group.at(id))
    for (const member of left) member.step({ type: 'down', id: 'n2' })
    const waitMs = left.map((member) => member.raft.deadlineMs - group.nowMs)
    expect(waitMs.map((ms) => Math.floor(ms / 100.001))).toEqual([0, 1, 2, 3])
    // Half a heartbeat is left for the election of each.
    expect(waitMs.every((ms) => ms % 100 <= 50)).toBe(true)
  }
})

test('an election after a loss that comes to nothing is tried again soon, a few times', () => {
  const group = new Group(three)
  group.elect('n1').crash()
  const candidate = group.at('n2')
  candidate.step({ type: 'down', id: 'n1' })
  // The other one has not heard of it, so that it says no, until it hears.
  group.loses = () => true
  const waitsMs: number[] = []
  for (let attempt = 0; attempt < 6; attempt++) {
    group.nowMs = candidate.raft.deadlineMs
    candidate.step({ type: 'time' })
    group.deliver()
    waitsMs.push(candidate.raft.deadlineMs - group.nowMs)
  }
  expect(waitsMs.slice(0, 4).every((ms) => ms >= 200 && ms <= 600)).toBe(true)
  expect(waitsMs.slice(4).every((ms) => ms >= 1000)).toBe(true)
})

test('a leader that hears no majority for an election timeout steps down', () => {
  const group = new Group(three)
  const leader = group.elect('n1')
  group.loses = ({ to }) => to === 'n1'
  const [early, late] = [group.nowMs + 900, 300]
  group.pass(900)
  expect([leader.role, group.nowMs]).toEqual(['leader', early])
  group.pass(late)
  expect(leader.role).not.toBe('leader')
})

test('a leader whose process was held up waits for what comes in before it gives up', () => {
  const group = new Group(three)
  const leader = group.elect('n1')
  group.nowMs += 20_000
  leader.step({ type: 'time' })
  expect(leader.role).toBe('leader')
  group.deliver()
  group.pass(5_000)
  expect(leader.role).toBe('leader')
})

test('when the leader is known to be gone the election does not wait for the timeout', () => {
  const group = new Group(three)
  group.elect('n1').crash()
  const lostMs = group.nowMs
  for (const id of ['n2', 'n3']) group.at(id).step({ type: 'down', id: 'n1' })
  group.pass(100)
  expect(group.leader()?.raft.status.term).toBe(2)
  expect(group.nowMs - lostMs).toBe(100)
})

test('that some other member is gone changes nothing', () => {
  const group = new Group(three)
  group.elect('n1')
  const { deadlineMs } = group.at('n2').raft
  group.at('n2').step({ type: 'down', id: 'n3' })
  group.at('n1').step({ type: 'down', id: 'n2' })
  expect(group.at('n2').raft.deadlineMs).toBe(deadlineMs)
  expect(group.wire).toEqual([])
})

test('a leader that is not the newest comes to know it from whoever it writes to', () => {
  const group = new Group(three)
  const old = group.elect('n1')
  group.loses = ({ from, to }) => from === 'n1' || to === 'n1'
  for (const id of ['n2', 'n3']) group.at(id).step({ type: 'down', id: 'n1' })
  group.at('n2').step({ type: 'time' })
  group.nowMs = group.at('n2').raft.deadlineMs
  group.at('n2').step({ type: 'time' })
  group.deliver()
  expect(group.at('n2').role).toBe('leader')
  group.loses = ({ from }) => from === 'n2'
  group.propose('n1', 'lost')
  group.deliver()
  expect(old.raft.status).toMatchObject({ role: 'follower', term: 2 })
})

test('a second leader in one term is not listened to', () => {
  const group = new Group(three)
  group.elect('n1')
  const entries = [{ type: 'nothing', index: 1, term: 1 }] as const
  const message = { type: 'append', term: 1, previous: { index: 0, term: 0 }, entries, commit: 1, round: 0 } as const
  for (const id of ['n1', 'n2']) group.at(id).step({ type: 'message', from: 'n3', message })
  expect(group.wire).toEqual([])
  expect(group.at('n2').raft.status.leader).toBe('n1')
})

test('votes are counted once each, and only those for this term and kind', () => {
  const group = new Group({ n1: 'voter', n2: 'voter', n3: 'voter', n4: 'voter', n5: 'voter' })
  const candidate = group.at('n1')
  const vote = (from: string, pre: boolean, term: number, granted = true): void =>
    void candidate.step({ type: 'message', from, message: { type: 'vote', pre, term, granted } })
  group.nowMs = candidate.raft.deadlineMs
  candidate.step({ type: 'time' })
  for (const from of ['n2', 'n2', 'n1', 'stranger', 'stranger2']) vote(from, true, 1)
  vote('n3', false, 0)
  vote('n3', true, 0, false)
  expect(candidate.raft.status).toMatchObject({ role: 'candidate', term: 0 })
  vote('n3', true, 1)
  expect(candidate.raft.status).toMatchObject({ role: 'candidate', term: 1 })
  vote('n4', true, 1)
  vote('n2', false, 1)
  vote('n2', false, 1)
  expect(candidate.role).toBe('candidate')
  vote('n3', false, 1)
  expect(candidate.role).toBe('leader')
})

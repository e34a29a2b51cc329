import { expect, test } from 'vitest'
import { Group, three } from './group.ts'

const small = { batchEntries: 2, pipeline: 2 }
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** n3 is away while the others go on and make a snapshot. */
function leftBehind(): Group {
  const group = new Group(three, small)
  group.elect('n1')
  group.at('n3').crash()
  group.propose('n1', ...numbers(20))
  group.deliver()
  group.at('n1').compact()
  return group
}

test('who is too far behind gets the snapshot, and then what follows it', () => {
  const group = leftBehind()
  group.at('n3').restart()
  group.propose('n1', 'more')
  group.pass(1_000)
  const late = group.at('n3')
  expect(late.installed).toEqual([{ index: 21, term: 1, configuration: group.genesis, state: 'state 21' }])
  expect(late.commands()).toEqual(['more'])
  group.propose('n1', 'still more')
  group.deliver()
  expect(late.commands()).toEqual(['more', 'still more'])
})

test('a snapshot is acknowledged once it is saved', () => {
  const group = leftBehind()
  const late = group.at('n3')
  late.restart()
  late.syncs = false
  group.pass(300)
  expect(late.installed).toHaveLength(1)
  const match = (): number => group.at('n1').raft.status.followers.find(({ id }) => id === 'n3')!.match
  expect(match()).toBeLessThanOrEqual(1)
  late.sync()
  group.deliver()
  expect(match()).toBe(21)
})

test('a member that crashes before the snapshot is saved begins where it was, and gets it again', () => {
  const group = leftBehind()
  const late = group.at('n3')
  late.restart()
  late.syncs = false
  group.pass(300)
  late.crash()
  late.syncs = true
  late.restart()
  expect(late.raft.status).toMatchObject({ snapshotIndex: 0, lastIndex: 1 })
  group.pass(10_000)
  expect(late.raft.status).toMatchObject({ snapshotIndex: 21, durableIndex: 21 })
})

test('a snapshot that is lost is sent anew', () => {
  const group = leftBehind()
  let lost = 0
  group.loses = ({ message }) => message.type === 'snapshot' && lost++ === 0
  group.at('n3').restart()
  group.pass(10_000)
  expect(lost).toBe(2)
  expect(group.at('n3').raft.status.commitIndex).toBe(21)
})

/** The snapshot is on its way to n3 in pieces, which are lost here; n1 goes on, and makes newer ones. */
function underWay(): { readonly group: Group; readonly indices: number[] } {
  const group = leftBehind()
  const indices: number[] = []
  group.loses = ({ message }) => message.type === 'snapshot' && indices.push(message.snapshot.index) > 0
  group.at('n3').restart()
  group.pass(1_000)
  expect(indices).toEqual([21])
  return { group, indices }
}

/** So many seconds of work, with a snapshot each. */
function work(group: Group, seconds: number, each: () => void): void {
  for (let second = 0; second < seconds; second++) {
    group.propose('n1', ...numbers(10))
    group.deliver()
    group.at('n1').compact()
    each()
    group.pass(1_000)
  }
}

test('a snapshot that gets further is sent to its end, and what follows it is there', () => {
  const { group, indices } = underWay()
  const leader = group.at('n1')
  const late = group.at('n3')
  work(group, 20, () => leader.step({ type: 'furthered', id: 'n3' }))
  expect(indices).toEqual([21])
  // A piece was lost: the same one goes on.
  work(group, 4, () => undefined)
  expect(indices).toEqual([21, 21])
  group.loses = () => false
  const snapshot = { index: 21, term: 1, configuration: group.genesis, state: 'state 21' }
  late.step({ type: 'message', from: 'n1', message: { type: 'snapshot', term: 1, snapshot, round: 0 } })
  group.pass(1_000)
  expect(late.installed).toEqual([snapshot])
  expect(late.raft.status.commitIndex).toBe(leader.raft.status.commitIndex)
  // From here on no more is kept than ever.
  expect(leader.raft.seat.log.base.index).toBe(21)
  work(group, 1, () => undefined)
  expect(leader.raft.status.lastIndex - leader.raft.seat.log.base.index).toBe(4)
})

test('a snapshot that gets no further gives way to the newest one', () => {
  const { group, indices } = underWay()
  group.at('n1').step({ type: 'furthered', id: 'n3' })
  work(group, 9, () => undefined)
  expect(indices).toEqual([21, 21, 101])
  group.loses = () => false
  group.pass(5_000)
  expect(group.at('n3').installed.map(({ index }) => index)).toEqual([111])
})

test('what is kept for a snapshot that is under way has a limit', () => {
  const group = new Group(three, { ...small, uncommittedEntries: 10 })
  group.elect('n1')
  group.at('n3').crash()
  work(group, 2, () => undefined)
  group.loses = ({ message }) => message.type === 'snapshot'
  group.at('n3').restart()
  group.pass(1_000)
  work(group, 10, () => group.at('n1').step({ type: 'furthered', id: 'n3' }))
  expect(group.at('n1').raft.status.lastIndex - group.at('n1').raft.seat.log.base.index).toBe(40)
})

test('a member that is not heard any more is sent no snapshot', () => {
  const { group, indices } = underWay()
  group.at('n3').crash()
  work(group, 20, () => undefined)
  expect(indices).toEqual([21])
  expect(group.at('n1').raft.status.lastIndex - group.at('n1').raft.seat.log.base.index).toBe(4)
  group.loses = () => false
  group.at('n3').restart()
  group.pass(5_000)
  expect(group.at('n3').installed.map(({ index }) => index)).toEqual([221])
})

test('a member starts from its snapshot and the entries behind it', () => {
  const group = leftBehind()
  group.propose('n1', 'more')
  group.deliver()
  const leader = group.at('n1')
  leader.crash()
  leader.restart()
  expect(leader.raft.status).toMatchObject({ snapshotIndex: 21, lastIndex: 22, commitIndex: 21 })
  expect(leader.raft.status.configuration).toEqual(group.genesis)
  group.at('n3').restart()
  group.pass(5_000)
  for (const member of group.members.values()) expect(member.commands().at(-1)).toBe('more')
})

test('who is a little behind gets entries that the snapshot already stands for', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = ({ to }) => to === 'n3'
  group.propose('n1', ...numbers(20))
  group.deliver()
  group.at('n1').compact()
  group.loses = () => false
  group.pass(1_000)
  expect(group.at('n3').installed).toEqual([])
  expect(group.at('n3').commands()).toEqual(numbers(20))
})

test('a snapshot takes the place of entries that were never decided', () => {
  const group = new Group(three, small)
  group.elect('n1')
  group.loses = ({ from, to }) => from === 'n1' || to === 'n1'
  group.propose('n1', ...numbers(30).map((n) => `lost ${n}`))
  group.at('n1').crash()
  for (const id of ['n2', 'n3']) group.at(id).step({ type: 'down', id: 'n1' })
  group.pass(100)
  const { id } = group.leader()!
  group.loses = () => false
  group.propose(id, ...numbers(20))
  group.deliver()
  group.at(id).compact()
  const old = group.at('n1')
  old.restart()
  expect(old.raft.status.lastIndex).toBe(31)
  group.pass(1_000)
  expect(old.raft.status).toMatchObject({ snapshotIndex: 22, lastIndex: 22, commitIndex: 22 })
  expect(old.storage.stored).toMatchObject({ snapshot: { index: 22 }, entries: [] })
})

test('a snapshot of what is here already changes nothing but what is known to be committed', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = ({ message }) => message.type === 'append' && message.commit > 1
  group.propose('n1', 'a', 'b')
  group.deliver()
  const follower = group.at('n2')
  expect(follower.commands()).toEqual([])
  const snapshot = { index: 2, term: 1, configuration: group.genesis, state: 'x' }
  follower.step({ type: 'message', from: 'n1', message: { type: 'snapshot', term: 1, snapshot, round: 0 } })
  expect(follower.installed).toEqual([])
  expect(follower.commands()).toEqual(['a'])
  expect(follower.raft.status.lastIndex).toBe(3)
})

test('what is compacted must be committed, and the newest', () => {
  const group = leftBehind()
  const leader = group.at('n1')
  group.loses = () => true
  group.propose('n1', 'not committed')
  const compacted = (index: number, term = 1): number => {
    leader.step({ type: 'compacted', snapshot: { index, term, configuration: group.genesis, state: null } })
    return leader.raft.status.snapshotIndex
  }
  expect([compacted(22), compacted(20), compacted(21, 2), compacted(1_000)]).toEqual([21, 21, 21, 21])
  expect(leader.raft.snapshotHead(22)).toBeNull()
  expect(leader.raft.snapshotHead(21)).toEqual({ index: 21, term: 1, configuration: group.genesis })
  expect(leader.raft.snapshotHead(3)).toBeNull()
})

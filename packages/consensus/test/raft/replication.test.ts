import { expect, test } from 'vitest'
import { Group, three } from './group.ts'

test('a command is on a majority of disks before it is committed, and then applied everywhere', () => {
  const group = new Group(three)
  const leader = group.elect('n1')
  group.at('n2').syncs = false
  group.at('n3').syncs = false
  const [ticket] = group.propose('n1', 'a')
  group.deliver()
  expect(group.outcome(ticket!)).toEqual({ type: 'accepted', ticket, index: 2, term: 1 })
  expect(leader.commands()).toEqual([])
  group.at('n2').sync()
  group.deliver()
  expect(leader.commands()).toEqual(['a'])
  expect(group.at('n2').commands()).toEqual(['a'])
})

test('the leader does not count its own log before that is on disk', () => {
  const group = new Group(three)
  const leader = group.elect('n1')
  leader.syncs = false
  group.propose('n1', 'a')
  group.loses = ({ to, message }) => to === 'n3' && message.type === 'append'
  group.deliver()
  expect(group.at('n2').raft.status.durableIndex).toBe(2)
  expect(leader.commands()).toEqual([])
  leader.sync()
  expect(leader.commands()).toEqual(['a'])
})

test('a follower answers what is on its disk, not what it was sent', () => {
  const group = new Group(three)
  group.elect('n1')
  const follower = group.at('n2')
  follower.syncs = false
  group.propose('n1', 'a')
  group.propose('n1', 'b')
  for (const { from, message } of group.takeSent('append').filter(({ to }) => to === 'n2'))
    follower.step({ type: 'message', from, message })
  expect(group.takeSent('appended')).toEqual([])
  follower.sync(1)
  expect(group.takeSent('appended').map(({ message }) => message.index)).toEqual([2])
  follower.sync()
  expect(group.takeSent('appended').map(({ message }) => message.index)).toEqual([3])
})

test('entries of an older term are committed only by one of the own term (figure 8)', () => {
  const group = new Group(three)
  const old = group.elect('n1')
  const others = ({ from, to }: { from: string; to: string }): boolean => from === 'n3' || to === 'n3'
  group.loses = others
  group.at('n2').syncs = false
  group.propose('n1', 'a')
  group.deliver()
  group.at('n2').sync()
  // It is on n1 and n2 and nobody knows: the answer is lost with the leader.
  group.wire = []
  old.crash()
  group.loses = () => false
  group.at('n2').syncs = true
  const next = group.at('n2')
  next.step({ type: 'down', id: 'n1' })
  group.at('n3').step({ type: 'down', id: 'n1' })
  group.nowMs = next.raft.deadlineMs
  group.loses = ({ message }) => message.type === 'append' && message.entries.some((entry) => entry.type === 'nothing')
  next.step({ type: 'time' })
  group.deliver()
  expect(next.role).toBe('leader')
  // The log up to `a` reaches n3, the first entry of the new term does not.
  const previous = { index: 1, term: 1 }
  const entries = next.raft.seat.log.from(2, 1)
  group.at('n3').step({
    type: 'message',
    from: 'n2',
    message: { type: 'append', term: 2, previous, entries, commit: 1, round: 0 },
  })
  group.deliver()
  expect(next.raft.status.followers.find(({ id }) => id === 'n3')!.match).toBe(2)
  expect(next.commands()).toEqual([])
  group.loses = () => false
  group.pass(500)
  expect(next.commands()).toEqual(['a'])
})

test('what an old leader has that nobody else has gives way to what was decided', () => {
  const group = new Group(three)
  group.elect('n1')
  group.loses = ({ from }) => from === 'n1'
  for (let n = 0; n < 600; n++) group.propose('n1', `lost ${n}`)
  group.wire = []
  group.at('n1').crash()
  for (const id of ['n2', 'n3']) group.at(id).step({ type: 'down', id: 'n1' })
  group.loses = () => false
  group.pass(100)
  const leader = group.leader()!
  group.propose(leader.id, ...Array.from({ length: 700 }, (_, n) => `kept ${n}`))
  group.deliver()
  group.at('n1').restart()
  expect(group.at('n1').raft.status.lastIndex).toBe(601)
  group.pass(1_000)
  expect(group.at('n1').commands()).toEqual(leader.commands())
  expect(leader.commands()).toHaveLength(700)
})

test('a log that differs over many terms is found to agree in few steps', () => {
  const group = new Group(three)
  // n1 and n2 lead in turn and lose what they append, so that both logs differ from n3’s in runs of terms.
  for (let turn = 0; turn < 10; turn++) {
    const id = turn % 2 === 0 ? 'n1' : 'n2'
    group.loses = () => false
    group.nowMs += 10_000
    for (const member of group.members.values()) member.step({ type: 'down', id: member.raft.status.leader ?? '' })
    group.elect(id)
    group.loses = ({ message }) => message.type === 'append' && message.entries.length > 0
    group.propose(id, ...Array.from({ length: 40 }, (_, n) => `${turn} ${n}`))
    group.deliver()
  }
  group.loses = () => false
  group.wire = []
  group.nowMs += 10_000
  for (const id of ['n2', 'n3']) group.at(id).step({ type: 'down', id: 'n2' })
  let probes = 0
  group.loses = ({ message }) => {
    if (message.type === 'appended' && !message.success) probes++
    return false
  }
  group.pass(10_000)
  const logs = [...group.members.values()].map((member) => member.raft.seat.log.from(1, 10_000))
  expect(logs[1]).toEqual(logs[0])
  expect(logs[2]).toEqual(logs[0])
  expect(probes).toBeLessThanOrEqual(24)
})

test('messages follow each other without waiting, up to the pipeline, each with at most a batch', () => {
  const group = new Group(three, { batchEntries: 4, pipeline: 3 })
  group.elect('n1')
  group.propose('n1', ...Array.from({ length: 100 }, (_, n) => n))
  group.propose('n1', 'more')
  const sent = group.wire.filter(({ to }) => to === 'n2')
  expect(sent.map(({ message }) => message.type === 'append' && message.entries.length)).toEqual([4, 4, 4])
  group.deliver()
  expect(group.at('n3').commands()).toHaveLength(101)
})

test('whatever is lost of a pipeline is sent anew', () => {
  for (const lost of [0, 1, 2]) {
    const group = new Group(three, { batchEntries: 4, pipeline: 3 })
    group.elect('n1')
    group.at('n3').crash()
    group.propose('n1', ...Array.from({ length: 12 }, (_, n) => n))
    let count = 0
    group.loses = ({ to, message }) => to === 'n2' && message.type === 'append' && count++ === lost
    group.deliver()
    group.pass(300)
    expect(group.at('n2').commands()).toHaveLength(12)
  }
})

test('messages in any order, twice, or from long ago do no harm', () => {
  const group = new Group(three, { batchEntries: 2, pipeline: 8 })
  group.elect('n1')
  group.propose('n1', ...Array.from({ length: 12 }, (_, n) => n))
  const all = group.wire.toReversed()
  group.wire = [...all, ...all]
  group.deliver()
  group.wire = [...all]
  group.deliver()
  group.pass(300)
  for (const member of group.members.values()) {
    expect(member.commands()).toEqual(Array.from({ length: 12 }, (_, n) => n))
  }
})

test('a snapshot of old entries or an append that contradicts what is committed is passed over', () => {
  const group = new Group(three)
  group.elect('n1')
  group.propose('n1', 'a', 'b')
  group.deliver()
  group.pass(200)
  const { lastIndex } = group.at('n2').raft.status
  const entries = [{ type: 'command', index: 2, term: 7, command: 'x', request: null }] as const
  const message = { type: 'append', term: 9, previous: { index: 1, term: 1 }, entries, commit: 2, round: 0 } as const
  group.at('n2').step({ type: 'message', from: 'n3', message })
  expect(group.at('n2').raft.status.lastIndex).toBe(lastIndex)
  expect(group.at('n2').commands()).toEqual(['a', 'b'])
})

test('more than the limit waits for a majority: the rest is refused, and nothing of it appended', () => {
  const group = new Group(three, { uncommittedEntries: 5 })
  group.elect('n1')
  group.loses = () => true
  const tickets = group.propose('n1', 1, 2, 3, 4, 5, 6, 7)
  expect(tickets.map((ticket) => group.outcome(ticket)!.type)).toEqual([
    ...Array.from({ length: 5 }, () => 'accepted'),
    'refused',
    'refused',
  ])
  expect(group.refusal(tickets[6]!)).toEqual({ why: 'busy' })
  expect(group.at('n1').raft.status.lastIndex).toBe(6)
})

test('who does not lead refuses, and says who does', () => {
  const group = new Group(three)
  group.elect('n1')
  const [proposal] = group.propose('n2', 'a')
  const read = group.read('n2')
  const change = group.configure('n2', { type: 'remove', id: 'n3' })
  const transfer = group.transfer('n2', null)
  for (const ticket of [proposal!, read, change, transfer]) {
    expect(group.refusal(ticket)).toEqual({ why: 'not_leader', leader: 'n1' })
  }
})

test('followers hear at once what is committed', () => {
  const group = new Group(three)
  group.elect('n1')
  const beganMs = group.nowMs
  group.propose('n1', 'a')
  group.deliver()
  expect(group.nowMs).toBe(beganMs)
  for (const member of group.members.values()) expect(member.commands()).toEqual(['a'])
})

test('a message holds no more than the bytes that it may, but for a command that is larger alone', () => {
  const group = new Group(three, { batchBytes: 1_000, pipeline: 8 })
  group.elect('n1')
  const large = new Uint8Array(5_000)
  const text = { deep: [new Map([['key', 'x'.repeat(300)]]), new Set([1])] }
  group.propose('n1', text, text, large, text, text, text, 1, 2, 3)
  const sent = group.wire.filter(({ to }) => to === 'n2')
  expect(sent.map(({ message }) => message.type === 'append' && message.entries.length)).toEqual([2, 1, 2, 4])
  group.deliver()
  expect(group.at('n2').commands()).toHaveLength(9)
})

test('entries that cannot be carried to a member leave the leader heard there', () => {
  const group = new Group(three)
  const leader = group.elect('n1')
  group.loses = ({ message }) => message.type === 'append' && message.entries.length > 0
  group.propose('n1', 'a')
  group.deliver()
  for (let n = 0; n < 100; n++) {
    group.nowMs += 100
    for (const member of group.members.values()) member.step({ type: 'time' })
    group.deliver()
  }
  expect(leader.role).toBe('leader')
  expect([...group.members.values()].map(({ raft }) => raft.status.term)).toEqual([1, 1, 1])
  expect(leader.commands()).toEqual([])
  group.loses = () => false
  group.nowMs += 100
  leader.step({ type: 'time' })
  group.deliver()
  expect(group.at('n2').commands()).toEqual(['a'])
})

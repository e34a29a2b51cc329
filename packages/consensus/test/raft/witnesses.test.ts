import { expect, test } from 'vitest'
import { Group } from './group.ts'

const roles = { db1: 'voter', db2: 'voter', log9: 'witness' } as const
const small = { batchEntries: 2, pipeline: 2 }

test('a witness makes a majority, with any one of the others', () => {
  const group = new Group(roles)
  group.elect('db1')
  group.at('db2').crash()
  group.propose('db1', 'a')
  group.deliver()
  expect(group.at('db1').commands()).toEqual(['a'])
})

test('voters come before the witness when there is no leader', () => {
  const group = new Group(roles)
  group.pass(10_000)
  expect(group.leader()?.id).toMatch(/^db/)
})

test('what only the witness still has comes to the voter that is left, which leads', () => {
  for (const count of [1, 50]) {
    const group = new Group(roles, small)
    group.elect('db1')
    group.at('db2').crash()
    group.propose('db1', ...Array.from({ length: count }, (_, n) => n))
    group.deliver()
    group.at('db1').crash()
    group.at('db2').restart()
    group.pass(8_000)
    expect(group.leader()?.id).toBe('db2')
    expect(group.at('db2').commands()).toHaveLength(count)
    group.propose('db2', 'more')
    group.deliver()
    expect(group.at('db2').commands()).toHaveLength(count + 1)
  }
})

test('while it leads it takes nothing, and hands over as soon as it can', () => {
  const group = new Group(roles)
  group.elect('db1')
  group.at('db2').crash()
  group.propose('db1', 'a')
  group.deliver()
  group.at('db1').crash()
  group.at('db2').restart()
  group.at('db2').syncs = false
  const witness = group.at('log9')
  for (let turn = 0; turn < 100 && witness.role !== 'leader'; turn++) {
    group.pass(100)
    group.at('db2').sync(1)
    group.deliver()
  }
  expect(witness.role).toBe('leader')
  const { lastIndex } = witness.raft.status
  const [proposal] = group.propose('log9', 'x')
  expect(group.refusal(proposal!)).toEqual({ why: 'not_leader', leader: null })
  expect(group.refusal(group.read('log9'))).toEqual({ why: 'not_leader', leader: null })
  expect(group.refusal(group.configure('log9', { type: 'remove', id: 'db1' }))).toEqual({
    why: 'not_leader',
    leader: null,
  })
  expect(witness.raft.status.lastIndex).toBe(lastIndex)
  group.at('db2').syncs = true
  group.at('db2').sync()
  group.pass(1_000)
  expect(group.leader()?.id).toBe('db2')
})

test('leadership is not handed to a witness', () => {
  const group = new Group(roles)
  group.elect('db1')
  expect(group.refusal(group.transfer('db1', 'log9'))).toEqual({ why: 'no_such_member' })
})

test('a witness keeps the log until every voter has it, and then lets it go', () => {
  const group = new Group(roles, small)
  group.elect('db1')
  group.at('db2').crash()
  group.propose('db1', ...Array.from({ length: 50 }, (_, n) => n))
  group.deliver()
  group.at('db1').compact()
  group.pass(1_000)
  const witness = group.at('log9')
  expect(witness.raft.status.snapshotIndex).toBe(0)
  group.at('db2').restart()
  group.pass(8_000)
  expect(group.at('db2').raft.status.commitIndex).toBe(51)
  expect(witness.raft.status.snapshotIndex).toBe(51)
  expect(witness.storage.stored).toMatchObject({ snapshot: { index: 51, state: null }, entries: [] })
})

test('a witness that was away gets the state too, as long as a voter lacks it, and hands it on', () => {
  const group = new Group(roles, small)
  group.elect('db1')
  group.propose('db1', 'first')
  group.deliver()
  // The witness is away while the voters go on, then db2 forgets nothing but is away when the snapshot is made.
  group.at('log9').crash()
  group.propose('db1', ...Array.from({ length: 50 }, (_, n) => n))
  group.loses = ({ to }) => to === 'db2'
  group.deliver()
  group.at('db2').crash()
  group.loses = () => false
  group.at('log9').restart()
  group.pass(500)
  group.at('db1').compact()
  group.at('log9').crash()
  group.propose('db1', ...Array.from({ length: 50 }, (_, n) => n))
  group.at('log9').restart()
  group.pass(5_000)
  group.at('db1').compact()
  group.pass(5_000)
  expect(group.at('log9').raft.status.commitIndex).toBe(102)
  group.at('db1').crash()
  group.at('db2').restart()
  group.pass(20_000)
  expect(group.leader()?.id).toBe('db2')
  expect(group.at('db2').raft.status.commitIndex).toBeGreaterThan(102)
})

test('a witness without state that cannot help gives up again and again, and lets others lead who can', () => {
  const group = new Group({ db1: 'voter', db2: 'voter', db3: 'voter', log9: 'witness' }, small)
  group.elect('db1')
  group.propose('db1', ...Array.from({ length: 50 }, (_, n) => n))
  group.deliver()
  for (const id of ['db1', 'db2', 'db3']) group.at(id).compact()
  group.pass(1_000)
  expect(group.at('log9').raft.status.snapshotIndex).toBe(51)
  // db4 is added after that, and db1 and db2 are lost.
  group.join('db4').syncs = false
  group.configure('db1', { type: 'add', id: 'db4', role: 'voter' })
  group.deliver()
  group.at('db1').crash()
  group.pass(30_000)
  expect(group.leader()?.id).toMatch(/db[23]/)
})

test('a witness that hears of a commit by the snapshot that lets the entries go is told no entry twice, and none that are gone', () => {
  const group = new Group(roles)
  group.elect('db1')
  group.loses = ({ to, message }) => to === 'log9' && message.type === 'append' && message.commit > 1
  group.propose('db1', 'a', 'b', 'c')
  group.deliver()
  const witness = group.at('log9')
  expect(witness.raft.status).toMatchObject({ lastIndex: 4, commitIndex: 1 })
  const snapshot = { index: 3, term: 1, configuration: group.genesis, state: null }
  witness.step({ type: 'message', from: 'db1', message: { type: 'snapshot', term: 1, snapshot, round: 0 } })
  expect(witness.installed).toEqual([snapshot])
  group.loses = () => false
  group.pass(300)
  expect(witness.applied.map(({ index }) => index)).toEqual([1, 4])
})

test('a witness without state leads for the voter that it can help, which helps the others', () => {
  const group = new Group({ db1: 'voter', db2: 'voter', log9: 'witness' }, small)
  group.elect('db1')
  group.propose('db1', ...Array.from({ length: 50 }, (_, n) => n))
  group.deliver()
  for (const id of ['db1', 'db2']) group.at(id).compact()
  group.pass(1_000)
  const witness = group.at('log9')
  expect(witness.raft.status.snapshotIndex).toBe(51)
  // db3 is added and has nothing yet; what db1 proposes last comes to the witness alone.
  const late = group.join('db3')
  group.loses = ({ to }) => to === 'db3'
  group.configure('db1', { type: 'add', id: 'db3', role: 'voter' })
  group.deliver()
  group.loses = ({ to }) => to !== 'log9' && to !== 'db1'
  group.propose('db1', 'last')
  group.deliver()
  group.at('db1').crash()
  group.loses = () => false
  let leads = false
  for (let turn = 0; turn < 2_000 && group.leader()?.id !== 'db2'; turn++) {
    group.pass(10)
    leads ||= witness.role === 'leader'
  }
  group.pass(6_000)
  expect(group.leader()?.id).toBe('db2')
  expect(group.at('db2').commands().at(-1)).toBe('last')
  expect(late.installed).toHaveLength(1)
  expect(late.commands().at(-1)).toBe('last')
  expect(leads || witness.raft.status.term > 2).toBe(true)
})

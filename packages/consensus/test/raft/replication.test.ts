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

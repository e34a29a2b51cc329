/** A watch that could never tell anything is refused at its caller, and ends no member. */
import type { AnyPid, Process } from '@agner/core'
import { expect, test } from 'vitest'
import { BankCluster } from './bank-cluster.ts'

const refused = expect.objectContaining({ code: 'consensus.bad_option' })

test('what is no process of this node, and what is no place in the log', async () => {
  const { cluster, members } = await BankCluster.found({ nodes: 2, seed: 81 })
  const [member, other] = [members.get('a')!, members.get('b')!]
  const { node } = cluster.node('a')
  const like = { node: node.name, incarnation: node.incarnation, id: 1 }
  const none = [undefined, null, 'x', {}, like, { name: 'x', node: node.name }, other.pid]
  for (const pid of none) expect(() => member.watch({ pid: pid as AnyPid })).toThrow(refused)
  for (const process of [null, undefined, 5]) expect(() => member.watch(process as never)).toThrow(refused)
  const pid = node.spawn(async (self: Process<never>) => {
    await self.receive()
  })
  for (const after of [NaN, -1, 1.5, '3', null, undefined])
    expect(() => member.watch({ pid }, { after: after as number })).toThrow(refused)
  expect(() => member.watch({ pid }, null as never)).toThrow(refused)
  // Nor does one that somebody else sends.
  for (const bad of none.slice(0, -1))
    for (const type of ['raftWatch', 'raft'])
      node.send(member.pid as never, { type, pid: bad, on: true, after: null, message: null, from: {} } as never)
  await cluster.run(100)
  expect(node.isAlive(member.pid)).toBe(true)
  await cluster.stop()
})

test('a member that has ended is watched by nobody, and stopping it again is no error', async () => {
  const { cluster, members } = await BankCluster.found({ nodes: 1, seed: 82 })
  const member = members.get('a')!
  const { node } = cluster.node('a')
  const watcher = node.spawn(async (self: Process<never>) => {
    await self.receive()
  })
  await cluster.until(Promise.all([member.stop(), member.stop()]))
  await cluster.until(member.stop())
  expect(() => member.watch({ pid: watcher })).toThrow(expect.objectContaining({ code: 'consensus.member_ended' }))
  expect(() => member.watch({ pid: watcher }, { after: 1 })).toThrow(/has ended/)
  // There is nothing to end.
  member.watch({ pid: watcher }, false)
  expect(node.isAlive(watcher)).toBe(true)
  await cluster.stop()
})

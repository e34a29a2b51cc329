/**
 * What may not be done to processes of other nodes, and what those spawned from elsewhere are born with.
 */
import { defineModule, type AnyPid, type Down, type Pid, type Process } from '@agner/core'
import { expect, it } from 'vitest'
import { createCluster } from './cluster.ts'

const teller = defineModule('@acme/teller', '1', {
  run: async (self: Process<unknown>, to: Pid<unknown>) => {
    self.send(to, { leader: self.groupLeader } as never)
    await self.receive()
  },
})

it('a process of another node is not looked into: it is not alive here, has no leader to be set, and is not suspended', async () => {
  const cluster = createCluster()
  const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
  const there = b.node.spawn(async (self: Process<unknown>) => void (await self.receive()))
  await cluster.inProcess<never>(a, async (self) => {
    await self.wait(a.distribution.connect('b@h'))
    expect(a.node.isAlive(there)).toBe(false)
    expect(() => a.node.processInfo(there)).toThrow('lives on another node')
    expect(() => self.setGroupLeader(there, self.pid)).toThrow(expect.objectContaining({ code: 'leader.no_process' }))
    expect(() => self.suspend(there)).toThrow(expect.objectContaining({ code: 'suspend.no_process' }))
    // A leader may be elsewhere.
    self.setGroupLeader(self.pid, there)
    expect(self.groupLeader).toBe(there)
  })
  expect(b.node.isAlive(there)).toBe(true)
  await cluster.stop()
})

it('a process that was spawned from another node has the group leader of who asked', async () => {
  const cluster = createCluster()
  const [a] = [await cluster.start('a@h'), await cluster.start('b@h', { modules: [teller] })]
  await cluster.inProcess<{ readonly leader: AnyPid | null } | Down>(a, async (self) => {
    self.setGroupLeader(self.pid, self.pid)
    const { pid } = await self.spawnAt('b@h', '@acme/teller', 'run', self.pid, { monitor: true })
    expect(await self.receive()).toEqual({ leader: self.pid })
    self.sendExit(pid, 'kill')
    expect(await self.receive()).toMatchObject({ type: 'down', reason: 'killed' })
  })
  await cluster.stop()
})

it('a pid, a ref and a name of a dead life go round through a third node, and stay what they are', async () => {
  const cluster = createCluster()
  const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
  const c = await cluster.start('c@h')
  const [pid, ref] = [b.node.spawn(async () => {}), b.node.makeRef()]
  const got: unknown[] = []
  const last = a.node.spawn<unknown>(async (self) => void got.push(await self.receive()))
  const forward = c.node.spawn<unknown>(async (self) =>
    self.send(last as Pid<unknown>, (await self.receive()) as never),
  )
  b.node.send(forward, { pid, ref, at: { name: 'x', node: 'b@h' } } as never)
  await cluster.runtime.advance(100)
  await cluster.runtime.runUntil(b.distribution.stop())
  await cluster.runtime.settle()
  expect(got).toEqual([{ pid, ref, at: { name: 'x', node: 'b@h' } }])
  const [{ pid: back, ref: refBack }] = got as [{ pid: unknown; ref: unknown }]
  expect([back === pid, refBack === ref]).toEqual([true, true])
  await cluster.stop()
})

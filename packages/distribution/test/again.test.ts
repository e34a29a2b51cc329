/**
 * Distribution that is started and stopped while its node lives on, and what nodes may be called.
 */
import { createNode, type Pid } from '@agner/core'
import { describe, expect, it } from 'vitest'
import { startDistribution } from '../src/index.ts'
import { cookie, createCluster } from './cluster.ts'

describe('a node that joins and leaves again and again', () => {
  it('keeps its processes, is no member in between, and leaves nothing behind', async () => {
    const cluster = createCluster()
    const { runtime, network } = cluster
    const b = await cluster.start('b@h')
    const node = createNode({ name: 'a@h', runtime, report: () => {} })
    const got: unknown[] = []
    const sink = node.spawn<unknown>(async (self) => {
      for (;;) got.push(await self.receive())
    })
    const changes: string[] = []
    b.distribution.onNodeChange((change) => changes.push(`${change.type} ${'reason' in change ? change.reason : ''}`))
    for (let round = 0; round < 5; round++) {
      const distribution = await runtime.runUntil(startDistribution(node, { cookie, network }))
      expect(await runtime.runUntil(b.distribution.connect('a@h'))).toBe(true)
      b.node.send(sink as Pid<unknown>, round)
      await runtime.settle()
      expect(distribution.nodes()).toEqual(['b@h'])
      await runtime.runUntil(distribution.stop())
      await runtime.settle()
      expect([distribution.nodes(), b.distribution.nodes()]).toEqual([[], []])
      expect(await runtime.runUntil(b.distribution.tryConnect('a@h'))).toMatchObject({ connected: false })
      expect(await runtime.runUntil(node.exited({ name: 'x', node: 'b@h' }))).toBe('noconnection')
    }
    expect(got).toEqual([0, 1, 2, 3, 4])
    expect(changes).toEqual(Array(5).fill(['nodeup ', 'nodedown shutdown']).flat())
    await cluster.stop()
    await runtime.runUntil(node.stop())
    await runtime.settle()
    expect([network.streamCount, runtime.pendingTimers]).toEqual([0, 0])
  })
})

describe('the name of a node', () => {
  it.each(['a@h', 'A-1_b.c@127.0.0.1', 'ü@ñ', 'a@::1', `${'a'.repeat(120)}@${'b'.repeat(120)}`])(
    'may be %s',
    async (name) => {
      const cluster = createCluster()
      const [named, other] = [await cluster.start(name), await cluster.start('other@h')]
      expect(await cluster.runtime.runUntil(other.distribution.connect(name))).toBe(true)
      expect(named.distribution.nodes()).toEqual(['other@h'])
      await cluster.stop()
    },
  )

  it.each(['a', '@h', 'a@', 'a@b@c', 'a b@h', `${'a'.repeat(121)}@h`])('may not be %s', (name) => {
    expect(() => createNode({ name })).toThrow(expect.objectContaining({ code: 'node.bad_name' }))
  })

  it.each(['a\u0000@h', 'a\u001b[2J@h', `${'ü'.repeat(120)}@${'ü'.repeat(120)}`])(
    'may not be %j in a cluster',
    async (name) => {
      const cluster = createCluster()
      await expect(cluster.start(name)).rejects.toMatchObject({ code: 'distribution.bad_name' })
    },
  )

  it('may not be none', async () => {
    const cluster = createCluster()
    await expect(cluster.start('nonode@nohost')).rejects.toMatchObject({ code: 'distribution.no_name' })
  })
})

/**
 * Hidden nodes, and asking the port mapper who is there.
 */
import { type NodeUp, type NodeDown, type Process } from '@agner/core'
import { describe, expect, it } from 'vitest'
import { listNodes, MemoryNetwork } from '../src/index.ts'
import { createCluster } from './cluster.ts'

describe('a hidden node', () => {
  it('is talked to, and is no member: neither listed nor told of, on either side', async () => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    const tool = await cluster.start('tool@h', { hidden: true })
    const changes: string[] = []
    a.distribution.onNodeChange((change) => changes.push(`${change.type} ${change.node}`))
    tool.distribution.onNodeChange((change) => changes.push(`tool: ${change.type} ${change.node}`))
    const watcher = a.node.spawn<NodeUp | NodeDown>(async (self: Process<NodeUp | NodeDown>) => {
      for (;;) changes.push(`process: ${(await self.receive()).node}`)
    })
    a.distribution.monitorNodes({ pid: watcher })
    const echo = a.node.spawn(async (self: Process<number>) => void changes.push(`got ${await self.receive()}`))
    await cluster.runtime.runUntil(tool.distribution.connect('a@h'))
    tool.node.send(echo, 1)
    await cluster.runtime.runUntil(b.distribution.connect('a@h'))
    await cluster.runtime.settle()
    expect(changes).toEqual(['got 1', 'nodeup b@h', 'process: b@h'])
    expect(a.distribution.nodes()).toEqual(['b@h'])
    expect(a.distribution.nodes('hidden')).toEqual(['tool@h'])
    expect(a.distribution.nodes('connected').sort()).toEqual(['b@h', 'tool@h'])
    expect([tool.distribution.nodes(), tool.distribution.nodes('hidden')]).toEqual([[], ['a@h']])
    changes.length = 0
    const lost = tool.node.exited(a.node.spawn(async (self: Process<number>) => void (await self.receive())))
    a.distribution.disconnect('tool@h')
    expect(await cluster.runtime.runUntil(lost)).toBe('noconnection')
    expect([changes, a.distribution.nodes('hidden')]).toEqual([[], []])
    await cluster.stop()
  })

  it('is what it says by an option that is checked', async () => {
    const cluster = createCluster()
    await expect(cluster.start('a@h', { hidden: 'yes' as unknown as boolean })).rejects.toMatchObject({
      code: 'distribution.bad_option',
    })
    await cluster.stop()
  })
})

describe('listNodes', () => {
  it('tells who can be connected to, however many there are', async () => {
    const cluster = createCluster(7)
    const names = Array.from({ length: 30 }, (_, n) => `a-node-with-a-long-name-${String(n).padStart(2, '0')}@h`)
    for (const name of names) await cluster.start(name)
    await cluster.start('silent@h', { listen: false })
    const { runtime, network } = cluster
    const found = await runtime.runUntil(listNodes({ runtime, network }))
    expect(found.map(({ name }) => name)).toEqual(names)
    // Not before the mapper has been there for a second: until then others may be about to register.
    expect(runtime.nowMs()).toBeGreaterThanOrEqual(1000)
    expect(found[3]).toMatchObject({ host: '127.0.0.1', port: expect.any(Number) })
    await cluster.stop()
  })

  it('says what is wrong with the mapper: nobody there, silence, rubbish', async () => {
    const { runtime, network } = createCluster()
    const failure = (port: number) =>
      runtime.runUntil(listNodes({ runtime, network, port }).then(String, (error: Error) => error.message))
    expect(await failure(1)).toContain('ECONNREFUSED')
    await network.listen({ host: '127.0.0.1', port: 2 }, () => ({ data: () => {}, closed: () => {} }))
    expect(await failure(2)).toContain('does not answer')
    const rubbish = ['no json\n', '{"id":1}\n', '{"id":1,"nodes":[{"name":5}]}\n', '{"id":1,"nodes":7}\n']
    for (const [index, text] of rubbish.entries()) {
      await network.listen({ host: '127.0.0.1', port: 10 + index }, (stream) => ({
        data: () => void stream.write([new TextEncoder().encode(text)]),
        closed: () => {},
      }))
      expect(await failure(10 + index)).toContain('no port mapper')
    }
    await network.listen({ host: '127.0.0.1', port: 3 }, (stream) => ({
      data: () => stream.close(),
      closed: () => {},
    }))
    expect(await failure(3)).toContain('older version')
    await network.listen({ host: '127.0.0.1', port: 4 }, (stream) => {
      const endless = '{"id":1,"nodes":[{"name":"x@h","host":"h","port":1}],"more":true}\n'
      return { data: () => void stream.write([new TextEncoder().encode(endless)]), closed: () => {} }
    })
    expect(await failure(4)).toContain('no port mapper')
    await runtime.settle()
    expect([runtime.pendingTimers, network instanceof MemoryNetwork && network.streamCount]).toEqual([0, 0])
  })
})

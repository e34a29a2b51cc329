import type { Down, Exit, Process } from '@agner/core'
import { expect, it } from 'vitest'
import { simulateCluster } from '../../src/index.ts'

it('a thousand reconnects leave nothing behind, and no signal is missing', { timeout: 60_000 }, async () => {
  const rounds = 1000
  const cluster = await simulateCluster({
    seed: 2,
    nodes: 2,
    distribution: { tickMs: 100, handshakeTimeoutMs: 500 },
    network: { latencyMs: [0.1, 1], resumeMs: 10 },
    trace: false,
  })
  const [a, b] = [cluster.node('a'), cluster.node('b')]
  const target = b.node.spawn<Exit>(async (self) => {
    self.trapExits(true)
    for (;;) await self.receive()
  })
  const counts = { down: 0, exit: 0, calls: 0 }
  const watcher = a.node.spawn<'again' | Down | Exit>(async (self: Process<'again' | Down | Exit>) => {
    self.trapExits(true)
    for (;;) {
      const got = await self.receive()
      if (got !== 'again') counts[got.type]++
      else {
        self.monitor(target)
        self.link(target)
        self.request(target, 'nobody answers').catch(() => counts.calls++)
      }
    }
  })
  for (let round = 0; round < rounds; round++) {
    await cluster.until(a.distribution.connect('b@cluster'))
    a.node.send(watcher, 'again')
    await cluster.run(5)
    if (round % 10 !== 0) {
      cluster.drop('a', 'b')
      await cluster.run(5)
      continue
    }
    cluster.cut('a', 'b')
    await cluster.run(600)
    cluster.heal()
    await cluster.run(20)
  }
  expect(counts).toEqual({ down: rounds, exit: rounds, calls: rounds })
  for (const [{ node, distribution }, pid] of [
    [a, watcher],
    [b, target],
  ] as const) {
    expect(node.processInfo(pid, ['links', 'monitors', 'monitoredBy'])).toEqual({
      links: [],
      monitors: [],
      monitoredBy: [],
    })
    expect(node.counters()).toMatchObject({ processes: 1, timers: 0 })
    expect(distribution.stats()).toMatchObject({
      connections: 0,
      pendingHandshakes: 0,
      nodeups: rounds,
      nodedowns: rounds,
    })
  }
})

/** A cluster whose nodes drain and come back one after the other, under traffic: nobody is dialled in vain. */
import { expect, it } from 'vitest'
import { simulateCluster } from '../../src/index.ts'

it.each([1, 2, 3])('nodes that drain before they restart are missed by nobody (seed %i)', async (seed) => {
  const cluster = await simulateCluster({
    seed,
    nodes: 6,
    distribution: { joinFound: true },
    network: { latencyMs: [0.2, 20], splitChance: 0.5 },
  })
  await cluster.run(15_000)
  const failures = () => cluster.up.map(({ distribution }) => distribution.stats().connectFailures)
  for (const name of cluster.names) {
    const leaving = cluster.node(name)
    await cluster.until(leaving.distribution.drain({ timeoutMs: 60_000 }))
    await cluster.run(100)
    for (const { distribution } of cluster.up)
      expect(distribution.nodes('draining')).toEqual(distribution === leaving.distribution ? [] : [`${name}@cluster`])
    await cluster.stop(name)
    const before = failures()
    // Everybody goes on sending to it.
    for (const { node } of cluster.up) node.send({ name: 'nobody', node: `${name}@cluster` }, 'hello' as never)
    await cluster.run(10_000)
    expect(failures()).toEqual(before)
    await cluster.start(name)
    await cluster.run(15_000)
  }
  for (const { distribution } of cluster.up) {
    expect(distribution.nodes().length).toBe(5)
    expect(distribution.nodes('draining')).toEqual([])
  }
  const downs = cluster.trace.filter(({ type }) => type === 'nodedown')
  const told = downs.filter((event) => 'reason' in event && event.reason !== 'net_kernel_terminated')
  expect(told.map((event) => 'reason' in event && event.reason)).toEqual(Array(30).fill('drained'))
  await cluster.stop()
})

/**
 * What is claimed while two nodes greet each other.
 */
import { afterEach, expect, it } from 'vitest'
import { startGlobal } from '../../src/index.ts'
import { TestCluster } from '../cluster.ts'

let cluster: TestCluster
afterEach(() => cluster.stop())

it('is known to both: after the newcomer has said what it has, and before it is a member', async () => {
  cluster = new TestCluster(3)
  const run = cluster.runtime
  const [a, b] = [await cluster.add('a'), await cluster.add('b')]
  await run.runUntil(a.distribution.connect(b.name))
  const atA = await run.runUntil(startGlobal(a.node, a.distribution))
  const atB = await run.runUntil(startGlobal(b.node, b.distribution))
  expect(atB.members()).toEqual([b.name])
  const pid = b.node.spawn(async (self) => void (await self.receive()))
  expect(await run.runUntil(atB.register(b.node, 'one', pid))).toBe(true)
  await run.advance(1000)
  expect(atB.members()).toEqual([a.name, b.name])
  expect(atA.whereis('one')).toBe(pid)
})

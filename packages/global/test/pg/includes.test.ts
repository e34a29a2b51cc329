/** Which nodes have a part in a scope is for a function of the user's to say, and may change while they are connected. */
import { afterEach, expect, it } from 'vitest'
import { startPg } from '../../src/index.ts'
import { PgWorld } from './world.ts'

let world: PgWorld
afterEach(() => world.cluster.stop())

it('who is included later is found, and the members of who is not any more leave', async () => {
  const outside = new Set(['b@cluster'])
  world = await PgWorld.of(2, { apart: true, pg: { includes: (node) => !outside.has(node) } })
  await world.cluster.until(world.cluster.node('a').distribution.connect('b@cluster'))
  const [one, other] = [world.idle('b'), world.idle('b')]
  world.pg('b').join('jobs', [one])
  await world.cluster.run(3000)
  expect(world.pg('a').getMembers('jobs')).toEqual([])
  outside.clear()
  await world.cluster.run(1500)
  expect(world.pg('a').getMembers('jobs')).toEqual([one])
  const watcher = world.watcher('a', 'jobs')
  await world.cluster.run(10)
  outside.add('b@cluster')
  // At once when it says something, else within a second.
  world.pg('b').join('jobs', [other])
  await world.cluster.run(100)
  expect(world.pg('a').getMembers('jobs')).toEqual([])
  expect([watcher.changes, watcher.wrong]).toEqual([[['pgLeave', 'jobs', 1]], 0])
  outside.clear()
  await world.cluster.run(1500)
  expect(world.pg('a').getMembers('jobs')).toHaveLength(2)
  outside.add('b@cluster')
  await world.cluster.run(1500)
  expect([world.pg('a').getMembers('jobs'), world.pg('a').nodes()]).toEqual([[], []])
})

it('one that throws has said no, which is reported once, and the scope goes on', async () => {
  let fails = false
  const includes = () => {
    if (fails) throw new Error('no such table')
    return true
  }
  world = await PgWorld.of(2, { apart: true, pg: { includes } })
  const { distribution, reports } = world.cluster.node('a')
  const pid = world.idle('a')
  world.pg('a').join('jobs', [pid])
  fails = true
  await world.cluster.until(distribution.connect('b@cluster'))
  await world.cluster.run(3000)
  expect(world.pg('a').getMembers('jobs')).toEqual([pid])
  const said = reports.all.filter((report) => 'text' in report && report.text.includes('no such table'))
  expect(said).toHaveLength(1)
  fails = false
  await world.cluster.run(3000)
  expect(world.pg('b').getMembers('jobs')).toEqual([pid])
})

it('nobody else makes it ask more often', async () => {
  let asked = 0
  const includes = () => (asked++, true)
  world = await PgWorld.of(2, { pg: { includes } })
  for (let n = 0; n < 100; n++)
    world.node('b').send({ name: '@agner/global/pg/pg', node: 'a@cluster' }, { type: 'review' } as never)
  await world.cluster.run(5000)
  asked = 0
  await world.cluster.run(10_000)
  expect(asked).toBeLessThan(50)
})

it('of two that start a scope at the same time one does, and the other is told; scopes have processes of their own', async () => {
  world = await PgWorld.of(1)
  const { node, distribution } = world.cluster.node('a')
  const start = (scope: string) =>
    startPg(node, distribution, { scope }).then(
      () => 'started',
      (error: unknown) => (error as { readonly code: string }).code,
    )
  const both = await world.cluster.until(Promise.all([start('shop'), start('shop')]))
  expect(both.toSorted()).toEqual(['pg.already_started', 'started'])
  expect(await world.cluster.until(start('shop/relay'))).toBe('started')
})

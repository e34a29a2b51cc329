import { afterEach, describe, expect, it } from 'vitest'
import { group, startPg, type PgChange } from '../../src/index.ts'
import { PgWorld, shownBy } from './world.ts'

let world: PgWorld
afterEach(() => world.stop())

const members = (name: string, of: string): string[] => world.pg(name).getMembers(of).map(String).toSorted()
const texts = (...pids: unknown[]): string[] => pids.map(String).toSorted()

describe('process groups', () => {
  it('have members of all nodes, each as often as it joined', async () => {
    world = await PgWorld.of(3)
    const [p, q] = [world.idle('a'), world.idle('b')]
    world.pg('a').join('g', [p, p])
    world.pg('b').join('g', q)
    expect(world.pg('a').getLocalMembers('g')).toEqual([p, p])
    await world.cluster.run(100)
    for (const name of ['a', 'b', 'c']) expect(members(name, 'g')).toEqual(texts(p, p, q))
    expect(world.pg('c').getLocalMembers('g')).toEqual([])
    expect(world.pg('c').whichGroups()).toEqual(['g'])
    expect(world.pg('c').whichLocalGroups()).toEqual([])
    expect(world.pg('a').leave('g', p)).toBe(true)
    await world.cluster.run(100)
    expect(members('c', 'g')).toEqual(texts(p, q))
    expect(world.pg('a').leave('g', p)).toBe(true)
    expect(world.pg('a').leave('g', p)).toBe(false)
    expect(world.pg('b').leave('g', [q, q])).toBe(true)
    await world.cluster.run(100)
    for (const name of ['a', 'b', 'c']) expect(world.pg(name).whichGroups()).toEqual([])
  })

  it('take only processes of their own node, names that are names, and no more than the limit', async () => {
    world = await PgWorld.of(2, { pg: { limits: { localMembers: 3 } } })
    const p = world.idle('a')
    expect(() => world.pg('b').join('g', p)).toThrow(expect.objectContaining({ code: 'pg.not_local' }))
    expect(() => world.pg('b').leave('g', p)).toThrow(expect.objectContaining({ code: 'pg.not_local' }))
    expect(() => world.pg('a').join('', p)).toThrow(expect.objectContaining({ code: 'pg.bad_group' }))
    expect(() => world.pg('a').join('x'.repeat(1025), p)).toThrow(expect.objectContaining({ code: 'pg.bad_group' }))
    expect(() => world.pg('a').join('g', 7 as never)).toThrow(expect.objectContaining({ code: 'pg.bad_process' }))
    world.pg('a').join('g', [p, p])
    expect(() => world.pg('a').join('h', [p, p])).toThrow(expect.objectContaining({ code: 'pg.full' }))
    expect(world.pg('a').whichGroups()).toEqual(['g'])
    world.pg('a').join('h', p)
    expect(world.pg('a').stats()).toMatchObject({ localMembers: 3, groups: 2 })
  })

  it('lose who dies before anybody hears of it, and have no use for the dead', async () => {
    world = await PgWorld.of(2)
    const p = world.idle('a')
    world.pg('a').join('g', [p, p])
    world.pg('a').join('h', p)
    await world.cluster.run(100)
    const node = world.node('a')
    const seen = node.exited(p).then(() => world.pg('a').whichGroups())
    node.sendExit(p, 'kill')
    expect(await world.cluster.until(seen)).toEqual([])
    expect(world.pg('a').leave('g', p)).toBe(false)
    world.pg('a').join('g', p)
    expect(world.pg('a').whichGroups()).toEqual([])
    await world.cluster.run(100)
    expect(world.pg('b').whichGroups()).toEqual([])
  })

  it('tell each other the changes of a turn in one message', async () => {
    world = await PgWorld.of(2)
    const before = world.pg('a').stats().updatesSent
    const pids = Array.from({ length: 100 }, () => world.idle('a'))
    for (const [i, pid] of pids.entries()) world.pg('a').join(`g${i % 7}`, pid)
    for (const pid of pids.slice(50)) world.node('a').sendExit(pid, 'kill')
    await world.cluster.run(100)
    expect(shownBy(world.pg('b'))).toEqual(shownBy(world.pg('a')))
    expect(world.pg('a').stats().updatesSent - before).toBeLessThan(10)
  })

  it('send all that there is in parts', async () => {
    world = await PgWorld.of(2, { apart: true })
    const p = world.idle('a')
    for (let i = 0; i < 30; i++)
      world.pg('a').join(
        `g${i}`,
        Array.from({ length: 300 }, () => p),
      )
    await world.connect()
    expect(shownBy(world.pg('b'))).toEqual(shownBy(world.pg('a')))
    world.pg('a').join(
      'many',
      Array.from({ length: 5000 }, () => p),
    )
    await world.cluster.run(100)
    expect(world.pg('b').getMembers('many')).toHaveLength(5000)
  })

  it('show each side of a partition its own members, and all of them when it has healed', async () => {
    world = await PgWorld.of(4)
    const pids = ['a', 'b', 'c', 'd'].map((name) => {
      const pid = world.idle(name)
      world.pg(name).join('g', pid)
      return pid
    })
    world.cluster.partition(['a', 'b'], ['c', 'd'])
    await world.cluster.run(120_000)
    expect(members('a', 'g')).toEqual(texts(pids[0], pids[1]))
    expect(members('d', 'g')).toEqual(texts(pids[2], pids[3]))
    const late = world.idle('c')
    world.pg('c').join('g', late)
    world.pg('b').leave('g', pids[1]!)
    world.cluster.heal()
    await world.connect()
    for (const name of ['a', 'b', 'c', 'd']) expect(members(name, 'g')).toEqual(texts(pids[0], pids[2], pids[3], late))
  })

  it('are told by each node of its own processes alone: nothing is passed on', async () => {
    world = await PgWorld.of(3, { apart: true })
    const p = world.idle('a')
    world.pg('a').join('g', p)
    await world.cluster.until(world.cluster.node('b').distribution.connect('a@cluster'))
    await world.cluster.until(world.cluster.node('b').distribution.connect('c@cluster'))
    await world.cluster.run(1000)
    expect(members('b', 'g')).toEqual(texts(p))
    expect(members('c', 'g')).toEqual([])
    expect(world.cluster.node('c').distribution.nodes()).toEqual(['b@cluster'])
  })

  it('lose the members of a node whose keeper crashed, until they join again', async () => {
    world = await PgWorld.of(2)
    const [p, q] = [world.idle('a'), world.idle('b')]
    world.pg('a').join('g', p)
    world.pg('b').join('g', q)
    await world.cluster.run(100)
    const watcher = world.watcher('a')
    await world.cluster.run(1)
    world.node('a').sendExit(world.node('a').whereis('@agner/global/pg/pg')!, 'kill')
    await world.cluster.run(1000)
    for (const name of ['a', 'b']) expect(members(name, 'g')).toEqual(texts(q))
    expect(watcher.seen()).toEqual(shownBy(world.pg('a')))
    expect(watcher.changes).toEqual([
      ['pgLeave', 'g', 2],
      ['pgJoin', 'g', 1],
    ])
    world.pg('a').join('g', p)
    await world.cluster.run(100)
    expect(members('b', 'g')).toEqual(texts(p, q))
  })

  it('are apart from those of another scope, and end with it', async () => {
    world = await PgWorld.of(2)
    const { node, distribution } = world.cluster.node('a')
    const other = await world.cluster.until(startPg(node, distribution, { scope: 'other' }))
    const p = world.idle('a')
    other.join('g', p)
    world.pg('a').join('h', p)
    await world.cluster.run(100)
    expect(world.pg('b').whichGroups()).toEqual(['h'])
    await expect(world.cluster.until(startPg(node, distribution, { scope: 'other' }))).rejects.toMatchObject({
      code: 'pg.already_started',
    })
    await world.cluster.until(other.stop())
    expect(() => other.join('g', p)).toThrow(expect.objectContaining({ code: 'pg.not_running' }))
    expect(other.getMembers('g')).toEqual([])
    await world.cluster.until(world.pg('a').stop())
    await world.cluster.run(100)
    expect(world.pg('b').whichGroups()).toEqual([])
  })

  it('are shared with those nodes that have a part in them', async () => {
    world = await PgWorld.of(3, { apart: true, pg: { includes: (node) => node !== 'c@cluster' } })
    for (const name of ['a', 'b', 'c']) world.pg(name).join(name, world.idle(name))
    for (const name of ['b', 'c'])
      await world.cluster.until(world.cluster.node('a').distribution.connect(`${name}@cluster`))
    await world.cluster.run(1000)
    expect(world.pg('a').whichGroups().toSorted()).toEqual(['a', 'b'])
    expect(world.pg('a').nodes()).toEqual(['b@cluster'])
    expect(world.pg('a').stats().refused).toBeGreaterThan(0)
  })

  it('are monitored without a gap, until the monitor is taken back', async () => {
    world = await PgWorld.of(2)
    const p = world.idle('b')
    world.pg('b').join('g', p)
    await world.cluster.run(100)
    const [all, one] = [world.watcher('a'), world.watcher('a', 'g')]
    await world.cluster.run(1)
    world.pg('b').join('g', [p, p])
    world.pg('b').join('h', p)
    await world.cluster.run(100)
    expect(one.changes).toEqual([['pgJoin', 'g', 2]])
    expect(all.seen()).toEqual(shownBy(world.pg('a')))
    world.node('b').sendExit(p, 'kill')
    await world.cluster.run(100)
    expect(one.changes).toEqual([
      ['pgJoin', 'g', 2],
      ['pgLeave', 'g', 3],
    ])
    expect([all.wrong, one.wrong, all.seen()]).toEqual([0, 0, {}])
    const told: PgChange[] = []
    const taken = world.node('a').spawn<PgChange>(async (self) => {
      const { ref } = world.pg('a').monitor(self, 'g')
      expect(world.pg('a').demonitor(ref)).toBe(true)
      expect(world.pg('a').demonitor(ref)).toBe(false)
      told.push(await self.receive())
    })
    await world.cluster.run(1)
    expect(world.pg('a').stats().monitors).toBe(2)
    world.pg('a').join('g', taken)
    await world.cluster.run(10)
    expect(told).toEqual([])
    world.node('a').sendExit(taken, 'kill')
  })

  it('forget the monitors of the dead, and take no more than the limit', async () => {
    world = await PgWorld.of(1, { pg: { limits: { monitors: 2 } } })
    const codes: unknown[] = []
    const watching = world.node('a').spawn<PgChange>(async (self) => {
      world.pg('a').monitorScope(self)
      world.pg('a').monitor(self, 'g')
      try {
        world.pg('a').monitor(self, 'g')
      } catch (error) {
        codes.push((error as { code: string }).code)
      }
      await self.sleep(1e6)
    })
    await world.cluster.run(1)
    expect(codes).toEqual(['pg.too_many_monitors'])
    world.node('a').sendExit(watching, 'kill')
    await world.cluster.run(1)
    expect(world.pg('a').stats().monitors).toBe(0)
  })
})

describe('a broadcast', () => {
  it('goes once to each node, and reaches each process once, in the order of its sender', async () => {
    world = await PgWorld.of(3)
    const prices = group<number>('prices')
    const got = ['a', 'b', 'b', 'c'].map((name) => {
      const { pid, got } = world.collector(name)
      world.pg(name).join('prices', [pid, pid])
      return got
    })
    await world.cluster.run(100)
    const { node } = world.cluster.node('a')
    const addressed: number[] = []
    node.spawn(async (self) => {
      for (let i = 0; i < 50; i++) addressed.push(world.pg('a').broadcast(self, prices, i))
    })
    await world.cluster.run(1000)
    const all = Array.from({ length: 50 }, (_, i) => i)
    expect(got).toEqual([all, all, all, all])
    expect(addressed).toEqual(all.map(() => 4))
    expect(world.pg('a').stats().broadcastsSent).toBe(100)
    expect(world.pg('b').stats().broadcastsDelivered).toBe(50)
    expect(world.pg('a').broadcast(node, prices, 50, { local: true })).toBe(1)
    await world.cluster.run(1000)
    expect(got.map(({ length }) => length)).toEqual([51, 50, 50, 50])
    expect(world.pg('a').broadcast(node, 'nobody', 1)).toBe(0)
    expect(() => world.pg('a').broadcast(node, 'prices', () => {})).toThrow(
      expect.objectContaining({ code: 'copy.unsendable' }),
    )
  })

  it('goes on after a relay that died', async () => {
    world = await PgWorld.of(2)
    const { pid, got } = world.collector('b')
    world.pg('b').join('g', pid)
    await world.cluster.run(100)
    world.node('b').sendExit(world.node('b').whereis('@agner/global/pg-relay/pg')!, 'kill')
    await world.cluster.run(100)
    world.pg('a').broadcast(world.node('a'), 'g', 'hello')
    await world.cluster.run(100)
    expect(got).toEqual(['hello'])
  })
})

describe('a pick', () => {
  it('takes a member that is close, if there is one', async () => {
    world = await PgWorld.of(2)
    const far = world.idle('b')
    world.pg('b').join('g', far)
    await world.cluster.run(100)
    const pg = world.pg('a')
    expect(pg.pick('nobody')).toBeUndefined()
    expect(pg.pick('g')).toBe(far)
    expect(pg.pick('g', { which: 'local' })).toBeUndefined()
    const near = [world.idle('a'), world.idle('a')]
    pg.join('g', near)
    const picked = new Set(Array.from({ length: 100 }, () => pg.pick('g')))
    expect(picked).toEqual(new Set(near))
    const any = new Set(Array.from({ length: 200 }, () => pg.pick('g', { which: 'any' })))
    expect(any.size).toBe(3)
  })
})

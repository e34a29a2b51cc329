/**
 * Nodes in no group, and who is told of which node.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { all, at, GroupCluster, type GroupClusterOptions } from './group-cluster.ts'

let cluster: GroupCluster
afterEach(() => cluster.stop())

async function start(options: GroupClusterOptions): Promise<GroupCluster> {
  cluster = await GroupCluster.start(options)
  return cluster
}

const connect = (one: string, other: string): Promise<boolean> =>
  cluster.until(cluster.cluster.node(one).distribution.connect(at(other)))

describe('free nodes', () => {
  it('that are normal mesh with those they meet, and share names; hidden ones do not', async () => {
    await start({ nodes: 6, groups: (name) => ({ free: 'ef'.includes(name) ? 'hidden' : 'normal' }) })
    await connect('a', 'b')
    await connect('c', 'd')
    await cluster.run(2000)
    expect(cluster.edges()).toBe('ab cd')
    const [here, there] = [cluster.idle('a'), cluster.idle('d')]
    expect(await cluster.until(cluster.on('a').free!.register(cluster.cluster.node('a').node, 'one', here))).toBe(true)
    expect(await cluster.until(cluster.on('d').free!.register(cluster.cluster.node('d').node, 'two', there))).toBe(true)
    await connect('b', 'c')
    await connect('a', 'e')
    await connect('e', 'f')
    expect(await cluster.when(() => cluster.edges() === 'ab ac ad ae bc bd cd ef')).not.toBeNull()
    expect(await cluster.when(() => cluster.on('c').free!.whereis('one') === here)).not.toBeNull()
    expect(await cluster.when(() => cluster.on('a').free!.whereis('two') === there)).not.toBeNull()
    expect(cluster.on('e').free).toBeNull()
    expect(cluster.short(cluster.on('a').ownNodes())).toBe('abcd')
  })

  it('leave the free names when they join a group, and the connections that nobody asked for; they come back when they leave their last', async () => {
    await start({ nodes: 5, groups: { free: 'normal' } })
    for (const other of ['b', 'c', 'd']) await connect('a', other)
    await cluster.when(() => cluster.edges() === 'ab ac ad bc bd cd')
    const pid = cluster.idle('b')
    await cluster.until(cluster.on('b').free!.register(cluster.cluster.node('b').node, 'one', pid))
    await cluster.when(() => cluster.on('d').free!.whereis('one') === pid)
    await cluster.until(cluster.on('b').newGroup('g', all('bc')))
    expect(cluster.on('b').free).toBeNull()
    expect(await cluster.when(() => cluster.edges() === 'ab ac ad bc')).not.toBeNull()
    expect(cluster.on('d').free!.whereis('one')).toBeUndefined()
    expect(cluster.short(cluster.on('d').ownNodes())).toBe('ad')
    await cluster.until(cluster.on('c').deleteGroup('g'))
    // They are connected to a free node still: that one brings them together with the others.
    expect(await cluster.when(() => cluster.edges() === 'ab ac ad bc bd cd')).not.toBeNull()
    const two = cluster.idle('c')
    await cluster.until(cluster.on('c').free!.register(cluster.cluster.node('c').node, 'two', two))
    expect(await cluster.when(() => cluster.on('d').free!.whereis('two') === two)).not.toBeNull()
  })

  it('that were cut off from each other are one again', async () => {
    await start({ nodes: 4, groups: { free: 'normal' } })
    for (const other of ['b', 'c', 'd']) await connect('a', other)
    await cluster.when(() => cluster.edges() === 'ab ac ad bc bd cd')
    cluster.cluster.crash('d')
    await cluster.run(1000)
    await cluster.cluster.start('d')
    await connect('d', 'c')
    expect(await cluster.when(() => cluster.edges() === 'ab ac ad bc bd cd')).not.toBeNull()
  })
})

describe('monitorNodes', () => {
  interface Told {
    readonly type: 'nodeup' | 'nodedown'
    readonly node: string
    readonly group?: string
    readonly reason?: string
  }

  function watch(on: string, group?: string, times = 1): string[] {
    const told: string[] = []
    const pid = cluster.cluster.node(on).node.spawn<Told>(async (self) => {
      for (;;) {
        const { type, node, group: of, reason } = await self.receive()
        told.push([type, cluster.short([node]), of, reason].filter((each) => each !== undefined).join(' '))
      }
    })
    for (let each = 0; each < times; each++) cluster.on(on).monitorNodes({ pid }, group === undefined ? {} : { group })
    return told
  }

  it('counts subscriptions, not processes, and keeps to the limit', async () => {
    await start({ nodes: 2, seed: 1, groups: { groups: { g: all('ab') }, limits: { monitors: 3 } } })
    await cluster.run(5000)
    const a = cluster.on('a')
    const pid = cluster.idle('a')
    for (const group of ['g', 'g', undefined]) a.monitorNodes({ pid }, group === undefined ? {} : { group })
    expect(a.info().monitors).toBe(3)
    expect(() => a.monitorNodes({ pid }, { group: 'g' })).toThrow(expect.objectContaining({ code: 'groups.too_many' }))
    a.monitorNodes({ pid }, { group: 'g', on: false })
    expect(a.info().monitors).toBe(1)
    a.monitorNodes({ pid }, { group: 'g' })
    cluster.cluster.node('a').node.sendExit(pid, 'kill')
    await cluster.run(10)
    expect(a.info().monitors).toBe(0)
  })

  it('tells of those who came while the keeper was not there', async () => {
    await start({ nodes: 3, seed: 3, groups: { groups: { g: all('abc') } } })
    await cluster.run(8000)
    cluster.cluster.crash('c')
    await cluster.run(3000)
    const { node } = cluster.cluster.node('a')
    const told = watch('a', 'g')
    await cluster.run(100)
    node.sendExit(node.whereis('@agner/groups/keeper')!, 'kill')
    await cluster.cluster.start('c')
    await cluster.until(cluster.cluster.node('c').distribution.connect(at('a')))
    expect(node.whereis('@agner/groups/keeper')).toBeUndefined()
    expect(told).toEqual([])
    await cluster.run(20_000)
    expect(told).toEqual(['nodeup c g'])
    // It was made for the group, and goes with it.
    await cluster.until(cluster.on('b').removeNodes('g', all('c')))
    await cluster.when(() => !cluster.edges().includes('ac'), 20_000)
    expect(cluster.edges()).not.toContain('ac')
  })

  it('tells of members of the group, and of nobody else', async () => {
    await start({ nodes: 5 })
    await cluster.until(cluster.on('a').newGroup('g', all('abc')))
    await cluster.until(cluster.on('a').newGroup('h', all('ad')))
    await cluster.run(1000)
    const [g, h, both] = [watch('a', 'g'), watch('a', 'h', 2), watch('a')]
    await connect('a', 'e')
    cluster.cluster.crash('e')
    await cluster.run(500)
    cluster.cluster.crash('b')
    await cluster.run(1000)
    await cluster.cluster.start('b')
    await cluster.when(() => g.length === 2)
    expect(g).toEqual(['nodedown b g connection_closed', 'nodeup b g'])
    cluster.cluster.crash('d')
    await cluster.run(1000)
    expect(h).toEqual(['nodedown d h connection_closed', 'nodedown d h connection_closed'])
    expect(both).toEqual(['nodedown b connection_closed', 'nodeup b', 'nodedown d connection_closed'])
  })

  it('tells of those who join and leave the group while they are connected', async () => {
    await start({ nodes: 4 })
    await cluster.until(cluster.on('a').newGroup('g', all('ab')))
    await cluster.until(cluster.on('a').connect(at('c')))
    const told = watch('a', 'g')
    await cluster.until(cluster.on('b').addNodes('g', all('cd')))
    await cluster.when(() => told.length === 2)
    expect(told.toSorted()).toEqual(['nodeup c g', 'nodeup d g'])
    told.length = 0
    await cluster.until(cluster.on('b').removeNodes('g', all('bc')))
    await cluster.run(3000)
    expect(told.toSorted()).toEqual(['nodedown b g left_group', 'nodedown c g left_group'])
    await cluster.until(cluster.on('a').deleteGroup('g'))
    await cluster.run(100)
    expect(told.slice(2)).toEqual(['nodedown d g left_group'])
  })

  it('ends with off, and with the process', async () => {
    await start({ nodes: 2 })
    await cluster.until(cluster.on('a').newGroup('g', all('ab')))
    const { node } = cluster.cluster.node('a')
    const [one, two] = [cluster.idle('a'), cluster.idle('a')]
    for (const pid of [one, two]) cluster.on('a').monitorNodes({ pid }, { group: 'g' })
    expect(cluster.on('a').info().monitors).toBe(2)
    cluster.on('a').monitorNodes({ pid: one }, { group: 'g', on: false })
    expect(cluster.on('a').info().monitors).toBe(1)
    node.sendExit(two, 'kill')
    await cluster.run(10)
    expect(cluster.on('a').info().monitors).toBe(0)
  })
})

describe('limits', () => {
  it('refuse with a code what is too much', async () => {
    await start({ nodes: 4, groups: { limits: { groupsPerNode: 1, nodesPerGroup: 2, monitors: 1 } } })
    await expect(cluster.until(cluster.on('a').newGroup('g', all('abc')))).rejects.toMatchObject({
      code: 'groups.too_many',
    })
    await cluster.until(cluster.on('a').newGroup('g', all('ab')))
    await expect(cluster.until(cluster.on('a').newGroup('h', all('a')))).rejects.toMatchObject({
      code: 'groups.too_many',
    })
    await expect(cluster.until(cluster.on('a').addNodes('g', all('c')))).rejects.toMatchObject({
      code: 'groups.too_many',
    })
    await expect(cluster.until(cluster.on('c').newGroup('h', all('cb')))).rejects.toMatchObject({
      code: 'groups.name_in_use',
    })
    cluster.on('a').monitorNodes({ pid: cluster.idle('a') })
    expect(() => cluster.on('a').monitorNodes({ pid: cluster.idle('a') })).toThrow(
      expect.objectContaining({ code: 'groups.too_many' }),
    )
  })
})

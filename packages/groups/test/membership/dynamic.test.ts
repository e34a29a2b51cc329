/**
 * Groups that are founded, changed and deleted while nodes run: sd-erlang.md 1.4, one rule after the other.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Latest } from '../../src/membership/latest.ts'
import { all, at, GroupCluster, type GroupClusterOptions } from './group-cluster.ts'

let cluster: GroupCluster
afterEach(() => cluster.stop())

async function start(options: GroupClusterOptions): Promise<GroupCluster> {
  cluster = await GroupCluster.start(options)
  return cluster
}

describe('newGroup', () => {
  it.each([1, 2])('makes all nodes members of a mesh, and tells who asked (seed %i)', async (seed) => {
    await start({ nodes: 5, seed })
    const view = await cluster.until(cluster.on('a').newGroup('g', all('abc')))
    expect(view).toMatchObject({ name: 'g', mode: 'merge', nodes: all('abc'), isDeleted: false })
    expect(view.epoch).toBeGreaterThan(0)
    expect(await cluster.when(() => cluster.views('g') === 'a:abc b:abc c:abc')).not.toBeNull()
    expect(await cluster.when(() => cluster.edges() === 'ab ac bc')).not.toBeNull()
    expect(new Set(cluster.epochs('g'))).toEqual(new Set([view.epoch]))
    expect(cluster.on('d').own()).toEqual([])
  })

  it('of one node is there at once', async () => {
    await start({ nodes: 1 })
    const view = await cluster.until(cluster.on('a').newGroup('g', all('a')))
    expect(view.nodes).toEqual(all('a'))
  })

  it('makes up a name', async () => {
    await start({ nodes: 2 })
    const view = await cluster.until(cluster.on('a').newGroup(null, all('ab')))
    expect(view.name).toMatch(/^group-[0-9a-f]{16}$/)
  })

  it('remembers only so many lives of the members of others', async () => {
    const limits = { rememberedGroups: 4 }
    cluster = await GroupCluster.start({
      nodes: 3,
      groups: { groups: { base: all('abc') }, limits, times: { lingerMs: 100 } },
    })
    await cluster.run(8000)
    const told = new Set<Latest<unknown, unknown>>()
    const { set: original } = Latest.prototype
    const set = vi.spyOn(Latest.prototype, 'set').mockImplementation(function (
      this: Latest<unknown, unknown>,
      ...args
    ) {
      if (typeof args[1] === 'number') told.add(this)
      original.apply(this, args)
    })
    const a = cluster.on('a')
    for (let round = 0; round < 8; round++) {
      await cluster.until(a.newGroup(`g${round}`, all('abc')))
      await cluster.until(a.removeNodes(`g${round}`, all('bc')))
      await cluster.until(a.deleteGroup(`g${round}`))
      await cluster.run(2000)
    }
    set.mockRestore()
    const sizes = [...told].map(({ size }) => size)
    expect(Math.max(...sizes)).toBe(4)
    // Those of this node's own logs on each of three, and at least one of what another has told.
    expect(sizes.length).toBeGreaterThan(3)
  })

  it('refuses what is not well-formed, and a group without its founder', async () => {
    await start({ nodes: 2 })
    const a = cluster.on('a')
    await expect(cluster.until(a.newGroup('', all('ab')))).rejects.toMatchObject({ code: 'groups.bad_group' })
    await expect(cluster.until(a.newGroup('g', ['a']))).rejects.toMatchObject({ code: 'groups.bad_group' })
    await expect(cluster.until(a.newGroup('g', all('b')))).rejects.toMatchObject({ code: 'groups.not_among_nodes' })
  })

  it('refuses a name that a node has for another group, says which node, and leaves nothing behind', async () => {
    await start({ nodes: 4 })
    await cluster.until(cluster.on('a').newGroup('g', all('ab')))
    await expect(cluster.until(cluster.on('a').newGroup('g', all('ac')))).rejects.toMatchObject({
      code: 'groups.name_in_use',
    })
    await expect(cluster.until(cluster.on('c').newGroup('g', all('cbd')))).rejects.toMatchObject({
      code: 'groups.name_in_use',
      details: { nodes: at('b') },
    })
    expect(await cluster.when(() => cluster.edges() === 'ab')).not.toBeNull()
    expect(cluster.on('d').info().reservations).toBe(0)
    const left = await cluster.until(cluster.on('c').newGroup('g', all('cbd'), { ifMissing: 'leave_out' }))
    expect(left.nodes).toEqual(all('cd'))
  })

  it('refuses when a node does not answer, or leaves it out when told to', async () => {
    await start({ nodes: 3 })
    cluster.cluster.crash('c')
    await expect(cluster.until(cluster.on('a').newGroup('g', all('abc')))).rejects.toMatchObject({
      code: 'groups.unreachable',
      details: { nodes: at('c') },
    })
    const view = await cluster.until(cluster.on('a').newGroup('g', all('abc'), { ifMissing: 'leave_out' }))
    expect(view.nodes).toEqual(all('ab'))
  })

  it('by two nodes at once with one name gives a node one group of that name at most', async () => {
    for (const seed of [1, 2]) {
      await start({ nodes: 4, seed })
      const outcomes = await cluster.until(
        Promise.allSettled([cluster.on('a').newGroup('g', all('abc')), cluster.on('d').newGroup('g', all('dcb'))]),
      )
      await cluster.run(5000)
      expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
      expect(['', 'a:abc b:abc c:abc', 'b:bcd c:bcd d:bcd']).toContain(cluster.views('g'))
      if (seed < 2) await cluster.stop()
    }
  })
})

describe('addNodes and removeNodes', () => {
  it('change the members in one step, and the connections with them', async () => {
    await start({ nodes: 6 })
    const founded = await cluster.until(cluster.on('a').newGroup('g', all('ab')))
    const grown = await cluster.until(cluster.on('b').addNodes('g', all('cde')))
    expect(grown.nodes).toEqual(all('abcde'))
    expect(grown.epoch).toBeGreaterThan(founded.epoch)
    expect(await cluster.when(() => cluster.edges() === 'ab ac ad ae bc bd be cd ce de')).not.toBeNull()
    const left = await cluster.until(cluster.on('c').removeNodes('g', all('ab')))
    expect(left.nodes).toEqual(all('cde'))
    expect(await cluster.when(() => cluster.edges() === 'cd ce de')).not.toBeNull()
    expect(cluster.views('g')).toBe('c:cde d:cde e:cde')
    expect(cluster.on('a').own()).toEqual([])
  })

  it('pass over who is in it, and who is not', async () => {
    await start({ nodes: 3 })
    const founded = await cluster.until(cluster.on('a').newGroup('g', all('ab')))
    expect(await cluster.until(cluster.on('a').addNodes('g', all('ab')))).toEqual(founded)
    expect(await cluster.until(cluster.on('a').removeNodes('g', all('c')))).toEqual(founded)
  })

  it('let a node leave by itself, but not the last one', async () => {
    await start({ nodes: 2 })
    await cluster.until(cluster.on('a').newGroup('g', all('ab')))
    await cluster.until(cluster.on('a').removeNodes('g', all('a')))
    expect(cluster.on('a').own()).toEqual([])
    expect(await cluster.when(() => cluster.views('g') === 'b:b' && cluster.edges() === '')).not.toBeNull()
    await expect(cluster.until(cluster.on('b').removeNodes('g', all('b')))).rejects.toMatchObject({
      code: 'groups.last_member',
    })
  })

  it('take a node back that was removed', async () => {
    await start({ nodes: 3 })
    await cluster.until(cluster.on('a').newGroup('g', all('abc')))
    for (const wait of [0, 20_000]) {
      await cluster.until(cluster.on('a').removeNodes('g', all('c')))
      await cluster.run(wait)
      await cluster.until(cluster.on('b').addNodes('g', all('c')))
      expect(await cluster.when(() => cluster.views('g') === 'a:abc b:abc c:abc')).not.toBeNull()
      expect(await cluster.when(() => cluster.edges() === 'ab ac bc')).not.toBeNull()
    }
  })

  it('are refused to others, and when a node is in another group of that name', async () => {
    await start({ nodes: 4 })
    await cluster.until(cluster.on('a').newGroup('g', all('ab')))
    await cluster.until(cluster.on('c').newGroup('g', all('c')))
    await expect(cluster.until(cluster.on('d').addNodes('g', all('d')))).rejects.toMatchObject({
      code: 'groups.not_a_member',
    })
    await expect(cluster.until(cluster.on('a').addNodes('g', all('c')))).rejects.toMatchObject({
      code: 'groups.name_in_use',
    })
  })

  it('are one step although more than the voters change: eight nodes, then other eight', async () => {
    await start({ nodes: 10 })
    await cluster.until(cluster.on('a').newGroup('g', all('abcdefgh')))
    const changed = await cluster.until(cluster.on('h').removeNodes('g', all('abcdef')))
    expect(changed.nodes).toEqual(all('gh'))
    await cluster.until(cluster.on('g').addNodes('g', all('ij')))
    expect(await cluster.when(() => cluster.edges() === 'gh gi gj hi hj ij')).not.toBeNull()
    expect(await cluster.when(() => cluster.on('g').info().groups[0]?.voters.length === 4)).not.toBeNull()
    expect(cluster.short(cluster.on('g').info().groups[0]!.voters)).toBe('ghij')
  })
})

describe('deleteGroup', () => {
  it('leaves no member, no name and no connection', async () => {
    await start({ nodes: 4 })
    await cluster.until(cluster.on('a').newGroup('g', all('abcd')))
    const pid = cluster.idle('b')
    expect(await cluster.until(cluster.on('c').register(cluster.cluster.node('c').node, 'g', 'one', pid))).toBe(true)
    await cluster.until(cluster.on('b').deleteGroup('g'))
    expect(await cluster.when(() => cluster.views('g') === '' && cluster.edges() === '')).not.toBeNull()
    expect(() => cluster.on('a').whereis('g', 'one')).toThrow(expect.objectContaining({ code: 'groups.not_a_member' }))
    const again = await cluster.until(cluster.on('d').newGroup('g', all('ad')))
    expect(again.nodes).toEqual(all('ad'))
    expect(await cluster.when(() => cluster.on('a').own().includes('g'))).not.toBeNull()
    expect(cluster.on('a').names('g')).toEqual([])
  })
})

describe('several groups of a node', () => {
  it('keep a connection as long as one of them needs it', async () => {
    await start({ nodes: 4 })
    await cluster.until(cluster.on('a').newGroup('g', all('abc')))
    await cluster.until(cluster.on('a').newGroup('h', all('abd')))
    expect(await cluster.when(() => cluster.edges() === 'ab ac ad bc bd')).not.toBeNull()
    await cluster.until(cluster.on('c').deleteGroup('g'))
    expect(await cluster.when(() => cluster.edges() === 'ab ad bd')).not.toBeNull()
    expect(cluster.on('a').ownGroups()).toEqual({ h: all('abd') })
    expect(cluster.on('a').ownNodes()).toEqual(all('abd'))
  })

  it('keep a connection that somebody asked for, before or within the group', async () => {
    await start({ nodes: 4 })
    await cluster.until(cluster.cluster.node('a').distribution.connect(at('b')))
    await cluster.until(cluster.on('a').newGroup('g', all('abcd')))
    expect(await cluster.when(() => cluster.edges() === 'ab ac ad bc bd cd')).not.toBeNull()
    expect(await cluster.until(cluster.on('c').connect(at('d')))).toBe(true)
    await cluster.until(cluster.on('d').deleteGroup('g'))
    expect(await cluster.when(() => cluster.edges() === 'ab cd')).not.toBeNull()
    await cluster.run(10_000)
    expect(cluster.edges()).toBe('ab cd')
    cluster.on('c').release(at('d'))
    expect(await cluster.when(() => cluster.edges() === 'ab')).not.toBeNull()
  })
})

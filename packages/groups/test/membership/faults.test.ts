/**
 * What becomes of groups when nodes crash, come back, and lose each other.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { all, at, GroupCluster, type GroupClusterOptions } from './group-cluster.ts'

let cluster: GroupCluster
afterEach(() => cluster.stop())

async function start(options: GroupClusterOptions): Promise<GroupCluster> {
  cluster = await GroupCluster.start(options)
  return cluster
}

const settled = async (group: string, views: string, edges: string): Promise<void> => {
  await cluster.when(() => cluster.views(group) === views && cluster.edges() === edges)
  expect(cluster.views(group)).toBe(views)
  expect(cluster.edges()).toBe(edges)
  expect(new Set(cluster.epochs(group)).size).toBeLessThanOrEqual(1)
}

const voters = (name: string): string => cluster.short(cluster.on(name).info().groups[0]?.voters ?? [])

describe('a member that crashes', () => {
  it.each([1])('is taken back in its next life, whatever it knew, and votes again (seed %i)', async (seed) => {
    await start({ nodes: 4, seed })
    await cluster.until(cluster.on('a').newGroup('g', all('abc')))
    await settled('g', 'a:abc b:abc c:abc', 'ab ac bc')
    for (const lost of ['b', 'a', 'c']) {
      cluster.cluster.crash(lost)
      await cluster.run(1000)
      await cluster.cluster.start(lost)
      expect(cluster.on(lost).own()).toEqual([])
      await settled('g', 'a:abc b:abc c:abc', 'ab ac bc')
      expect(await cluster.when(() => voters('b') === 'abc')).not.toBeNull()
      await cluster.run(3000)
    }
    const grown = await cluster.until(cluster.on('c').addNodes('g', all('d')))
    expect(grown.nodes).toEqual(all('abcd'))
  })

  it.each([2])(
    'of a group of two leaves no majority until it is back; then the group goes on (seed %i)',
    async (seed) => {
      await start({ nodes: 3, seed })
      await cluster.until(cluster.on('a').newGroup('g', all('ab')))
      cluster.cluster.crash('b')
      await expect(cluster.until(cluster.on('a').addNodes('g', all('c')))).rejects.toMatchObject({
        code: expect.stringMatching(/^groups\.(no_majority|unknown_outcome)$/),
      })
      await cluster.cluster.start('b')
      await cluster.when(() => cluster.on('a').view.find('g')?.view.generation === 2)
      const view = await cluster.until(cluster.on('b').addNodes('g', all('c')))
      expect(view).toMatchObject({ generation: 2, nodes: all('abc') })
      await settled('g', 'a:abc b:abc c:abc', 'ab ac bc')
    },
  )

  it('with most of the others does not take the group along: who lives founds the next generation when all are back', async () => {
    await start({ nodes: 6, seed: 4 })
    await cluster.until(cluster.on('a').newGroup('g', all('abcde')))
    await cluster.run(1000)
    for (const lost of ['a', 'b', 'c', 'd']) cluster.cluster.crash(lost)
    await cluster.run(20_000)
    for (const back of ['a', 'b', 'c']) await cluster.cluster.start(back)
    await cluster.run(20_000)
    // One vote is not accounted for: d may live, somewhere.
    expect(cluster.on('e').view.find('g')?.view.generation).toBe(1)
    await cluster.cluster.start('d')
    expect(await cluster.when(() => cluster.on('e').view.find('g')?.view.generation === 2)).not.toBeNull()
    await settled('g', 'a:abcde b:abcde c:abcde d:abcde e:abcde', 'ab ac ad ae bc bd be cd ce de')
    expect((await cluster.until(cluster.on('a').removeNodes('g', all('e')))).nodes).toEqual(all('abcd'))
  })

  it.each([1, 2, 3, 4, 5, 6])(
    'right after it has answered takes nothing along that it has answered (seed %i)',
    async (seed) => {
      await start({ nodes: 2, seed })
      await cluster.until(cluster.on('a').newGroup('g', all('ab'), { mode: 'agree' }))
      await cluster.run(5000)
      const leader = cluster.on('a').info().groups[0]!.leader === at('a') ? 'a' : 'b'
      const other = leader === 'a' ? 'b' : 'a'
      const pid = cluster.idle(other)
      const { node } = cluster.cluster.node(leader)
      expect(await cluster.until(cluster.on(leader).register(node, 'g', 'one', pid))).toBe(true)
      // The other has it in its log, and has not heard yet that it was decided.
      cluster.cluster.crash(leader)
      await cluster.run(1000)
      await cluster.cluster.start(leader)
      await cluster.when(() => ['a', 'b'].every((name) => cluster.on(name).view.find('g')?.view.generation === 2))
      await settled('g', 'a:ab b:ab', 'ab')
      for (const name of ['a', 'b']) expect(cluster.on(name).whereis('g', 'one')).toBe(pid)
    },
  )

  it('for good is no hindrance to a majority, which removes it', async () => {
    await start({ nodes: 3 })
    await cluster.until(cluster.on('a').newGroup('g', all('abc')))
    cluster.cluster.crash('a', 'silence')
    const view = await cluster.until(cluster.on('b').removeNodes('g', all('a')))
    expect(view.nodes).toEqual(all('bc'))
    expect(await cluster.when(() => voters('b') === 'bc')).not.toBeNull()
    await cluster.cluster.start('a')
    await settled('g', 'b:bc c:bc', 'bc')
  })

  it('with the majority for good needs an operator, who says so', async () => {
    await start({ nodes: 4 })
    await cluster.until(cluster.on('a').newGroup('g', all('abc')))
    await cluster.run(1000)
    for (const lost of ['a', 'b']) cluster.cluster.crash(lost)
    await cluster.run(30_000)
    const view = await cluster.until(cluster.on('c').reform('g'))
    expect(view).toMatchObject({ generation: 2, nodes: all('abc') })
    expect((await cluster.until(cluster.on('c').removeNodes('g', all('ab')))).nodes).toEqual(all('c'))
    await cluster.cluster.start('a')
    await settled('g', 'c:c', '')
  })
})

describe('a process of the groups that fails', () => {
  it('is replaced: the keeper knows what it knew', async () => {
    await start({ nodes: 4, seed: 1 })
    await cluster.until(cluster.on('a').newGroup('g', all('abc')))
    const { node } = cluster.cluster.node('a')
    node.sendExit(node.whereis('@agner/groups/keeper')!, 'kill')
    cluster.cluster.crash('c')
    await cluster.run(1000)
    expect((await cluster.until(cluster.on('a').addNodes('g', all('d')))).nodes).toEqual(all('abcd'))
    await cluster.cluster.start('c')
    await settled('g', 'a:abcd b:abcd c:abcd d:abcd', 'ab ac ad bc bd cd')
  })

  it('is replaced: a member of the log that has forgotten is another one', async () => {
    await start({ nodes: 3, seed: 2 })
    await cluster.until(cluster.on('a').newGroup('g', all('abc')))
    for (const name of ['a', 'b', 'c']) {
      const { node } = cluster.cluster.node(name)
      const log = node.registeredNames().find((each) => each.startsWith('@agner/consensus/groups/'))!
      node.sendExit(node.whereis(log)!, 'kill')
      await cluster.run(1000)
      expect(
        await cluster.when(() => voters(name) === 'abc' && cluster.on(name).info().groups[0]!.leader !== null),
      ).not.toBeNull()
    }
    expect((await cluster.until(cluster.on('a').removeNodes('g', all('c')))).nodes).toEqual(all('ab'))
  })
})

describe('a partition', () => {
  it.each([2])(
    'lets only a majority change the members, and the others learn when it is over (seed %i)',
    async (seed) => {
      await start({ nodes: 6, seed })
      await cluster.until(cluster.on('a').newGroup('g', all('abcde')))
      await cluster.run(1000)
      cluster.cluster.partition(['a', 'b'], ['c', 'd', 'e', 'f'])
      await cluster.run(20_000)
      const before = cluster.on('a').view.find('g')
      const startedMs = cluster.cluster.runtime.nowMs()
      await expect(cluster.until(cluster.on('a').removeNodes('g', all('e')))).rejects.toMatchObject({
        code: expect.stringMatching(/^groups\.(no_majority|unknown_outcome)$/),
      })
      expect(cluster.cluster.runtime.nowMs() - startedMs).toBeLessThan(11_000)
      expect(cluster.on('a').view.find('g')).toEqual(before)
      await cluster.until(cluster.on('e').addNodes('g', all('f')))
      await cluster.until(cluster.on('e').removeNodes('g', all('b')))
      expect(cluster.views('g')).toBe('a:abcde b:abcde c:acdef d:acdef e:acdef f:acdef')
      cluster.cluster.heal()
      await settled('g', 'a:acdef c:acdef d:acdef e:acdef f:acdef', 'ac ad ae af cd ce cf de df ef')
    },
  )

  it('hides a deletion from those who are cut off, until it is over', async () => {
    await start({ nodes: 5 })
    await cluster.until(cluster.on('a').newGroup('g', all('abcde')))
    await cluster.run(1000)
    cluster.cluster.partition(['a', 'b'], ['c', 'd', 'e'])
    await cluster.run(20_000)
    await cluster.until(cluster.on('c').deleteGroup('g'))
    expect(cluster.views('g')).toBe('a:abcde b:abcde')
    cluster.cluster.heal()
    await settled('g', '', '')
  })

  it('on the way of a founding leaves the group with all of its nodes, or with none', async () => {
    for (const seed of [1, 3, 5]) {
      await start({ nodes: 4, seed })
      const founding = cluster
        .on('a')
        .newGroup('g', all('abcd'))
        .then(
          () => 'founded',
          () => 'not founded',
        )
      await cluster.run(seed * 4)
      cluster.cluster.partition(['a'], ['b', 'c', 'd'])
      await cluster.run(40_000)
      cluster.cluster.heal()
      await cluster.until(founding)
      await cluster.when(() => new Set(['', 'a:abcd b:abcd c:abcd d:abcd']).has(cluster.views('g')))
      expect(['', 'a:abcd b:abcd c:abcd d:abcd']).toContain(cluster.views('g'))
      await cluster.run(20_000)
      expect(cluster.edges()).toBe(cluster.views('g') === '' ? '' : 'ab ac ad bc bd cd')
      if (seed < 5) await cluster.stop()
    }
  })
})

describe('the founder', () => {
  it('may crash at any moment: the group has all of its nodes, or none', async () => {
    for (const ms of [3, 12, 20, 100]) {
      await start({ nodes: 4, seed: ms })
      cluster
        .on('a')
        .newGroup('g', all('abcd'))
        .catch(() => null)
      await cluster.run(ms)
      cluster.cluster.crash('a')
      await cluster.run(30_000)
      await cluster.cluster.start('a')
      await cluster.when(() => cluster.views('g') === 'a:abcd b:abcd c:abcd d:abcd', 30_000)
      expect(['', 'a:abcd b:abcd c:abcd d:abcd']).toContain(cluster.views('g'))
      expect(cluster.on('b').info().reservations).toBe(0)
      if (ms < 100) await cluster.stop()
    }
  })
})

describe('a fault in one group', () => {
  it('disconnects nobody in another, and costs it no message', async () => {
    await start({ nodes: 7, seed: 2 })
    await cluster.until(cluster.on('a').newGroup('g', all('abcd')))
    await cluster.until(cluster.on('d').newGroup('h', all('defg')))
    await cluster.run(2000)
    const downs: string[] = []
    for (const { name, distribution } of cluster.cluster.up)
      if ('efg'.includes(name))
        distribution.onNodeChange((change) => {
          if (change.type === 'nodedown') downs.push(`${name}: ${change.node}`)
        })
    const epoch = cluster.epochs('h')[0]
    cluster.cluster.partition(['a', 'b'], ['c', 'd'])
    await cluster.run(20_000)
    cluster.cluster.crash('c')
    await cluster.run(20_000)
    cluster.cluster.heal()
    await cluster.cluster.start('c')
    await cluster.run(20_000)
    expect(downs).toEqual([])
    expect(new Set(cluster.epochs('h'))).toEqual(new Set([epoch]))
    await settled('g', 'a:abcd b:abcd c:abcd d:abcd', 'ab ac ad bc bd cd de df dg ef eg fg')
  })
})

describe('configured groups', () => {
  const groups = { front: all('abc'), back: all('cde') }

  it('stand from the first moment, and can be changed once a majority has met', async () => {
    await start({ nodes: 6, groups: { groups } })
    expect(cluster.on('a').own()).toEqual(['front'])
    await settled('front', 'a:abc b:abc c:abc', 'ab ac bc cd ce de')
    expect(await cluster.when(() => cluster.on('a').info().groups[0]?.state === 'founded')).not.toBeNull()
    const grown = await cluster.until(cluster.on('b').addNodes('front', all('f')))
    expect(grown.nodes).toEqual(all('abcf'))
    await settled('front', 'a:abcf b:abcf c:abcf f:abcf', 'ab ac af bc bf cd ce cf de')
    expect(cluster.on('d').groups()).toEqual({ own: ['back'], others: ['front'] })
    expect(cluster.on('d').view.gatewaysTo('front')).toEqual([at('c')])
  })

  it('are founded without one that never comes, which learns what was decided when it comes', async () => {
    await start({ nodes: ['a', 'b'], later: ['c', 'd'], groups: { groups: { g: all('abc') } } })
    const grown = await cluster.until(cluster.on('b').addNodes('g', []))
    expect(grown.nodes).toEqual(all('abc'))
    await cluster.cluster.start('d')
    expect((await cluster.until(cluster.on('a').addNodes('g', all('d')))).nodes).toEqual(all('abcd'))
    await cluster.cluster.start('c')
    expect(cluster.on('c').members('g')).toEqual(all('abc'))
    await settled('g', 'a:abcd b:abcd c:abcd d:abcd', 'ab ac ad bc bd cd')
  })

  it('take a node back that boots with a table that is old: without it, or with one that is gone', async () => {
    await start({ nodes: 4, seed: 3, groups: { groups: { g: all('abcd') } } })
    await cluster.when(() => cluster.on('a').info().groups[0]?.state === 'founded')
    await cluster.until(cluster.on('a').removeNodes('g', all('d')))
    await settled('g', 'a:abc b:abc c:abc', 'ab ac bc')
    await cluster.cluster.restart('d')
    expect(cluster.on('d').own()).toEqual(['g'])
    await settled('g', 'a:abc b:abc c:abc', 'ab ac bc')
    await cluster.cluster.restart('b')
    await settled('g', 'a:abc b:abc c:abc', 'ab ac bc')
  })

  it('are founded anew when every node has forgotten', async () => {
    await start({ nodes: 3, seed: 5, groups: { groups: { g: all('abc') } } })
    await cluster.when(() => cluster.on('a').info().groups[0]?.state === 'founded')
    for (const name of ['a', 'b', 'c']) cluster.cluster.crash(name)
    for (const name of ['a', 'b', 'c']) await cluster.cluster.start(name)
    await settled('g', 'a:abc b:abc c:abc', 'ab ac bc')
    expect(await cluster.when(() => cluster.on('a').info().groups[0]?.state === 'founded')).not.toBeNull()
  })

  it('that differ from node to node are reported', async () => {
    await start({ nodes: 3, groups: (name) => ({ groups: { g: name === 'a' ? all('abc') : all('ab') } }) })
    await cluster.run(1000)
    const codes = cluster.cluster
      .node('b')
      .reports.all.map((report) => (report.type === 'notice' ? report.details?.['code'] : ''))
    expect(codes).toContain('groups.differing_configuration')
  })
})

import type { AnyPid } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { TestCluster, type Member } from '../../global/test/cluster.ts'
import { startGroups, type Groups } from '../src/index.ts'

const plan = { front: ['a@cluster', 'b@cluster'], back: ['b@cluster', 'c@cluster'] }

interface Participant extends Member {
  readonly groups: Groups
}

let cluster: TestCluster
afterEach(() => cluster.stop())

async function join(short: string, groups: Record<string, readonly string[]> = plan): Promise<Participant> {
  const member = await cluster.add(short)
  return {
    ...member,
    groups: await cluster.runtime.runUntil(startGroups(member.node, member.distribution, { groups, redialMs: 100 })),
  }
}

async function three(seed?: number): Promise<[Participant, Participant, Participant]> {
  cluster = new TestCluster(seed)
  const all: [Participant, Participant, Participant] = [await join('a'), await join('b'), await join('c')]
  await cluster.runtime.advance(2000)
  return all
}

const idle = (member: Member): AnyPid => member.node.spawn(async (self) => void (await self.receive()))

describe('groups', () => {
  it.each([undefined, 1, 2, 3])(
    'mesh their members by themselves, and connect nobody through a third (seed %s)',
    async (seed) => {
      const [a, b, c] = await three(seed)
      expect(a.distribution.nodes()).toEqual(['b@cluster'])
      expect(b.distribution.nodes().sort()).toEqual(['a@cluster', 'c@cluster'])
      expect(c.distribution.nodes()).toEqual(['b@cluster'])
      expect(a.groups.own()).toEqual(['front'])
      expect(b.groups.own()).toEqual(['front', 'back'])
      expect(b.groups.present('back')).toEqual(['b@cluster', 'c@cluster'])
      expect(a.groups.members('back')).toEqual(plan.back)
    },
  )

  it('have names of their own: the same name may stand for one process in each, and one process may have names in both', async () => {
    const [a, b, c] = await three()
    const [first, second] = [idle(a), idle(c)]
    const run = cluster.runtime
    expect(await run.runUntil(a.groups.register(a.node, 'front', 'one', first))).toBe(true)
    expect(await run.runUntil(c.groups.register(c.node, 'back', 'one', second))).toBe(true)
    expect([
      a.groups.whereis('front', 'one'),
      b.groups.whereis('front', 'one'),
      b.groups.whereis('back', 'one'),
      c.groups.whereis('back', 'one'),
    ]).toEqual([first, first, second, second])
    const both = idle(b)
    expect(await run.runUntil(b.groups.register(b.node, 'front', 'both', both))).toBe(true)
    expect(await run.runUntil(b.groups.register(b.node, 'back', 'both', both))).toBe(true)
    expect([a.groups.whereis('front', 'both'), c.groups.whereis('back', 'both')]).toEqual([both, both])
    expect(b.groups.names('front').sort()).toEqual(['both', 'one'])
  })

  it('are known to their members only', async () => {
    const [a] = await three()
    expect(() => a.groups.whereis('back', 'one')).toThrow(expect.objectContaining({ code: 'groups.not_a_member' }))
    await expect(a.groups.register(a.node, 'back', 'one', idle(a))).rejects.toMatchObject({
      code: 'groups.not_a_member',
    })
    expect(a.groups.members('nothing')).toEqual([])
  })

  it('take a member back that crashed, without its old names, and leave the other group alone', async () => {
    const [a, b, c] = await three()
    const [lost, kept] = [idle(a), idle(c)]
    await cluster.runtime.runUntil(b.groups.register(b.node, 'front', 'lost', lost))
    await cluster.runtime.runUntil(b.groups.register(b.node, 'back', 'kept', kept))
    await cluster.crash(a)
    await cluster.runtime.advance(100)
    expect(b.groups.whereis('front', 'lost')).toBeUndefined()
    expect(b.groups.present('front')).toEqual(['b@cluster'])
    expect(c.distribution.nodes()).toEqual(['b@cluster'])
    const again = await join('a')
    await cluster.runtime.advance(2000)
    expect(again.node.incarnation).not.toBe(a.node.incarnation)
    expect(b.groups.present('front')).toEqual(['a@cluster', 'b@cluster'])
    expect(again.groups.names('front')).toEqual([])
    expect(c.groups.whereis('back', 'kept')).toBe(kept)
    expect(c.distribution.nodes()).toEqual(['b@cluster'])
  })

  it.each([{ '': ['a@cluster'] }, { front: ['a'] }, { front: ['a@cluster', 'a@cluster'] }])(
    'refuse a definition that is wrong: %j',
    async (groups) => {
      cluster = new TestCluster()
      const member = await cluster.add('a')
      await expect(
        startGroups(member.node, member.distribution, { groups: groups as unknown as Record<string, string[]> }),
      ).rejects.toMatchObject({ code: 'groups.bad_group' })
    },
  )
})

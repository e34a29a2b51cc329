/**
 * What a keeper makes of what others say: the wrong, the late, the doubled, the endless. The other side is a hand-made keeper on another node.
 */
import type { AnyPid, Node, Process } from '@agner/core'
import { eachSeed, simulateCluster, type SimulatedCluster, type VirtualRuntime } from '@agner/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { startPg, type Pg, type PgOptions } from '../../src/index.ts'

const keeperName = '@agner/global/pg/pg'
const relayName = '@agner/global/pg-relay/pg'

let cluster: SimulatedCluster
let pg: Pg
let ours: Node
let theirs: Node
/** What the hand-made keeper was told. */
let told: { readonly type: string; readonly [field: string]: unknown }[]
let fake: AnyPid

afterEach(() => cluster.stop())

async function begin(options: PgOptions = {}, runtime?: VirtualRuntime): Promise<void> {
  cluster = await simulateCluster({ nodes: ['a', 'b'], trace: false, ...(runtime !== undefined && { runtime }) })
  ours = cluster.node('a').node
  theirs = cluster.node('b').node
  pg = await cluster.until(startPg(ours, cluster.node('a').distribution, options))
  told = []
  fake = theirs.spawn<never>(
    async (self) => {
      for (;;) told.push(await self.receive())
    },
    { name: keeperName },
  )
  await cluster.until(cluster.node('a').distribution.connect('b@cluster'))
  await cluster.run(100)
  expect(told).toEqual([{ type: 'discover', keeper: ours.whereis(keeperName) }])
  told.length = 0
}

async function say(...messages: readonly unknown[]): Promise<void> {
  for (const message of messages) theirs.send({ name: keeperName, node: ours.name }, message as never)
  await cluster.run(100)
}

/** All but that things were started. */
const alarms = (): unknown[] =>
  cluster.node('a').reports.all.filter((report) => report.type !== 'notice' || report.level === 'error')

const idle = (node: Node): AnyPid => node.spawn(async (self: Process<never>) => self.sleep(1e9))
const state = (seq: number, groups: unknown, part = 0, parts = 1) => ({
  type: 'state',
  keeper: fake,
  seq,
  part,
  parts,
  groups,
})
const update = (seq: number, ...changes: unknown[]) => ({ type: 'update', keeper: fake, seq, changes })

describe('a keeper', () => {
  it('applies each update once, and after a gap asks for all', async () => {
    await begin()
    const [p, q] = [idle(theirs), idle(theirs)]
    await say(update(1, ['join', 'g', [p]]))
    expect(pg.whichGroups()).toEqual([])
    await say(state(3, [['g', [p]]]))
    expect(told.map(({ type }) => type)).toEqual(['state'])
    await say(update(4, ['join', 'g', [q]]), update(4, ['join', 'g', [q]]), update(3, ['leave', 'g', [p]]))
    expect(pg.getMembers('g')).toEqual([p, q])
    expect(pg.stats()).toMatchObject({ updatesApplied: 1, stale: 3, gaps: 0 })
    await say(update(6, ['leave', 'g', [q]]), update(7, ['join', 'h', [q]]))
    expect(pg.stats()).toMatchObject({ gaps: 1, stale: 4 })
    expect(told.map(({ type }) => type)).toEqual(['state', 'discover'])
    await say(
      state(7, [
        ['h', [q, q]],
        ['g', [p]],
      ]),
      state(5, [['g', [q]]]),
    )
    expect([pg.getMembers('g'), pg.getMembers('h')]).toEqual([[p], [q, q]])
    await say(update(8, ['leave', 'h', [q, p, q]]))
    expect(pg.whichGroups()).toEqual(['g'])
  })

  it('takes a state when all its parts have come, one behind the other', async () => {
    await begin()
    const [p, q] = [idle(theirs), idle(theirs)]
    await say(state(1, [['g', [p]]], 0, 3), state(1, [['g', [q]]], 2, 3))
    expect(pg.whichGroups()).toEqual([])
    expect(pg.stats().gaps).toBe(1)
    await say(state(1, [['g', [p]]], 0, 2), update(1, ['join', 'h', [p]]), state(1, [['g', [q]]], 1, 2))
    expect(pg.getMembers('g')).toEqual([p, q])
    expect(pg.whichGroups()).toEqual(['g'])
  })

  it('tells nobody twice what a state has', async () => {
    await begin()
    await say(state(0, []))
    told.length = 0
    const keeper = ours.whereis(keeperName)!
    const second = cluster.node('b').node.spawn<never>(async (self) => void (await self.receive()))
    const joined = ours.spawn<unknown>(async (self) => {
      self.send(keeper as never, { type: 'discover', keeper: fake } as never)
      pg.join('g', self.pid)
      await self.receive()
    })
    await cluster.run(100)
    expect(told.map(({ type, seq, groups, changes }) => [type, seq, groups ?? changes])).toEqual([
      ['update', 1, [['join', 'g', [joined]]]],
      ['state', 1, [['g', [joined]]]],
    ])
    theirs.sendExit(second, 'kill')
  })

  it('hears of a node what its newest keeper says, and forgets it with that', async () => {
    await begin()
    const [p, q] = [idle(theirs), idle(theirs)]
    await say(state(5, [['g', [p]]]))
    const next = idle(theirs)
    await say({ ...state(1, [['g', [q]]]), keeper: next })
    expect(pg.getMembers('g')).toEqual([q])
    await say(update(6, ['join', 'g', [p]]))
    expect(pg.getMembers('g')).toEqual([q])
    theirs.sendExit(next, 'kill')
    await cluster.run(100)
    expect(pg.whichGroups()).toEqual([])
  })

  it('leaves out a node with more members than one may have, and says so', async () => {
    await begin({ limits: { membersPerNode: 3 } })
    const p = idle(theirs)
    await say(state(1, [['g', [p, p]]]))
    await say(update(2, ['join', 'g', [p, p]]))
    expect(pg.whichGroups()).toEqual([])
    expect(pg.stats().leftOut).toBe(1)
    await say(update(3, ['join', 'g', [p]]), state(3, [['g', [p]]]))
    expect(pg.whichGroups()).toEqual([])
    expect(alarms()).toHaveLength(1)
    theirs.sendExit(fake, 'kill')
    await cluster.run(100)
    const next = idle(theirs)
    await say({ ...state(1, [['g', [p, p, p]]]), keeper: next })
    expect(pg.getMembers('g')).toHaveLength(3)
    theirs.sendExit(next, 'kill')
    await cluster.run(100)
    const many = idle(theirs)
    await say(...[0, 1, 2].map((part) => ({ ...state(1, [['g', [p, p]]], part, 3), keeper: many })))
    expect([pg.whichGroups(), pg.stats().leftOut]).toEqual([[], 2])
  })

  it('lets nothing change by what is no message of a keeper', async () => {
    await begin()
    const [p, own] = [idle(theirs), idle(ours)]
    pg.join('g', own)
    await say(state(1, [['g', [p]]]))
    const rubbish: unknown[] = [
      null,
      7,
      'changed',
      [],
      {},
      { type: 'state' },
      { type: 'update', keeper: fake },
      { type: 'nodeup', node: 7 },
      { type: 'down', ref: theirs.makeRef(), process: p, reason: 'x' },
      { type: '$agner/cast', cast: 'x', arg: 1 },
      { ...update(2), keeper: 'b@cluster' },
      update(-1),
      update(NaN),
      update(2, 'join'),
      update(2, ['join', '', [p]]),
      update(2, ['join', 'x'.repeat(1025), [p]]),
      update(2, ['jump', 'g', [p]]),
      update(2, ['join', 'g', [7]]),
      update(2, ['join', 'g', [own]]),
      update(2, ['join', 'g', [p], 'more']),
      state(2, [['g', [own]]]),
      state(2, 'all'),
      state(2, [], 1, 1),
      state(2, [], 0.5, 1),
      { ...state(2, []), keeper: own },
      { type: 'discover', keeper: own },
      { type: 'deliver', group: 'g', message: 1 },
    ]
    await say(...rubbish)
    for (const thing of rubbish) theirs.send({ name: relayName, node: ours.name }, thing as never)
    await cluster.run(100)
    expect(new Set(pg.getMembers('g'))).toEqual(new Set([own, p]))
    expect(pg.whichGroups()).toEqual(['g'])
    expect(pg.stats().refused).toBeGreaterThanOrEqual(2 * rubbish.length - 6)
    await say(update(2, ['leave', 'g', [p]]))
    expect(pg.getMembers('g')).toEqual([own])
    expect(alarms()).toEqual([])
  })

  it('stands whatever fields say', async () => {
    await eachSeed({ seeds: 15 }, async (runtime) => {
      await begin({}, runtime)
      const any = <T>(of: readonly T[]): T => of[Math.floor(runtime.random() * of.length)]!
      const p = idle(theirs)
      const value = (depth = 0): unknown =>
        any<() => unknown>([
          () => p,
          () => fake,
          () => any(['g', 'join', 'leave', 'state', '']),
          () => Math.floor(runtime.random() * 6) - 1,
          () => null,
          () => (depth > 3 ? [] : [value(depth + 1), value(depth + 1), value(depth + 1)]),
          () => (depth > 3 ? [] : [[any(['g', 'h']), [p]]]),
          () => (depth > 3 ? [] : [[any(['join', 'leave']), any(['g', 'h']), [p]]]),
        ])()
      const messages = Array.from({ length: 40 }, () => ({
        type: any(['state', 'update', 'discover', 'down', 'nodeup', 'again', 'changed', value()]),
        keeper: any([fake, fake, fake, value()]),
        seq: value(),
        part: any([0, value()]),
        parts: any([1, value()]),
        groups: value(),
        changes: value(),
        node: value(),
      }))
      await say(...messages)
      expect(alarms()).toEqual([])
      await say({ ...state(1000, [['end', [p]]]) })
      expect(pg.whichGroups()).toEqual(['end'])
      await cluster.stop()
    })
    await begin()
  })
})

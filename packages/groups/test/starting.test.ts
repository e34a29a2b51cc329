/**
 * Groups start whole or not at all, and can be started again as soon as they were stopped.
 */
import { simulateCluster, type SimulatedCluster } from '@agner/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startGroups, type Groups, type GroupsOptions } from '../src/index.ts'

let cluster: SimulatedCluster
afterEach(() => cluster.stop())
const at = (name: string): string => `${name}@cluster`

async function nodes(names: readonly string[], options?: GroupsOptions): Promise<Map<string, Groups>> {
  const started = new Map<string, Groups>()
  cluster = await simulateCluster({
    seed: 1,
    trace: false,
    nodes: names,
    distribution: { tickMs: 1000, liveness: false },
    setup: async ({ name, node, distribution }) => {
      if (options !== undefined) started.set(name, await startGroups(node, distribution, options))
    },
  })
  return started
}

function start(name: string, options: unknown): Promise<Groups> {
  const { node, distribution } = cluster.node(name)
  return cluster.until(startGroups(node, distribution, options as GroupsOptions))
}

const running = (name: string): string[] =>
  ['keeper', 'relay', 'across', 'attributes'].filter(
    (part) => cluster.node(name).node.whereis(`@agner/groups/${part}`) !== undefined,
  )

describe('options', () => {
  it.each<[unknown, string]>([
    [{ free: 'visible' }, 'free'],
    [{ gateways: 'all' }, 'gateways'],
    [{ gateways: [1] }, 'gateways'],
    [{ groups: [] }, 'groups'],
    [{ limits: { nodesPerGroup: 0.5 } }, 'limits.nodesPerGroup'],
    [{ times: { timeoutMs: Number.NaN } }, 'times.timeoutMs'],
    [{ raft: { electionTimeoutMs: Number.NaN } }, 'raft.electionTimeoutMs'],
    [{ raft: { electionTimeoutMs: 600 } }, 'raft.electionTimeoutMs'],
    [{ limits: { attributes: 2000 } }, 'limits.attributes'],
    [{ times: { openTimeoutMs: 1 } }, 'times.openTimeoutMs'],
    [{ relay: { limits: { messages: 1 } } }, 'relay.limits.messages'],
    [{ relay: { times: { timeoutMs: 1 } } }, 'relay.times.timeoutMs'],
    [{ relay: null }, 'relay'],
    [{ relay: { times: { idleMs: Number.NaN } } }, 'relay.times.idleMs'],
    [{ relay: { times: { retryMs: Infinity } } }, 'relay.times.retryMs'],
    [{ relay: { times: { attemptTimeoutMs: -1 } } }, 'relay.times.attemptTimeoutMs'],
    [{ relay: { limits: { windowMessages: 0 } } }, 'relay.limits.windowMessages'],
    [{ relay: { limits: { queueMessages: Number.NaN } } }, 'relay.limits.queueMessages'],
    [{ attributes: { initial: { '': 1 } } }, 'attributes.'],
    [{ attributes: { initial: { size: null } } }, 'attributes.size'],
    [{ attributes: { initial: JSON.parse('{"__proto__":5}') as object } }, 'attributes.__proto__'],
    [{ attributes: { limit: Number.NaN } }, 'attributes.limit'],
  ])('that make no sense are refused before anything runs: %j', async (options, option) => {
    await nodes(['a'])
    await expect(start('a', { groups: { g: [at('a')] }, ...(options as object) })).rejects.toMatchObject({
      code: 'groups.bad_option',
      details: { option },
    })
    expect(running('a')).toEqual([])
    expect((await start('a', { groups: { g: [at('a')] } })).own()).toEqual(['g'])
  })

  it.each([
    { '\ud800': [at('a')] },
    { g: ['a@\udc00'] },
    { g: null },
    { g: 'a@cluster' },
    { g: [1] },
    { g: { nodes: 'a@cluster' } },
  ])('with a group that is none are refused: %j', async (groups) => {
    await nodes(['a'])
    await expect(start('a', { groups })).rejects.toMatchObject({ code: 'groups.bad_group' })
  })

  it('of more attributes than there may be are refused', async () => {
    await nodes(['a'])
    await expect(start('a', { attributes: { initial: { one: 1, two: 2 }, limit: 1 } })).rejects.toMatchObject({
      code: 'groups.too_many',
      message: expect.stringContaining('raise attributes.limit') as string,
    })
    expect(running('a')).toEqual([])
  })

  it('may say that the relay never closes what is idle, and looks for a way for ever', async () => {
    await nodes(['a', 'm', 'z'], {
      groups: { left: ['a', 'm'].map(at), right: ['m', 'z'].map(at) },
      relay: { times: { idleMs: Infinity, openTimeoutMs: Infinity } },
      redialMs: 100,
    })
    await cluster.run(3000)
    expect(running('a')).toEqual(['keeper', 'relay', 'across', 'attributes'])
  })
})

describe('a start', () => {
  it('that finds a name taken undoes what it had begun, and what runs goes on', async () => {
    const all = await nodes(['a'], { groups: { g: [at('a')] } })
    await expect(start('a', { groups: { h: [at('a')], i: [at('a')] }, free: 'normal' })).rejects.toMatchObject({
      code: 'start.already_started',
      message: expect.stringContaining('@agner/groups/keeper') as string,
    })
    expect(running('a')).toHaveLength(4)
    const { node } = cluster.node('a')
    const pid = node.spawn(async (self) => self.sleep(1e6))
    expect(await cluster.until(all.get('a')!.register(node, 'g', 'one', pid))).toBe(true)
    // Of the other one nothing is left.
    all.get('a')!.stop()
    const again = await start('a', { groups: { h: [at('a')], i: [at('a')] } })
    expect(again.own()).toEqual(['h', 'i'])
  })

  it.each(['joined', 'left'] as const)('after a listener of "%s" stopped them has all names free', async (type) => {
    const options: GroupsOptions = { free: 'normal', redialMs: 100 }
    const all = await nodes(['a', 'b'], options)
    const { node, distribution } = cluster.node('a')
    const mine = all.get('a')!
    mine.view.onChange((change) => {
      if (change.type === type) mine.stop()
    })
    await cluster.until(all.get('b')!.newGroup('g', ['a', 'b'].map(at)))
    all
      .get('b')!
      .deleteGroup('g')
      .catch(() => {})
    await cluster.run(15_000)
    expect(running('a')).toEqual([])
    expect(node.whereis('@agner/global/names/free')).toBeUndefined()
    const dial = vi.spyOn(distribution, 'connect')
    await cluster.run(15_000)
    expect(dial).not.toHaveBeenCalled()
    const again = await start('a', options)
    const pid = node.spawn(async (self) => self.sleep(1e6))
    expect(await cluster.until(again.free!.register(node, 'one', pid))).toBe(true)
  })

  it('after a stop reaches over the relay whom it has reached before', async () => {
    const options: GroupsOptions = { groups: { left: ['a', 'm'].map(at), right: ['m', 'z'].map(at) }, redialMs: 100 }
    const all = await nodes(['a', 'm', 'z'], options)
    await cluster.run(8000)
    const { node } = cluster.node('a')
    const got: unknown[] = []
    const target = cluster.node('z').node.spawn<unknown>(async (self) => {
      for (;;) got.push(await self.receive())
    })
    // So many circuits that no other attempt within the time would be newer by chance.
    const others = Array.from({ length: 200 }, () =>
      cluster.node('z').node.spawn<unknown>(async (self) => self.sleep(1e6)),
    )
    for (const other of others) all.get('a')!.relay.send(node, other, 'one')
    for (const word of ['before', 'after']) {
      all.get('a')!.relay.send(node, target, word)
      await cluster.run(3000)
      all.get('a')!.stop()
      all.set('a', await start('a', options))
      await cluster.run(3000)
    }
    expect(got).toEqual(['before', 'after'])
  })

  it('that fails at its last part undoes the others', async () => {
    await nodes(['a'])
    const { node } = cluster.node('a')
    const squatter = node.spawn(async (self) => self.sleep(1e6), { name: '@agner/groups/attributes' })
    await expect(start('a', { groups: { g: [at('a')] } })).rejects.toMatchObject({ code: 'name.taken' })
    expect(running('a')).toEqual(['attributes'])
    node.sendExit(squatter, 'kill')
    await cluster.run(10)
    expect((await start('a', { groups: { g: [at('a')] } })).own()).toEqual(['g'])
  })

  it.each(['merge', 'agree'] as const)(
    'may follow a stop at once, and the groups decide as before (%s)',
    async (mode) => {
      const options: GroupsOptions = { groups: { g: { nodes: ['a', 'b', 'c'].map(at), mode } }, redialMs: 100 }
      const all = await nodes(['a', 'b', 'c', 'd'], options)
      await cluster.run(8000)
      for (const name of ['a', 'b']) {
        all.get(name)!.stop()
        all.get(name)!.stop()
        all.set(name, await start(name, options))
        await cluster.run(15_000)
      }
      const { node } = cluster.node('a')
      const pid = node.spawn(async (self) => self.sleep(1e6))
      expect(await cluster.until(all.get('a')!.register(node, 'g', 'one', pid))).toBe(true)
      expect(all.get('b')!.whereis('g', 'one') ?? pid).toBe(pid)
      const grown = await cluster.until(all.get('b')!.addNodes('g', [at('d')]))
      expect(grown.nodes).toEqual(['a', 'b', 'c', 'd'].map(at))
      await cluster.run(1000)
      expect([...all.values()].map((groups) => groups.members('g').length)).toEqual([4, 4, 4, 4])
    },
  )
})

/**
 * The names of groups, in both modes: what holds for each, and where they differ.
 */
import type { AnyPid } from '@agner/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { GroupLog } from '../../src/membership/group-log.ts'
import { all, at, GroupCluster, type GroupClusterOptions } from './group-cluster.ts'

let cluster: GroupCluster
afterEach(() => cluster.stop())

async function start(mode: 'merge' | 'agree', options: GroupClusterOptions): Promise<GroupCluster> {
  cluster = await GroupCluster.start(options)
  const nodes = cluster.cluster.up.map(({ name }) => at(name)).slice(0, 5)
  await cluster.until(cluster.on('a').newGroup('g', nodes, { mode }))
  expect(await cluster.until(cluster.on('a').sync('g'))).toBe(true)
  return cluster
}

const register = (on: string, name: string, pid: AnyPid): Promise<boolean> =>
  cluster.until(cluster.on(on).register(cluster.cluster.node(on).node, 'g', name, pid))

const everywhere = (name: string): (AnyPid | undefined)[] =>
  cluster.cluster.up
    .filter((member) => cluster.on(member.name).own().includes('g'))
    .map((member) => cluster.on(member.name).whereis('g', name))

describe.each(['merge', 'agree'] as const)('names in mode %s', (mode) => {
  it('belong to one process, which has one, and every member knows', async () => {
    await start(mode, { nodes: 6, seed: 1 })
    const [one, two] = [cluster.idle('b'), cluster.idle('c')]
    expect(await register('b', 'one', one)).toBe(true)
    expect(await register('b', 'one', one)).toBe(true)
    expect(await register('c', 'one', two)).toBe(false)
    expect(await register('c', 'two', one)).toBe(false)
    await cluster.when(() => everywhere('one').every((pid) => pid === one))
    expect(everywhere('one')).toEqual([one, one, one, one, one])
    expect(cluster.on('a').registeredNames({ group: 'g' })).toEqual([{ group: 'g', name: 'one' }])
    expect(cluster.on('a').registeredNames({ node: at('b') })).toEqual([{ group: 'g', name: 'one' }])
    expect(cluster.on('a').registeredNames({ node: at('c') })).toEqual([])
    expect(() => cluster.on('f').registeredNames({ group: 'g' })).toThrow(
      expect.objectContaining({ code: 'groups.no_information' }),
    )
  })

  it('are taken over and given back', async () => {
    await start(mode, { nodes: 5, seed: 2 })
    const [one, two] = [cluster.idle('b'), cluster.idle('c')]
    const { node } = cluster.cluster.node('d')
    await register('b', 'one', one)
    expect(await cluster.until(cluster.on('d').reregister(node, 'g', 'one', two))).toBe(true)
    await cluster.when(() => everywhere('one').every((pid) => pid === two))
    expect(everywhere('one')).toEqual([two, two, two, two, two])
    expect(await cluster.until(cluster.on('d').unregister(node, 'g', 'one'))).toBe(true)
    expect(await cluster.until(cluster.on('d').unregister(node, 'g', 'one'))).toBe(false)
    await cluster.when(() => everywhere('one').every((pid) => pid === undefined))
    expect(await register('b', 'two', one)).toBe(true)
  })

  it('go with their process, their node, and their member', async () => {
    await start(mode, { nodes: 5, seed: 3 })
    const pids = [cluster.idle('b'), cluster.idle('c'), cluster.idle('d')]
    await register('b', 'one', pids[0]!)
    await register('b', 'two', pids[1]!)
    await register('b', 'three', pids[2]!)
    cluster.cluster.node('b').node.sendExit(pids[0]!, 'kill')
    cluster.cluster.crash('c')
    await cluster.until(cluster.on('a').removeNodes('g', all('d')))
    const names = (): string[] => cluster.on('e').names('g')
    expect(await cluster.when(() => names().length === 0, 30_000)).not.toBeNull()
    expect(cluster.on('a').names('g')).toEqual([])
    expect(await register('a', 'one', cluster.idle('a'))).toBe(true)
  })

  it('of a member that crashed are free for its next life', async () => {
    await start(mode, { nodes: 3, seed: 4 })
    await register('b', 'one', cluster.idle('b'))
    await cluster.cluster.restart('b')
    await cluster.when(() => cluster.on('b').own().includes('g'))
    await cluster.when(() => everywhere('one').every((pid) => pid === undefined))
    const again = cluster.idle('b')
    expect(await register('b', 'one', again)).toBe(true)
    await cluster.when(() => everywhere('one').every((pid) => pid === again))
    expect(everywhere('one')).toEqual([again, again, again])
  })

  it('are sent to', async () => {
    await start(mode, { nodes: 2, seed: 5 })
    const heard: string[] = []
    const pid = cluster.cluster.node('b').node.spawn<string>(async (self) => void heard.push(await self.receive()))
    await register('b', 'one', pid)
    await cluster.when(() => cluster.on('a').whereis('g', 'one') === pid)
    cluster.on('a').send(cluster.cluster.node('a').node, 'g', 'one', 'hello')
    await cluster.run(100)
    expect(heard).toEqual(['hello'])
    expect(() => cluster.on('a').send(cluster.cluster.node('a').node, 'g', 'two', 'hello')).toThrow(
      expect.objectContaining({ code: 'groups.no_such_name' }),
    )
  })

  it('cost what they say: nothing to read, so many messages to give', async () => {
    await start(mode, { nodes: 5, seed: 6 })
    const cost = new Map(
      cluster
        .on('e')
        .cost('g')
        .map((each) => [each.operation, each.messages]),
    )
    expect(cost.get('whereis')).toBe(0)
    expect(cost.get('register')).toBe(mode === 'merge' ? 2 + 2 * 4 : 2 + 4 * 4)
    expect(() => cluster.on('e').cost('h')).toThrow(expect.objectContaining({ code: 'groups.not_a_member' }))
  })
})

describe('mode agree', () => {
  it('refuses names in a minority, within a bound, and loses none that the majority gave', async () => {
    await start('agree', { nodes: 5, seed: 1 })
    const before = cluster.idle('b')
    expect(await register('a', 'before', before)).toBe(true)
    cluster.cluster.partition(['a', 'b'], ['c', 'd', 'e'])
    await cluster.run(20_000)
    const startedMs = cluster.cluster.runtime.nowMs()
    await expect(register('a', 'one', cluster.idle('a'))).rejects.toMatchObject({
      code: expect.stringMatching(/^groups\.(no_majority|unknown_outcome)$/),
    })
    expect(cluster.cluster.runtime.nowMs() - startedMs).toBeLessThan(11_000)
    const given = cluster.idle('d')
    expect(await register('d', 'two', given)).toBe(true)
    cluster.cluster.heal()
    await cluster.when(() => everywhere('two').every((pid) => pid === given))
    expect(everywhere('two')).toEqual([given, given, given, given, given])
    expect(await cluster.when(() => everywhere('before').every((pid) => pid === undefined))).not.toBeNull()
  })

  it('keeps the names of the next life of a node whose last life is not missed yet', async () => {
    await start('agree', { nodes: 5, seed: 1 })
    cluster.cluster.crash('e', 'silence')
    await cluster.cluster.start('e')
    const pid = cluster.idle('e')
    expect(await register('b', 'one', pid)).toBe(true)
    await cluster.run(10_000)
    expect(everywhere('one')).toEqual([pid, pid, pid, pid, pid])
    cluster.cluster.crash('e', 'silence')
    await cluster.cluster.start('e')
    await cluster.when(() => everywhere('one').every((each) => each === undefined))
    expect(everywhere('one')).toEqual([undefined, undefined, undefined, undefined, undefined])
  })

  it('gives one name to one of many who want it at once', async () => {
    await start('agree', { nodes: 5, seed: 2 })
    const wanted = ['a', 'b', 'c', 'd', 'e'].map((name) => {
      const pid = cluster.idle(name)
      return cluster.on(name).register(cluster.cluster.node(name).node, 'g', 'one', pid)
    })
    const got = await cluster.until(Promise.all(wanted))
    expect(got.filter(Boolean)).toHaveLength(1)
  })

  it('keeps its names when the votes move to the next generation', async () => {
    await start('agree', { nodes: 3, seed: 3 })
    const pid = cluster.idle('c')
    await register('c', 'one', pid)
    await cluster.run(1000)
    for (const lost of ['a', 'b']) cluster.cluster.crash(lost)
    await cluster.run(2000)
    for (const back of ['a', 'b']) await cluster.cluster.start(back)
    expect(await cluster.when(() => cluster.on('c').view.find('g')?.view.generation === 2)).not.toBeNull()
    await cluster.when(() => everywhere('one').every((each) => each === pid) && everywhere('one').length === 3)
    expect(everywhere('one')).toEqual([pid, pid, pid])
  })

  it.each(['', 'n'.repeat(256), '\ud800', 42, {}, null, undefined])('takes %j for no name', async (name) => {
    await start('agree', { nodes: 2, seed: 7 })
    const { node } = cluster.cluster.node('a')
    const a = cluster.on('a')
    const pid = cluster.idle('a')
    const bad = { code: 'global.bad_name' }
    await expect(cluster.until(a.register(node, 'g', name as never, pid))).rejects.toMatchObject(bad)
    await expect(cluster.until(a.reregister(node, 'g', name as never, pid))).rejects.toMatchObject(bad)
    await expect(cluster.until(a.unregister(node, 'g', name as never))).rejects.toMatchObject(bad)
    expect(a.names('g')).toEqual([])
  })

  it.each([null, { node: 'a@cluster' }, 'me'])('takes %j for no process', async (pid) => {
    await start('agree', { nodes: 2, seed: 7 })
    const registering = register('a', 'one', pid as never)
    await expect(registering).rejects.toMatchObject({ code: 'groups.bad_option', details: { option: 'pid' } })
    expect(cluster.on('a').names('g')).toEqual([])
  })

  it('goes on into the next generation without a name that it should never have given', async () => {
    await start('agree', { nodes: 3, seed: 3 })
    const pid = cluster.idle('c')
    await register('c', 'one', pid)
    await cluster.run(1000)
    const { get } = Object.getOwnPropertyDescriptor(GroupLog.prototype, 'ahead')!
    const spied = vi.spyOn(GroupLog.prototype, 'ahead', 'get').mockImplementation(function (this: GroupLog) {
      const ahead = get!.call(this) as GroupLog['ahead']
      if (ahead === null) return null
      const claims = new Map(ahead.state.claims).set('n'.repeat(2000), { pid, index: 1 })
      return { ...ahead, state: { ...ahead.state, claims } }
    })
    for (const lost of ['a', 'b']) cluster.cluster.crash(lost)
    await cluster.run(2000)
    for (const back of ['a', 'b']) await cluster.cluster.start(back)
    const isNext = (): boolean =>
      cluster.on('a').own().includes('g') &&
      cluster.on('a').names('g').length > 0 &&
      cluster.on('c').view.find('g')?.view.generation === 2
    expect(await cluster.when(isNext)).not.toBeNull()
    spied.mockRestore()
    expect(cluster.on('a').names('g')).toEqual(['one'])
  })

  it('refuses the process of a node that is no member', async () => {
    await start('agree', { nodes: 6, seed: 4 })
    await expect(register('a', 'one', cluster.idle('f'))).rejects.toMatchObject({ code: 'groups.not_a_member' })
  })
})

describe('mode merge', () => {
  it('answers on both sides of a partition, and has one owner after it', async () => {
    await start('merge', { nodes: 4, seed: 1 })
    cluster.cluster.partition(['a', 'b'], ['c', 'd'])
    await cluster.run(20_000)
    const [here, there] = [cluster.idle('a'), cluster.idle('d')]
    expect(await register('a', 'one', here)).toBe(true)
    expect(await register('d', 'one', there)).toBe(true)
    cluster.cluster.heal()
    const isOne = (): boolean => new Set(everywhere('one')).size === 1 && everywhere('one')[0] !== undefined
    expect(await cluster.when(isOne)).not.toBeNull()
    expect([here, there]).toContain(everywhere('one')[0])
  })
})

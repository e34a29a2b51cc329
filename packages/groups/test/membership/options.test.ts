/**
 * What is refused of the options of a change, and that a group outlives what goes wrong on the way of one.
 */
import type { AnyPid } from '@agner/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ChangeOptions } from '../../src/index.ts'
import { all, at, GroupCluster } from './group-cluster.ts'

let cluster: GroupCluster
afterEach(() => cluster.stop())

describe('a change', () => {
  it('with options that make no sense is refused, and the group goes on', async () => {
    cluster = await GroupCluster.start({
      nodes: 3,
      groups: { groups: { g: { nodes: all('ab'), mode: 'agree' } } },
    })
    await cluster.run(8000)
    const a = cluster.on('a')
    const changes: ((options: ChangeOptions) => Promise<unknown>)[] = [
      (options) => a.newGroup('h', all('ab'), options),
      (options) => a.addNodes('g', all('c'), options),
      (options) => a.removeNodes('g', all('b'), options),
      (options) => a.deleteGroup('g', options),
      (options) => a.reform('g', options),
      ({ timeoutMs }) => a.sync('g', { timeoutMs: timeoutMs! }),
    ]
    for (const change of changes)
      for (const timeoutMs of [Number.NaN, -1, '5' as unknown as number])
        await expect(cluster.until(change({ timeoutMs }))).rejects.toMatchObject({ code: 'groups.bad_option' })
    for (const options of [{ ifMissing: 'skip' }, { mode: 'maybe' }])
      await expect(cluster.until(a.newGroup('h', all('ab'), options as ChangeOptions))).rejects.toMatchObject({
        code: 'groups.bad_option',
      })
    const pid = cluster.idle('a')
    expect(await cluster.until(a.register(cluster.cluster.node('a').node, 'g', 'one', pid))).toBe(true)
    expect((await cluster.until(a.addNodes('g', all('c')))).nodes).toEqual(all('abc'))
  })

  it('takes no longer than it may, whoever does not answer', async () => {
    cluster = await GroupCluster.start({ nodes: 4 })
    const a = cluster.on('a')
    await cluster.until(a.newGroup('g', all('abd')))
    await cluster.until(cluster.cluster.node('a').distribution.connect(at('c')))
    await cluster.run(1000)
    for (const held of ['c', 'd']) cluster.cluster.hold(held, 600_000)
    const took = async (change: Promise<unknown>): Promise<readonly [unknown, number]> => {
      const sinceMs = cluster.cluster.runtime.nowMs()
      const came = await cluster.until(
        change.then(
          () => 'done',
          ({ code }: { readonly code: string }) => code,
        ),
      )
      return [came, cluster.cluster.runtime.nowMs() - sinceMs]
    }
    const timeoutMs = 300
    for (const [change, outcome] of [
      [() => a.newGroup('h', all('ac'), { timeoutMs }), 'groups.unreachable'],
      [() => a.addNodes('g', all('c'), { timeoutMs }), 'groups.unreachable'],
      [() => a.removeNodes('g', all('d'), { timeoutMs }), 'done'],
    ] as const) {
      const [came, ms] = await took(change())
      expect(came).toBe(outcome)
      expect(ms).toBeLessThan(timeoutMs + 50)
    }
  })

  it('of nodes that are no list, or of names that no node has as they are, is refused', async () => {
    cluster = await GroupCluster.start({ nodes: 2 })
    const a = cluster.on('a')
    await cluster.until(a.newGroup('g', all('a')))
    const bad = { code: 'groups.bad_group' }
    for (const nodes of [
      null,
      undefined,
      'b@cluster',
      { 0: at('b') },
      [null],
      ['\ud800@cluster'],
      [`${'n'.repeat(121)}@cluster`],
    ])
      for (const change of [a.addNodes, a.removeNodes])
        await expect(cluster.until(change('g', nodes as never))).rejects.toMatchObject(bad)
    for (const name of ['\ud800', 'x\udc00', ''])
      await expect(cluster.until(a.newGroup(name, all('ab')))).rejects.toMatchObject(bad)
    expect((await cluster.until(a.addNodes('g', all('bb')))).nodes).toEqual(all('ab'))
  })

  it.each([Infinity, 3e9])('may take as long as it is told (%d ms)', async (timeoutMs) => {
    cluster = await GroupCluster.start({ nodes: 3 })
    const asked = vi.spyOn(cluster.cluster.node('a').node.runtime, 'setTimer')
    const a = cluster.on('a')
    expect((await cluster.until(a.newGroup('g', all('ab'), { timeoutMs }))).nodes).toEqual(all('ab'))
    expect((await cluster.until(a.addNodes('g', all('c'), { timeoutMs }))).nodes).toEqual(all('abc'))
    expect((await cluster.until(a.removeNodes('g', all('b'), { timeoutMs }))).nodes).toEqual(all('ac'))
    expect(asked.mock.calls.every(([delayMs]) => delayMs < 2 ** 31)).toBe(true)
  })

  it('that may take for ever ends when the groups are stopped', async () => {
    cluster = await GroupCluster.start({ nodes: ['a', 'b'], groups: { groups: { g: all('abc') } } })
    cluster.cluster.crash('b')
    await cluster.run(5000)
    const adding = cluster.on('a').deleteGroup('g', { timeoutMs: Infinity })
    adding.catch(() => {})
    await cluster.run(60_000)
    cluster.on('a').stop()
    await expect(cluster.until(adding)).rejects.toMatchObject({ code: 'groups.stopped' })
  })

  it('of any kind says that the groups were stopped while it was under way', async () => {
    cluster = await GroupCluster.start({ nodes: 4, groups: { groups: { g: all('abc'), h: all('abc') } } })
    await cluster.run(8000)
    const a = cluster.on('a')
    for (const lost of ['b', 'c']) cluster.cluster.crash(lost)
    await cluster.run(5000)
    const timeoutMs = Infinity
    const changes = [
      a.newGroup('new', all('ad'), { timeoutMs }),
      a.addNodes('g', all('d'), { timeoutMs }),
      a.removeNodes('g', all('b'), { timeoutMs }),
      a.deleteGroup('h', { timeoutMs }),
    ]
    a.stop()
    changes.push(a.reform('g', { timeoutMs }))
    const codes = changes.map((change) => change.then(String, ({ code }: { readonly code: string }) => code))
    expect(await cluster.until(Promise.all(codes))).toEqual(changes.map(() => 'groups.stopped'))
  })

  it('that has no keeper may be tried again, with the same name', async () => {
    cluster = await GroupCluster.start({ nodes: 3 })
    const a = cluster.on('a')
    const { node } = cluster.cluster.node('a')
    const kill = (): void => node.sendExit(node.whereis('@agner/groups/keeper')!, 'kill')
    const failed = { code: 'groups.no_majority' }
    const founding = a.newGroup('g', all('ab'))
    kill()
    await expect(cluster.until(founding)).rejects.toMatchObject(failed)
    await cluster.run(2000)
    expect((await cluster.until(a.newGroup('g', all('ab')))).nodes).toEqual(all('ab'))
    kill()
    await cluster.run(10)
    const adding = a.addNodes('g', all('c'), { ifMissing: 'leave_out' })
    await expect(cluster.until(adding)).rejects.toMatchObject(failed)
    await cluster.run(2000)
    expect((await cluster.until(a.addNodes('g', all('c')))).nodes).toEqual(all('abc'))
  })

  it('is decided also after the client of the log has died', async () => {
    cluster = await GroupCluster.start({ nodes: 3 })
    const a = cluster.on('a')
    await cluster.until(a.newGroup('g', all('ab'), { mode: 'agree' }))
    await cluster.run(1000)
    const { node } = cluster.cluster.node('a')
    expect(await cluster.until(a.register(node, 'g', 'first', cluster.idle('a')))).toBe(true)
    const isClient = (pid: AnyPid): boolean => node.processInfo(pid)?.initialCall === '@agner/consensus/client'
    const clients = node.processes().filter(isClient)
    expect(clients).toHaveLength(1)
    node.sendExit(clients[0]!, 'kill')
    await cluster.run(10)
    expect((await cluster.until(a.addNodes('g', all('c')))).nodes).toEqual(all('abc'))
    expect(await cluster.until(a.register(node, 'g', 'one', cluster.idle('a')))).toBe(true)
    expect(a.members('g')).toContain(at('c'))
  })
})

/**
 * Names of a group whose members are not what this node takes them for.
 */
import { afterEach, expect, it } from 'vitest'
import { all, at, GroupCluster } from './membership/group-cluster.ts'

let cluster: GroupCluster
afterEach(() => cluster.stop())

const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  cluster.until(asked.catch(({ code }: { readonly code: string }) => code))

it('who is no member any more is passed over, and the connection to it does not stay', async () => {
  // x is told of nothing: it knows the group from its configuration.
  cluster = await GroupCluster.start({ nodes: ['x', 'm', 'n', 'o'], groups: { groups: { g: all('mno') } } })
  await cluster.run(8000)
  const { node } = cluster.cluster.node('x')
  const { across } = cluster.on('x')
  const pid = cluster.idle('n')
  expect(await cluster.until(cluster.on('n').register(cluster.cluster.node('n').node, 'g', 'one', pid))).toBe(true)
  await cluster.until(cluster.on('n').removeNodes('g', [at('m')]))
  await cluster.run(8000)
  expect(cluster.on('x').members('g')).toEqual(all('mno'))
  const connect = { connect: true }
  expect(await codeOf(across.whereis(node, { group: 'g', node: at('m') }, 'one', connect))).toBe('groups.not_a_member')
  await cluster.run(10_000)
  expect(cluster.edges()).toBe('no')
  expect(await cluster.until(across.whereis(node, { group: 'g' }, 'one', connect))).toBe(pid)
  expect(cluster.edges()).toContain('nx')
  await cluster.run(10_000)
  expect(cluster.edges()).toBe('no nx')
})

it('when nobody of them is a member any more, that is said', async () => {
  cluster = await GroupCluster.start({ nodes: ['x', 'm', 'n'], groups: { groups: { g: all('mn') } } })
  await cluster.run(8000)
  await cluster.until(cluster.on('n').deleteGroup('g'))
  await cluster.run(8000)
  const { node } = cluster.cluster.node('x')
  const asked = cluster.on('x').across.members(node, { group: 'g' }, { connect: true })
  expect(await codeOf(asked)).toBe('groups.not_a_member')
  await cluster.run(10_000)
  expect(cluster.edges()).toBe('')
})

it('a connection that somebody asked for stays, whatever it was tried for', async () => {
  cluster = await GroupCluster.start({ nodes: ['x', 'm', 'n'], groups: { groups: { g: all('mn') } } })
  await cluster.run(8000)
  await cluster.until(cluster.on('n').removeNodes('g', [at('m')]))
  await cluster.run(8000)
  const { node } = cluster.cluster.node('x')
  expect(await cluster.until(cluster.on('x').connect(at('m')))).toBe(true)
  expect(await cluster.until(cluster.on('x').across.members(node, { group: 'g' }, { connect: true }))).toEqual(all('n'))
  await cluster.run(10_000)
  expect(cluster.edges()).toBe('mx nx')
})

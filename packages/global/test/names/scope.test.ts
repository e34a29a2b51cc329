import type { AnyPid } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { startGlobal, type Global } from '../../src/index.ts'
import { TestCluster, type Member } from '../cluster.ts'

interface Participant extends Member {
  readonly global: Global
}

let cluster: TestCluster
afterEach(() => cluster.stop())

async function join(short: string): Promise<Participant> {
  const member = await cluster.add(short)
  return { ...member, global: await cluster.runtime.runUntil(startGlobal(member.node, member.distribution)) }
}

async function three(seed?: number): Promise<[Participant, Participant, Participant]> {
  cluster = new TestCluster(seed)
  const [a, b, c] = [await join('a'), await join('b'), await join('c')]
  await cluster.runtime.runUntil(a.distribution.connect('b@cluster'))
  await cluster.runtime.runUntil(a.distribution.connect('c@cluster'))
  await cluster.runtime.advance(1000)
  return [a, b, c]
}

const idle = (member: Member): AnyPid => member.node.spawn(async (self) => void (await self.receive()))
const seen = (members: readonly Participant[], name: string): (AnyPid | undefined)[] =>
  members.map(({ global }) => global.whereis(name))

describe('global names', () => {
  it('make a mesh of the nodes that are connected by others', async () => {
    const all = await three()
    for (const { global, distribution } of all) {
      expect(global.members()).toEqual(['a@cluster', 'b@cluster', 'c@cluster'])
      expect(distribution.nodes()).toHaveLength(2)
    }
  })

  it('are known to every member once register answers, as the same pid', async () => {
    const all = await three()
    const [, b, c] = all
    const pid = idle(b)
    expect(await cluster.runtime.runUntil(c.global.register(c.node, 'one', pid))).toBe(true)
    expect(seen(all, 'one')).toEqual([pid, pid, pid])
    expect(c.global.names()).toEqual(['one'])
  })

  it('belong to one process, and a process has one', async () => {
    const [a, b, c] = await three()
    const [first, second] = [idle(a), idle(b)]
    expect(await cluster.runtime.runUntil(a.global.register(a.node, 'one', first))).toBe(true)
    expect(await cluster.runtime.runUntil(b.global.register(b.node, 'one', second))).toBe(false)
    expect(await cluster.runtime.runUntil(c.global.register(c.node, 'two', first))).toBe(false)
    expect(await cluster.runtime.runUntil(c.global.register(c.node, 'one', first))).toBe(true)
    expect(await cluster.runtime.runUntil(c.global.reregister(c.node, 'one', second))).toBe(true)
    expect(seen([a, b, c], 'one')).toEqual([second, second, second])
    expect(a.node.isAlive(first)).toBe(true)
    expect(await cluster.runtime.runUntil(a.global.unregister(a.node, 'one'))).toBe(true)
    expect(await cluster.runtime.runUntil(a.global.unregister(a.node, 'one'))).toBe(false)
    expect(seen([a, b, c], 'one')).toEqual([undefined, undefined, undefined])
  })

  it.each([undefined, 1, 2, 3, 4, 5, 6, 7, 8])(
    'give a name that all want at once to exactly one (seed %s)',
    async (seed) => {
      const all = await three(seed)
      const pids = all.map(idle)
      const answers = await cluster.runtime.runUntil(
        Promise.all(all.map(({ global, node }, index) => global.register(node, 'one', pids[index]!))),
      )
      expect(answers.filter(Boolean)).toHaveLength(1)
      const winner = pids[answers.indexOf(true)]
      expect(seen(all, 'one')).toEqual([winner, winner, winner])
    },
  )

  it('vanish everywhere with their process', async () => {
    const all = await three()
    const [a, b] = all
    const pid = idle(b)
    await cluster.runtime.runUntil(a.global.register(a.node, 'one', pid))
    b.node.sendExit(pid, 'kill')
    await cluster.runtime.advance(100)
    expect(seen(all, 'one')).toEqual([undefined, undefined, undefined])
    const next = idle(a)
    expect(await cluster.runtime.runUntil(b.global.register(b.node, 'one', next))).toBe(true)
  })

  it('vanish everywhere with their node, and disconnect nobody else', async () => {
    const [a, b, c] = await three()
    const pid = idle(b)
    await cluster.runtime.runUntil(a.global.register(a.node, 'one', pid))
    await cluster.crash(b)
    await cluster.runtime.advance(100)
    expect(seen([a, c], 'one')).toEqual([undefined, undefined])
    expect(a.distribution.nodes()).toEqual(['c@cluster'])
    expect(c.distribution.nodes()).toEqual(['a@cluster'])
  })

  it('can still be given when the member that decides is lost', async () => {
    const [a, b, c] = await three()
    const pid = idle(c)
    const asked = b.global.register(b.node, 'one', pid)
    await cluster.crash(a)
    expect(await cluster.runtime.runUntil(asked)).toBe(true)
    await cluster.runtime.advance(100)
    expect(seen([b, c], 'one')).toEqual([pid, pid])
  })

  it('are told to a node that joins later', async () => {
    const [a] = await three()
    const pid = idle(a)
    await cluster.runtime.runUntil(a.global.register(a.node, 'one', pid))
    const d = await join('d')
    await cluster.runtime.runUntil(d.distribution.connect('c@cluster'))
    await cluster.runtime.advance(1000)
    expect(d.global.whereis('one')).toBe(pid)
    expect(d.global.members()).toHaveLength(4)
  })

  it('that two sides gave to different processes end as one when the sides meet', async () => {
    cluster = new TestCluster()
    const [a, b] = [await join('a'), await join('b')]
    const [first, second] = [idle(a), idle(b)]
    expect(await cluster.runtime.runUntil(a.global.register(a.node, 'one', first))).toBe(true)
    expect(await cluster.runtime.runUntil(b.global.register(b.node, 'one', second))).toBe(true)
    await cluster.runtime.runUntil(a.distribution.connect('b@cluster'))
    await cluster.runtime.advance(2000)
    const alive = [first, second].filter((pid) => (pid === first ? a : b).node.isAlive(pid))
    expect(alive).toHaveLength(1)
    expect(seen([a, b], 'one')).toEqual([alive[0], alive[0]])
  })

  it('can be waited for: sync tells when all that are connected share them', async () => {
    cluster = new TestCluster()
    const [a, b] = [await join('a'), await join('b')]
    const pid = idle(a)
    await cluster.runtime.runUntil(a.distribution.connect('b@cluster'))
    expect(await cluster.runtime.runUntil(a.global.sync())).toBe(true)
    expect(await cluster.runtime.runUntil(a.global.register(a.node, 'one', pid))).toBe(true)
    expect(b.global.whereis('one')).toBe(pid)
    expect(await cluster.runtime.runUntil(a.global.sync({ nodes: ['c@cluster'], timeoutMs: 300 }))).toBe(false)
  })

  it('carry messages, and say so when there is no such name', async () => {
    const [a, b] = await three()
    const got: unknown[] = []
    const pid = b.node.spawn(async (self) => void got.push(await self.receive()))
    await cluster.runtime.runUntil(a.global.register(a.node, 'one', pid))
    a.global.send(a.node, 'one', 'hello')
    await cluster.runtime.advance(100)
    expect(got).toEqual(['hello'])
    expect(() => a.global.send(a.node, 'nobody', 'hello')).toThrow(
      expect.objectContaining({ code: 'global.no_such_name' }),
    )
  })
})

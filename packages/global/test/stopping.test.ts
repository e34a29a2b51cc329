/** What is left when names and locks end on a node: nothing that anybody could take for true, and nothing in the way of the next start. */
import type { AnyPid, AnyProcess } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { startGlobal, type Global } from '../src/index.ts'
import { TestCluster, type Member } from './cluster.ts'

let cluster: TestCluster
afterEach(() => cluster.stop())

const until = <T>(promise: Promise<T>): Promise<T> => cluster.runtime.runUntil(promise)
const begin = ({ node, distribution }: Member): Promise<Global> => until(startGlobal(node, distribution))
const idle = ({ node }: Member): AnyPid => node.spawn(async (self) => void (await self.receive()))
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  until(
    promise.then(
      (value) => `gave ${String(value)}`,
      (error: unknown) => (error as { readonly code: string }).code,
    ),
  )

/** Does something as a process. */
function as<T>({ node }: Member, work: (self: AnyProcess) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    node.spawn(async (self) => work(self).then(resolve, reject))
  })
}

async function pair() {
  cluster = new TestCluster()
  const [a, b] = [await cluster.add('a'), await cluster.add('b')]
  const [atA, atB] = [await begin(a), await begin(b)]
  await until(a.distribution.connect('b@cluster'))
  await cluster.runtime.advance(1000)
  return { a, b, atA, atB }
}

describe('after stop', () => {
  it('names are unknown, and everything says that they are not kept', async () => {
    const { a, atA, atB } = await pair()
    const pid = idle(a)
    expect(await until(atA.register(a.node, 'one', pid))).toBe(true)
    const waiting = atA.sync({ nodes: ['z@cluster'], timeoutMs: Infinity })
    atA.stop()
    expect(await until(waiting)).toBe(false)
    expect(await until(atA.sync())).toBe(false)
    expect([atA.members(), atA.whereis('one'), atA.names()]).toEqual([[], undefined, []])
    expect(await codeOf(atA.register(a.node, 'two', pid))).toBe('global.not_running')
    expect(await codeOf(atA.unregister(a.node, 'one'))).toBe('global.not_running')
    await cluster.runtime.advance(1000)
    expect(atB.whereis('one')).toBeUndefined()
    expect(cluster.runtime.pendingTimers).toBeLessThan(20)
  })

  it('no lock is given, to nobody', async () => {
    const { a, atA } = await pair()
    const id = { resource: 'door', requester: 1 }
    expect(await codeOf(as(a, (self) => atA.setLock(self, id)))).toBe('gave true')
    atA.stop()
    expect(await codeOf(as(a, (self) => atA.setLock(self, id)))).toBe('global.not_running')
    const worked: number[] = []
    const trans = as(a, (self) => atA.trans(self, id, () => worked.push(1), { nodes: ['a@cluster', 'b@cluster'] }))
    expect(await codeOf(trans)).toBe('global.not_running')
    expect(worked).toEqual([])
  })

  it('a name that is registered once more is not taken for the one that was taken back before', async () => {
    const { a, b, atA, atB } = await pair()
    expect(await until(atA.register(a.node, 'one', idle(a)))).toBe(true)
    expect(await until(atA.unregister(a.node, 'one'))).toBe(true)
    atA.stop()
    const again = await begin(a)
    expect(await until(again.sync())).toBe(true)
    const pid = idle(a)
    expect(await until(again.register(a.node, 'one', pid))).toBe(true)
    await cluster.runtime.advance(5000)
    expect([again.whereis('one'), atB.whereis('one')]).toEqual([pid, pid])
    expect(b.node.isStopped).toBe(false)
  })
})

describe('a keeper that is killed', () => {
  it.each([
    ['names', 'names of global'],
    ['locks', 'locks of global'],
  ])('of %s is reported, and what it kept is not believed any more', async (what, named) => {
    const { a, atA } = await pair()
    const pid = idle(a)
    await until(atA.register(a.node, 'one', pid))
    a.node.sendExit(a.node.whereis(`@agner/global/${what}/global`)!, 'kill')
    await cluster.runtime.advance(100)
    expect(
      a.reports.some((report) => 'text' in report && report.text.includes(`keeps the ${named} on a@cluster has ended`)),
    ).toBe(true)
    const lock = codeOf(as(a, (self) => atA.setLock(self, { resource: 'door', requester: 1 })))
    expect(await lock).toBe('global.not_running')
    if (what === 'names') {
      expect([atA.whereis('one'), atA.members()]).toEqual([undefined, []])
      expect(await codeOf(atA.register(a.node, 'two', pid))).toBe('global.not_running')
    }
    // Both can be had again.
    atA.stop()
    const again = await begin(a)
    expect(await until(again.sync())).toBe(true)
    expect(await until(again.register(a.node, 'one', pid))).toBe(true)
    again.stop()
  })
})

describe('a start that fails half-way', () => {
  it.each(['@agner/global/locks/global', '@agner/global/mesh'])(
    'since %s is taken leaves nothing behind',
    async (name) => {
      cluster = new TestCluster()
      const a = await cluster.add('a')
      const squatter = a.node.spawn(async (self) => void (await self.receive()), { name })
      expect(await codeOf(startGlobal(a.node, a.distribution))).toBe('name.taken')
      a.node.sendExit(squatter, 'kill')
      await cluster.runtime.advance(10)
      const global = await begin(a)
      expect(await until(global.register(a.node, 'one', idle(a)))).toBe(true)
    },
  )
})

describe('bad input', () => {
  it('is refused where it is given', async () => {
    const { a, atA, atB } = await pair()
    for (const pid of [null, undefined, 'pid', { node: 'a@cluster' }, 5n])
      expect(await codeOf(atA.register(a.node, 'one', pid as never))).toBe('global.bad_pid')
    for (const name of ['', '\ud800', `x\udc00y`, 'x'.repeat(256), 5, null])
      expect(await codeOf(atB.register(a.node, name as never, idle(a)))).toBe('global.bad_name')
    for (const resolve of [5n, { type: 5n }, Object.create(null)])
      expect(await codeOf(atA.register(a.node, 'one', idle(a), { resolve: resolve as never }))).toBe(
        'global.bad_resolve',
      )
    for (const id of [
      null,
      undefined,
      {},
      { resource: 'door', requester: Number.NaN },
      { resource: '\ud800', requester: 1 },
    ])
      expect(await codeOf(as(a, (self) => atA.setLock(self, id as never)))).toBe('global.bad_lock')
    expect(atA.names()).toEqual([])
  })

  it('nobody frees a lock by saying that its holder has ended', async () => {
    const { a, b, atA, atB } = await pair()
    const id = (requester: number) => ({ resource: 'door', requester })
    let holder: AnyPid | null = null
    a.node.spawn<never>(async (self) => {
      await atA.setLock(self, id(1))
      holder = self.pid
      await self.receive()
    })
    await cluster.runtime.advance(100)
    for (const node of ['a@cluster', 'b@cluster'])
      b.node.send({ name: '@agner/global/locks/global', node }, {
        type: 'down',
        ref: b.node.makeRef(),
        process: holder,
      } as never)
    await cluster.runtime.advance(100)
    expect(await codeOf(as(b, (self) => atB.setLock(self, id(2), { retries: 1 })))).toBe('gave false')
  })
})

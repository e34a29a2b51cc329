import { describe, expect, it } from 'vitest'
import type { Network } from '../src/network/network.ts'
import { Knocking } from '../src/peers/knocking.ts'
import { cookie, createCluster } from './cluster.ts'
import { meet } from './stranger.ts'

const from = (host: string, port: number): { readonly remote: string } => ({ remote: `${host}:${port}` })

describe('who knocks', () => {
  it('has a place while there are some; beyond, who has as many as anybody is refused', () => {
    const knocking = new Knocking(3)
    const flood = [1, 2, 3, 4].map((port) => from('10.0.0.1', port))
    expect(flood.map((each) => knocking.add(each))).toEqual([null, null, null, flood[3]])
    expect(knocking.all()).toEqual(flood.slice(0, 3))
  })

  it('gets the place of the oldest of the address that has most', () => {
    const knocking = new Knocking(4)
    const [first, second, third] = [1, 2, 3].map((port) => from('10.0.0.1', port))
    const other = from('[fe80::1]', 1)
    const next = from('[fe80::1]', 2)
    for (const each of [first!, second!, third!, other]) expect(knocking.add(each)).toBeNull()
    expect(knocking.add(next)).toBe(first)
    // Two against two now: nobody has to make room for a third.
    const last = from('[fe80::1]', 3)
    expect(knocking.add(last)).toBe(last)
    expect(knocking.all()).toEqual([second, third, other, next])
  })

  it('leaves nothing behind', () => {
    const knocking = new Knocking(2)
    const all = [from('a', 1), from('b', 1), from('c', 1)]
    for (const each of all) knocking.add(each)
    for (const each of [...all, from('d', 1)]) knocking.delete(each)
    expect([knocking.size, knocking.all()]).toEqual([0, []])
  })
})

it('a flood from one address keeps nobody else out', async () => {
  const cluster = createCluster()
  let host = '10.0.0.1'
  let port = 0
  const located: Network = {
    connect: cluster.network.connect.bind(cluster.network),
    listen: (address, accept) =>
      cluster.network.listen(address, (stream) =>
        accept(Object.defineProperty(stream, 'remote', { value: `${host}:${++port}` })),
      ),
  }
  const a = await cluster.start('a@h', { network: located, limits: { pendingHandshakes: 8 } })
  const flood = Array.from({ length: 100 }, () =>
    meet(cluster.network, a.distribution.listenAddress!, { wanted: 'a@h' }),
  )
  await cluster.runtime.settle()
  expect(flood.filter((each) => !each.isClosed).length).toBe(8)
  expect(a.distribution.stats()).toMatchObject({ pendingHandshakes: 8, refusals: 92 })
  host = '10.0.0.2'
  const friend = meet(cluster.network, a.distribution.listenAddress!, { wanted: 'a@h', cookie })
  await cluster.runtime.settle()
  expect(friend.isUp).toBe(true)
  expect(a.distribution.stats()).toMatchObject({ pendingHandshakes: 7, refusals: 93 })
  await cluster.runtime.advance(8000)
  expect(a.distribution.stats().pendingHandshakes).toBe(0)
  await cluster.stop()
  expect(cluster.network.streamCount).toBe(0)
})

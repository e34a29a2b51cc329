import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Network } from '../src/network/network.ts'
import { Strangers } from '../src/network/strangers.ts'
import { Knocking } from '../src/network/knocking.ts'
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

describe('who is about to agree on TLS', () => {
  class Knock extends EventEmitter {
    readonly remoteAddress: string
    readonly remotePort: number
    isDestroyed = false

    constructor(remoteAddress: string, remotePort: number) {
      super()
      this.remoteAddress = remoteAddress
      this.remotePort = remotePort
    }

    destroy(): void {
      this.isDestroyed = true
    }
  }
  const knock = (strangers: Strangers, host: string, port: number): Knock => {
    const made = new Knock(host, port)
    strangers.add(made as unknown as Socket)
    return made
  }

  it('is not kept out by a flood from another address, which loses its oldest', () => {
    const strangers = new Strangers(3)
    const flood = [1, 2, 3, 4].map((port) => knock(strangers, '10.0.0.1', port))
    expect(flood.map(({ isDestroyed }) => isDestroyed)).toEqual([false, false, false, true])
    const friend = knock(strangers, '10.0.0.2', 1)
    expect([flood[0]!.isDestroyed, friend.isDestroyed]).toEqual([true, false])
  })

  it('has his place until he has agreed, or is gone', () => {
    const strangers = new Strangers(1)
    const secured = knock(strangers, '10.0.0.1', 1)
    strangers.delete('10.0.0.1:1')
    const leaves = knock(strangers, '10.0.0.1', 2)
    leaves.emit('close')
    // From the same port as the one that has just left, whose end is told late.
    const next = knock(strangers, '10.0.0.1', 1)
    secured.emit('close')
    const last = knock(strangers, '10.0.0.1', 3)
    expect([secured, leaves, next, last].map(({ isDestroyed }) => isDestroyed)).toEqual([false, false, false, true])
    strangers.delete('10.0.0.1:1')
    expect(knock(strangers, '10.0.0.1', 4).isDestroyed).toBe(false)
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

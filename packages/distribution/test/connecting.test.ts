/**
 * Connections that are made by themselves, on demand, or not at all: auto-connect, allow, and why there is none.
 */
import type { Down, Exit, Pid } from '@agner/core'
import { describe, expect, it } from 'vitest'
import type { ConnectResult, Network, Stream } from '../src/index.ts'
import { createCluster, type Cluster, type Member } from './cluster.ts'

const why = async ({ runtime }: Cluster, { distribution }: Member, name: string): Promise<string> => {
  const result: ConnectResult = await runtime.runUntil(distribution.tryConnect(name))
  return result.connected ? 'connected' : result.why
}

describe('tryConnect says why there is no connection', () => {
  it('nobody of that name, nobody there, a bad name, not allowed, stopped', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', {
      hosts: { 'gone@h': '127.0.0.1:9' },
      allow: ['b@h', 'gone@h', 'nobody@h', 'mute@h'],
    })
    const b = await cluster.start('b@h')
    expect(await why(cluster, a, 'b@h')).toBe('connected')
    expect(await why(cluster, a, 'b@h')).toBe('connected')
    expect(await why(cluster, a, 'nobody@h')).toBe('unknown')
    expect(await why(cluster, a, 'gone@h')).toBe('unreachable')
    for (const name of ['', 'a', 'a@', 'two words@h', 'x\n@h', `${'ü'.repeat(120)}@${'ü'.repeat(120)}`])
      expect(await why(cluster, a, name)).toBe('bad_name')
    expect(await why(cluster, a, 'c@h')).toBe('not_allowed')
    expect(await why(cluster, a, 'a@h')).toBe('connected')
    await cluster.runtime.runUntil(b.distribution.stop())
    expect(await why(cluster, b, 'a@h')).toBe('stopped')
    expect(await cluster.runtime.runUntil(b.distribution.connect('a@h'))).toBe(false)
    await cluster.stop()
  })

  it('a refusal, in its own word, and silence', async () => {
    const cluster = createCluster()
    const mute = { host: '127.0.0.1', port: 77 }
    await cluster.network.listen(mute, () => ({ data: () => {}, closed: () => {} }))
    const a = await cluster.start('a@h', { hosts: { 'mute@h': '127.0.0.1:77' } })
    await cluster.start('b@h', { cookie: 'quite another cookie' })
    await cluster.start('c@h', { allow: ['b@h'] })
    expect(await why(cluster, a, 'b@h')).toBe('wrong_cookie')
    expect(await why(cluster, a, 'c@h')).toBe('not_allowed')
    expect(await why(cluster, a, 'mute@h')).toBe('timeout')
    await cluster.stop()
  })

  it('an address that nobody can dial: at once, and nothing is left of the attempt', async () => {
    const cluster = createCluster()
    const { runtime, network } = cluster
    const discovery = { lookup: (name: string) => Promise.resolve({ host: 'h', port: name === 'far@h' ? 70_000 : 1 }) }
    const picky: Network = {
      listen: network.listen.bind(network),
      connect: () => {
        throw new RangeError('no such host')
      },
    }
    const a = await cluster.start('a@h', { network: picky, portMapper: false, discovery })
    const before = [runtime.nowMs(), runtime.pendingTimers]
    expect(await runtime.runUntil(a.distribution.tryConnect('near@h'))).toMatchObject({
      why: 'unreachable',
      text: 'it cannot be dialled: no such host',
    })
    expect(await why(cluster, a, 'far@h')).toBe('unknown')
    expect([runtime.nowMs(), runtime.pendingTimers]).toEqual(before)
    expect(a.notices().join()).toContain('it gave the port 70000')
    await cluster.stop()
  })

  it('a certificate that cannot be judged, whichever side cannot', async () => {
    const cluster = createCluster()
    const { network, runtime } = cluster
    const binding = new Uint8Array(32)
    const secured = (refusal: () => string | null): Network => {
      const proves = (stream: Stream) =>
        Object.defineProperty(stream, 'security', { value: { fault: null, binding, refusal } })
      return {
        listen: (address, accept) => network.listen(address, (stream) => accept(proves(stream))),
        connect: (address, handlers) => proves(network.connect(address, handlers)),
      }
    }
    const throws = (): never => {
      throw new Error('no such field\nin the certificate')
    }
    const options = { portMapper: false as const }
    const a = await cluster.start('a@h', { ...options, network: secured(throws) })
    const at = ({ distribution }: Member): string =>
      `${distribution.listenAddress!.host}:${distribution.listenAddress!.port}`
    const b = await cluster.start('b@h', { ...options, network: secured(() => null), hosts: { 'a@h': at(a) } })
    const c = await cluster.start('c@h', { ...options, network: secured(throws), hosts: { 'b@h': at(b) } })
    const before = runtime.nowMs()
    expect([await why(cluster, b, 'a@h'), await why(cluster, c, 'b@h')]).toEqual(['certificate', 'certificate'])
    expect(runtime.nowMs()).toBe(before)
    for (const { notices } of [a, c])
      expect(notices().join()).toContain('its certificate cannot be judged: no such field in the certificate.')
    await cluster.stop()
    expect(runtime.pendingTimers).toBe(0)
  })
})

describe('allow', () => {
  it('lets in only who was named, from the first call on; what stands is not touched', async () => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    const c = await cluster.start('c@h')
    expect(await why(cluster, b, 'a@h')).toBe('connected')
    a.distribution.allow(['c@h'])
    expect(a.distribution.nodes()).toEqual(['b@h'])
    expect(await why(cluster, c, 'a@h')).toBe('connected')
    a.distribution.disconnect('b@h')
    await cluster.runtime.settle()
    expect([await why(cluster, a, 'b@h'), await why(cluster, b, 'a@h')]).toEqual(['not_allowed', 'not_allowed'])
    expect(a.notices().join()).toContain('b@h (as it calls itself)')
    expect(b.notices().join()).toContain('b@h is not among those that it allows')
    a.distribution.allow(['b@h'])
    a.distribution.disconnect('c@h')
    expect([await why(cluster, b, 'a@h'), await why(cluster, c, 'a@h')]).toEqual(['connected', 'connected'])
    expect(() => a.distribution.allow(['nobody'])).toThrow(expect.objectContaining({ code: 'distribution.bad_option' }))
    await cluster.stop()
  })
})

describe('nodes', () => {
  it('known are those that are or were connected; this is this one', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', { limits: { knownNodes: 2 } })
    for (const name of ['b@h', 'c@h', 'd@h']) await cluster.start(name)
    expect([a.distribution.nodes('this'), a.distribution.nodes('known')]).toEqual([['a@h'], ['a@h']])
    for (const name of ['b@h', 'c@h']) await why(cluster, a, name)
    for (const name of ['b@h', 'c@h']) a.distribution.disconnect(name)
    expect(a.distribution.nodes('connected')).toEqual([])
    expect(a.distribution.nodes('known')).toEqual(['a@h', 'b@h', 'c@h'])
    // The oldest is forgotten.
    await why(cluster, a, 'd@h')
    expect(a.distribution.nodes('known')).toEqual(['a@h', 'd@h', 'c@h'])
    await cluster.stop()
  })
})

describe('autoConnect', () => {
  const pair = async (autoConnect: 'always' | 'once' | 'never') => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h', { autoConnect }), await cluster.start('b@h')]
    const got: unknown[] = []
    b.node.spawn<unknown>(
      async (self) => {
        for (;;) got.push(await self.receive())
      },
      { name: 'sink' },
    )
    const send = async (message: string) => {
      a.node.send({ name: 'sink', node: 'b@h' }, message as never)
      await cluster.runtime.advance(1000)
    }
    return { cluster, a, b, got, send }
  }

  it('never: only connect makes a connection; all else meets noconnection at once', async () => {
    const { cluster, a, b, got, send } = await pair('never')
    await send('lost')
    const there = b.node.spawn<unknown>(async (self) => void (await self.receive()))
    await cluster.inProcess<Down | Exit>(a, async (self) => {
      self.trapExits(true)
      const ref = self.monitor({ name: 'sink', node: 'b@h' })
      expect(await self.receive()).toMatchObject({ type: 'down', ref, reason: 'noconnection' })
      self.link(there)
      expect(await self.receive()).toMatchObject({ type: 'exit', from: there, reason: 'noconnection' })
      await expect(self.request({ name: 'sink', node: 'b@h' }, 1)).rejects.toMatchObject({ code: 'call.no_connection' })
      await expect(self.spawnAt('b@h', '@acme/nothing', 'run', null)).rejects.toMatchObject({
        code: 'spawn.no_connection',
      })
      a.distribution.monitorNode(self, 'b@h')
      expect(await self.receive()).toEqual({ type: 'nodedown', node: 'b@h', reason: 'connection_setup_failed' })
      self.sendExit(there, 'kill')
    })
    expect([a.distribution.stats().connectFailures, b.distribution.nodes()]).toEqual([0, []])
    expect(await why(cluster, a, 'b@h')).toBe('connected')
    await send('heard')
    expect(got).toEqual(['heard'])
    expect(a.node.counters().processes).toBe(0)
    await cluster.stop()
  })

  it('never: whoever connects to this node is let in, and talked to', async () => {
    const { cluster, b, got, send } = await pair('never')
    expect(await why(cluster, b, 'a@h')).toBe('connected')
    await send('heard')
    expect(got).toEqual(['heard'])
    await cluster.stop()
  })

  it('once: after a loss it takes a connect, here or there', async () => {
    const { cluster, a, b, got, send } = await pair('once')
    await send('first')
    a.distribution.disconnect('b@h')
    await send('lost')
    expect(await why(cluster, a, 'b@h')).toBe('connected')
    await send('second')
    await cluster.runtime.runUntil(b.distribution.stop())
    await send('lost again')
    expect(got).toEqual(['first', 'second'])
    await cluster.stop()
  })

  it('once: what could not be connected to is tried again', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', { autoConnect: 'once' })
    const send = () => a.node.send({ name: 'sink', node: 'b@h' }, 1 as never)
    send()
    await cluster.runtime.advance(1000)
    expect(a.distribution.stats().connectFailures).toBe(1)
    await cluster.start('b@h')
    send()
    await cluster.runtime.advance(1000)
    expect(a.distribution.nodes()).toEqual(['b@h'])
    await cluster.stop()
  })

  it('always: the next signal connects again', async () => {
    const { cluster, a, got, send } = await pair('always')
    await send('first')
    a.distribution.disconnect('b@h')
    await send('second')
    expect(got).toEqual(['first', 'second'])
    await cluster.stop()
  })

  it('a signal that is turned back spares a connection that comes up in the same turn', async () => {
    const { cluster, a, b } = await pair('never')
    const there = b.node.spawn<unknown>(async (self) => void (await self.receive()))
    await cluster.inProcess<Down>(a, async (self) => {
      const lost = self.monitor(there)
      expect(await self.wait(a.distribution.connect('b@h'))).toBe(true)
      const kept = self.monitor(there)
      expect(await self.receive()).toMatchObject({ ref: lost, reason: 'noconnection' })
      self.sendExit(there as Pid<unknown>, 'kill')
      expect(await self.receive()).toMatchObject({ ref: kept, reason: 'killed' })
    })
    await cluster.stop()
  })

  it('is one of three words', async () => {
    const cluster = createCluster()
    for (const [option, value] of [
      ['autoConnect', 'sometimes'],
      ['connectAll', 1],
      ['allow', 'b@h'],
      ['allow', ['b']],
    ] as const)
      await expect(cluster.start('a@h', { [option]: value })).rejects.toMatchObject({
        code: 'distribution.bad_option',
        details: { option },
      })
    await cluster.stop()
  })
})

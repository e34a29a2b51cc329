/** TLS with certificates on both sides: who gets in, who does not, and what both sides say then. */
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { createNode, type Node } from '@agner/core'
import { freePort } from '@agner/testing'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createAuthority,
  createCertificate,
  listNodes,
  startDistribution,
  tcp,
  tls,
  type CertificateOptions,
  type Distribution,
  type Network,
  type TlsOptions,
} from '../../src/index.ts'

const cookie = 'a cookie for the tests'
const authority = createAuthority()
const other = createAuthority()
const running: { node: Node; distribution: Distribution }[] = []

afterEach(async () => {
  for (const { distribution, node } of running.splice(0)) {
    await distribution.stop()
    await node.stop()
  }
})

interface Here {
  readonly name: string
  readonly distribution: Distribution
  readonly notices: string[]
  said(fits: RegExp): Promise<void>
}

const options = (name: string, of: Partial<TlsOptions> = {}, made: CertificateOptions = {}): TlsOptions => ({
  ...createCertificate(authority, name, made),
  ca: authority.cert,
  ...of,
})

async function start(name: string, network: Network, to?: Here, extra = cookie): Promise<Here> {
  const notices: string[] = []
  const watchers = new Set<() => void>()
  const node = createNode({ name, report: () => {} })
  const { host, port } = to?.distribution.listenAddress ?? { host: '', port: 0 }
  const distribution = await startDistribution(node, {
    cookie: extra,
    network,
    portMapper: false,
    ...(to !== undefined && { hosts: { [to.name]: `${host}:${port}` } }),
    log: ({ text }) => {
      notices.push(text)
      for (const watcher of watchers) watcher()
    },
  })
  running.push({ node, distribution })
  const said = (fits: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!notices.some((text) => fits.test(text))) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  return { name, distribution, notices, said }
}

describe('two nodes with TLS', () => {
  it('connect, each with a certificate for its host, or for itself', async () => {
    for (const verify of ['host', 'node', 'any'] as const) {
      const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1', { verify })))
      const a = await start('a@127.0.0.1', tls(options('a@127.0.0.1', { verify })), b)
      expect(await a.distribution.connect(b.name)).toBe(true)
      expect(b.distribution.nodes()).toEqual([a.name])
    }
  })

  it('need no certificate of their own name where the host is enough, and do where it is not', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1')))
    const a = await start('a@127.0.0.1', tls(options('someone@127.0.0.1')), b)
    expect(await a.distribution.connect(b.name)).toBe(true)
    const strict = await start('c@127.0.0.1', tls(options('c@127.0.0.1', { verify: 'node' })))
    const d = await start('d@127.0.0.1', tls(options('someone@127.0.0.1')), strict)
    expect(await d.distribution.connect(strict.name)).toBe(false)
    expect(strict.notices.join()).toMatch(
      /refused d@127\.0\.0\.1 .*: its certificate is not for the node agner:\/\/d@127\.0\.0\.1, but for URI:agner:\/\/someone@127\.0\.0\.1, IP Address:127\.0\.0\.1/,
    )
    expect(d.notices.join()).toMatch(/c@127\.0\.0\.1 refused this node: it does not trust this node's certificate/)
  })

  it('by names that no URI can hold as they are', async () => {
    const name = 'köchin/1@[::1]'
    const b = await start(name, tls(options(name, { verify: 'node' })))
    const a = await start('a@127.0.0.1', tls(options('a@127.0.0.1', { verify: 'node' })), b)
    expect(await a.distribution.connect(name)).toBe(true)
  })

  it('do not when the one who is dialled has a certificate for another', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@10.0.0.2')))
    const a = await start('a@127.0.0.1', tls(options('a@127.0.0.1')), b)
    expect(await a.distribution.connect(b.name)).toBe(false)
    expect(a.notices.join()).toMatch(
      /refused b@127\.0\.0\.1: its certificate is not for the host 127\.0\.0\.1, but for .*10\.0\.0\.2/,
    )
    await b.said(/refused this node: it does not trust this node's certificate/)
    expect(b.distribution.nodes()).toEqual([])
  })

  it.each([
    [
      'of another authority',
      () => ({ ...createCertificate(other, 'a@127.0.0.1'), ca: authority.cert }),
      /of another authority: CN=Agner development CA/,
    ],
    [
      'that has expired',
      () => options('a@127.0.0.1', {}, { from: new Date(Date.now() - 3 * 86_400_000), days: 1 }),
      /has expired \(its own is valid until/,
    ],
    [
      'that is not valid yet',
      () => options('a@127.0.0.1', {}, { from: new Date(Date.now() + 86_400_000) }),
      /not valid yet/,
    ],
  ])('refuse a certificate %s, whichever side has it, and say so on both', async (_, bad, why) => {
    const good = await start('b@127.0.0.1', tls(options('b@127.0.0.1')))
    const dials = await start('a@127.0.0.1', tls(bad()), good)
    expect(await dials.distribution.connect(good.name)).toBe(false)
    await good.said(why)
    expect(dials.notices.join()).toMatch(/b@127\.0\.0\.1 refused this node: it does not trust/)

    const listens = await start('a@127.0.0.1', tls(bad()))
    const asks = await start('c@127.0.0.1', tls(options('c@127.0.0.1')), listens)
    expect(await asks.distribution.connect(listens.name)).toBe(false)
    expect(asks.notices.join()).toMatch(why)
    await listens.said(/refused this node: it does not trust/)
    expect([good, listens].map(({ distribution }) => distribution.nodes())).toEqual([[], []])
  })

  it('refuse who shows no certificate', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1')))
    const { port } = b.distribution.listenAddress!
    const socket = connectTls({ port, host: '127.0.0.1', ca: authority.cert, ALPNProtocols: ['agner'] })
    socket.on('error', () => {})
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
    await b.said(/refused somebody at 127\.0\.0\.1: it shows no certificate/)
  })

  it('prove the cookie inside, for this session only: who ends TLS on the way cannot pass proofs on', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1')))
    const relayed = tls(options('b@127.0.0.1'))
    // Somebody with certificates that both trust, who passes on every byte.
    const relay = await relayed.listen({ host: '127.0.0.1', port: 0 }, (stream) => {
      const waiting: Uint8Array[] = []
      let isOpen = false
      const out = relayed.connect(b.distribution.listenAddress!, {
        opened: () => {
          isOpen = true
          for (const bytes of waiting) out.write([bytes])
        },
        data: (bytes) => void stream.write([bytes.slice()]),
        closed: () => stream.close(),
      })
      return {
        data: (bytes) => void (isOpen ? out.write([bytes.slice()]) : waiting.push(bytes.slice())),
        closed: () => out.close(),
      }
    })
    const there = { ...b, distribution: { ...b.distribution, listenAddress: relay.address } as Distribution }
    const a = await start('a@127.0.0.1', tls(options('a@127.0.0.1')), there)
    expect(await a.distribution.connect(b.name)).toBe(false)
    expect(a.notices.join()).toMatch(/does not have its cookie/)
    await relay.close()
  })

  it('take renewed certificates without a restart; connections that stand stay', async () => {
    const [netA, netB] = [tls(options('a@127.0.0.1')), tls(options('b@127.0.0.1'))]
    const b = await start('b@127.0.0.1', netB)
    const a = await start('a@127.0.0.1', netA, b)
    expect(await a.distribution.connect(b.name)).toBe(true)
    expect(() => netB.update({ cert: 'rubbish', key: 'rubbish', ca: 'rubbish' })).toThrow(
      /credentials for TLS cannot be used/,
    )
    netB.update({ ...createCertificate(other, b.name), ca: [other.cert, authority.cert] })
    expect(b.distribution.nodes()).toEqual([a.name])
    a.distribution.disconnect(b.name)
    expect(await a.distribution.connect(b.name)).toBe(false)
    expect(a.notices.join()).toMatch(/of another authority/)
    netA.update({ ...createCertificate(other, a.name), ca: other.cert })
    expect(await a.distribution.connect(b.name)).toBe(true)
  })

  it('do not talk to those without, and both sides say which is which', async () => {
    const plain = await start('plain@127.0.0.1', tcp)
    const a = await start('a@127.0.0.1', tls(options('a@127.0.0.1')), plain)
    expect(await a.distribution.connect(plain.name)).toBe(false)
    expect(a.notices.join()).toMatch(/the other side does not speak TLS/)
    await plain.said(/it speaks TLS and this node does not/)

    const b = await start('plain2@127.0.0.1', tcp, a)
    expect(await b.distribution.connect(a.name)).toBe(false)
    expect(b.notices.join()).toMatch(/what listens there may speak TLS/)
    await a.said(/the other side does not speak TLS/)
  })

  it('need the same cookie all the same', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1')))
    const a = await start('a@127.0.0.1', tls(options('a@127.0.0.1')), b, 'quite another cookie')
    expect(await a.distribution.connect(b.name)).toBe(false)
    expect(a.notices.join()).toMatch(/does not have its cookie/)
  })
})

describe('a function for verify that throws', () => {
  const strict = (): never => {
    throw new Error('no such field in the certificate')
  }

  it('accepts nobody, whichever side has it, and ends no program', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1', { verify: strict })))
    const a = await start('a@127.0.0.1', tls(options('a@127.0.0.1')), b)
    const c = await start('c@127.0.0.1', tls(options('c@127.0.0.1', { verify: strict })), a)
    expect(await a.distribution.tryConnect(b.name)).toMatchObject({ why: 'certificate' })
    expect(await c.distribution.tryConnect(a.name)).toMatchObject({ why: 'certificate' })
    for (const { said } of [b, c]) await said(/its certificate cannot be judged: no such field in the certificate/)
  })
})

describe('the port mapper with TLS', () => {
  const startBy = async (name: string, network: Network, port: number): Promise<Distribution> => {
    const node = createNode({ name, report: () => {} })
    try {
      const distribution = await startDistribution(node, { cookie, network, portMapper: { port } })
      running.push({ node, distribution })
      return distribution
    } catch (error) {
      await node.stop()
      throw error
    }
  }

  it('lets nodes find each other, and listens to nobody without a certificate', async () => {
    const port = await freePort()
    const [netA, netB] = [tls(options('a@127.0.0.1')), tls(options('b@127.0.0.1'))]
    const [a] = [await startBy('a@127.0.0.1', netA, port), await startBy('b@127.0.0.1', netB, port)]
    expect(await a.connect('b@127.0.0.1')).toBe(true)
    expect((await listNodes({ port, network: netA })).map(({ name }) => name)).toEqual(['a@127.0.0.1', 'b@127.0.0.1'])
    const foreign = tls({ ...createCertificate(other, 'c@127.0.0.1'), ca: authority.cert })
    await expect(listNodes({ port, network: foreign })).rejects.toMatchObject({
      code: 'distribution.mapper_unreachable',
    })
    const blind = tls({ ...createCertificate(authority, 'd@127.0.0.1'), ca: other.cert })
    await expect(startBy('d@127.0.0.1', blind, port)).rejects.toMatchObject({
      code: 'distribution.mapper_unreachable',
      message: expect.stringMatching(/of another authority/) as string,
    })
  })

  it('says so when the one that is there is without, or the node is', async () => {
    const port = await freePort()
    await startBy('a@127.0.0.1', tcp, port)
    const unreachable = { code: 'distribution.mapper_unreachable' }
    await expect(startBy('b@127.0.0.1', tls(options('b@127.0.0.1')), port)).rejects.toMatchObject({
      ...unreachable,
      message: expect.stringMatching(/may not speak TLS/) as string,
    })
    const other = await freePort()
    await startBy('c@127.0.0.1', tls(options('c@127.0.0.1')), other)
    await expect(startBy('d@127.0.0.1', tcp, other)).rejects.toMatchObject({
      ...unreachable,
      message: expect.stringMatching(/closes every connection/) as string,
    })
  })
})

describe('strangers at a port with TLS', () => {
  it('that say nothing are cut off in time, and are bounded in number', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1', { handshakeTimeoutMs: 300, pendingHandshakes: 4 })))
    const { port } = b.distribution.listenAddress!
    const ended: number[] = []
    const crowd = Array.from({ length: 12 }, (_, i) => {
      const socket = connectTcp({ port, host: '127.0.0.1' })
      socket.on('error', () => {})
      socket.resume()
      return new Promise<void>((resolve) =>
        socket.once('close', () => {
          ended.push(i)
          resolve()
        }),
      )
    })
    await Promise.all(crowd)
    expect(ended.length).toBe(12)
    const a = await start('a@127.0.0.1', tls(options('a@127.0.0.1')), b)
    expect(await a.distribution.connect(b.name)).toBe(true)
  })

  // Only Linux has more than one address on its loopback without being asked.
  it.runIf(process.platform === 'linux')('keep nobody from another address out', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1', { pendingHandshakes: 4 })))
    const { port } = b.distribution.listenAddress!
    const flood = Array.from({ length: 8 }, () =>
      connectTcp({ port, host: '127.0.0.1' })
        .on('error', () => {})
        .resume(),
    )
    const ends = flood.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    // Those that came last have no place.
    await Promise.all(ends.slice(4))
    const friend = connectTls({
      ...options('a@127.0.0.2'),
      ca: authority.cert,
      port,
      host: '127.0.0.1',
      localAddress: '127.0.0.2',
      ALPNProtocols: ['agner'],
    } as ConnectionOptions)
    await once(friend, 'secureConnect')
    // He got the place of the oldest.
    await ends[0]
    expect(flood.filter(({ destroyed }) => !destroyed)).toHaveLength(3)
    for (const socket of [friend, ...flood]) socket.destroy()
  })

  it('that were refused lose their socket in time, whatever they go on to say', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1')))
    const { port } = b.distribution.listenAddress!
    const socket = connectTls({
      ...options('a@127.0.0.1'),
      ca: authority.cert,
      port,
      host: '127.0.0.1',
      allowHalfOpen: true,
      ALPNProtocols: ['agner'],
    } as ConnectionOptions)
    socket.on('error', () => {}).resume()
    socket.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff))
    await new Promise((resolve) => socket.once('end', resolve))
    const say = (): void => void (socket.destroyed ? undefined : socket.write('x', () => setTimeout(say, 50)))
    say()
    await new Promise((resolve) => socket.once('close', resolve))
  })

  it('with an older TLS, or another protocol inside, are sent away', async () => {
    const b = await start('b@127.0.0.1', tls(options('b@127.0.0.1')))
    const { port } = b.distribution.listenAddress!
    for (const more of [{ maxVersion: 'TLSv1.2' }, { ALPNProtocols: ['h2'] }] as const) {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...more })
      const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
      expect(error.message).toMatch(/protocol/)
    }
  })
})

describe('credentials', () => {
  it('that cannot be used are refused at once, and it says what to do', async () => {
    const { cert, key } = createCertificate(authority, 'a@127.0.0.1')
    const bad = (of: object): unknown => {
      try {
        return tls({ cert, key, ca: authority.cert, ...of })
      } catch (error) {
        return error
      }
    }
    const code = 'distribution.bad_credentials'
    expect(bad({ key: '' })).toMatchObject({ code, message: expect.stringMatching(/key\): it is missing/) as string })
    expect(bad({ key: authority.key })).toMatchObject({ code, message: expect.stringMatching(/mismatch/) as string })
    expect(bad({ cert: 'x' })).toMatchObject({
      code,
      message: expect.stringMatching(/npx agner certificates/) as string,
    })
  })
})

/**
 * Cookies of single peers, and cookies that change while nodes run.
 */
import { describe, expect, it } from 'vitest'
import { cookie, createCluster, type Cluster, type Member } from './cluster.ts'

const other = 'a cookie for two of them'

const why = async ({ runtime }: Cluster, { distribution }: Member, name: string): Promise<string> => {
  const result = await runtime.runUntil(distribution.tryConnect(name))
  return result.connected ? 'connected' : result.why
}

describe('the cookie of one peer', () => {
  it('must be the same on both sides, whoever begins; the others keep theirs', async () => {
    const cluster = createCluster()
    const [a, b, c] = [await cluster.start('a@h'), await cluster.start('b@h'), await cluster.start('c@h')]
    a.distribution.setCookie(other, 'b@h')
    expect([await why(cluster, a, 'b@h'), await why(cluster, b, 'a@h')]).toEqual(['wrong_cookie', 'wrong_cookie'])
    expect(a.notices().join()).toContain('does not have')
    expect(b.notices().join()).toContain('does not have')
    b.distribution.setCookie(other, 'a@h')
    expect(await why(cluster, b, 'a@h')).toBe('connected')
    expect([await why(cluster, c, 'a@h'), await why(cluster, c, 'b@h')]).toEqual(['connected', 'connected'])
    expect([a.distribution.getCookie('b@h'), a.distribution.getCookie('c@h'), a.distribution.getCookie()]).toEqual([
      other,
      cookie,
      cookie,
    ])
    await cluster.stop()
  })

  it('can be taken away again', async () => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    a.distribution.setCookie(other, 'b@h')
    a.distribution.setCookie(null, 'b@h')
    expect(await why(cluster, b, 'a@h')).toBe('connected')
    await cluster.stop()
  })

  it('is of no use to a third node that has it', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h')
    const thief = await cluster.start('c@h', { cookie: other })
    a.distribution.setCookie(other, 'b@h')
    expect(await why(cluster, thief, 'a@h')).toBe('wrong_cookie')
    await cluster.stop()
  })
})

describe('a cookie that changes', () => {
  it('counts from the next connection on, and can be rolled through a cluster', async () => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    expect(await why(cluster, a, 'b@h')).toBe('connected')
    a.distribution.setCookie(other)
    expect(a.distribution.nodes()).toEqual(['b@h'])
    a.distribution.disconnect('b@h')
    await cluster.runtime.settle()
    expect(await why(cluster, b, 'a@h')).toBe('wrong_cookie')
    b.distribution.setCookie(other, 'b@h')
    expect(b.distribution.getCookie()).toBe(other)
    expect(await why(cluster, b, 'a@h')).toBe('connected')
    await cluster.stop()
  })

  it('is as long as any, and never repeated in an error', async () => {
    const cluster = createCluster()
    const { distribution } = await cluster.start('a@h')
    for (const bad of ['', 'short secret', 17, null]) {
      try {
        distribution.setCookie(bad as string)
        expect.unreachable()
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^distribution\.(no_cookie|weak_cookie|bad_option)$/)
        expect(JSON.stringify(error) + String(error)).not.toContain('short secret')
      }
    }
    expect(() => distribution.setCookie('short secret', 'b@h')).toThrow('at least 16')
    expect(distribution.getCookie()).toBe(cookie)
    await cluster.stop()
  })
})

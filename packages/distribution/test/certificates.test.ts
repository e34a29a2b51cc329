/** Certificates for development: what Node reads in them, and how nodes are named in them. */
import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alternativeNames, uriOf } from '../src/certificates/names.ts'
import { createAuthority, createCertificate } from '../src/index.ts'
import { mismatch } from '../src/network/tls-security.ts'

const authority = createAuthority()
const ca = new X509Certificate(authority.cert)
const dayMs = 86_400_000

describe('a development authority', () => {
  it('is one, and signs itself', () => {
    expect(ca.ca).toBe(true)
    expect(ca.verify(ca.publicKey)).toBe(true)
    expect(ca.subject).toBe(ca.issuer)
    expect(ca.validToDate.getTime() - Date.now()).toBeGreaterThan(3649 * dayMs)
    expect(new X509Certificate(createAuthority({ days: 36_500 }).cert).validToDate.getUTCFullYear()).toBeGreaterThan(
      2100,
    )
  })

  it('makes certificates that name a node, its host, and other hosts', () => {
    const { cert, key } = createCertificate(authority, 'chat@db.local', {
      hosts: ['10.0.0.2', '::ffff:1', 'fe80::1:2%eth0', '::10.1.2.3', '1:2:3:4:5:6:7:8', 'x y'],
      days: 2,
    })
    const made = new X509Certificate(cert)
    expect(made.ca).toBe(false)
    expect(made.checkIssued(ca)).toBe(true)
    expect(made.verify(ca.publicKey)).toBe(true)
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    expect(made.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
    expect(alternativeNames(made.subjectAltName)).toEqual([
      { kind: 'URI', value: 'agner://chat@db.local' },
      { kind: 'DNS', value: 'db.local' },
      { kind: 'IP Address', value: '10.0.0.2' },
      { kind: 'IP Address', value: '0:0:0:0:0:0:FFFF:1' },
      { kind: 'IP Address', value: 'FE80:0:0:0:0:0:1:2' },
      { kind: 'IP Address', value: '0:0:0:0:0:0:A01:203' },
      { kind: 'IP Address', value: '1:2:3:4:5:6:7:8' },
    ])
    expect([made.checkHost('db.local'), made.checkIP('10.0.0.2'), made.checkIP('fe80::1:2')]).not.toContain(undefined)
    expect(Math.round((made.validToDate.getTime() - Date.now()) / dayMs)).toBe(2)
    expect(new X509Certificate(createCertificate(authority, 'chat@db.local').cert).serialNumber).not.toBe(
      made.serialNumber,
    )
  })

  it('is needed, and no other will do', () => {
    const wrong = { code: 'distribution.bad_credentials' }
    const thrown = (make: () => unknown): unknown => {
      try {
        return make()
      } catch (error) {
        return error
      }
    }
    expect(thrown(() => createCertificate(createCertificate(authority, 'a@h'), 'b@h'))).toMatchObject(wrong)
    expect(thrown(() => createCertificate({ cert: 'x', key: 'y' }, 'b@h'))).toMatchObject(wrong)
    expect(thrown(() => createCertificate({ ...authority, key: createAuthority().key }, 'b@h'))).toMatchObject(wrong)
  })
})

describe('the name in a certificate', () => {
  const certificate = (node: string, hosts: string[] = []) =>
    new X509Certificate(createCertificate(authority, node, { hosts }).cert)

  it('is that of the node, or of its host, as it is wanted', () => {
    const made = certificate('a@db.local', ['10.0.0.2'])
    expect(mismatch(made, 'a@db.local', 'node')).toBeNull()
    expect(mismatch(made, 'b@db.local', 'node')).toMatch(
      /not for the node agner:\/\/b@db\.local, but for URI:agner:\/\/a@db/,
    )
    expect(mismatch(made, 'b@db.local', 'host')).toBeNull()
    expect(mismatch(made, 'b@10.0.0.2', 'host')).toBeNull()
    expect(mismatch(made, 'b@10.0.0.3', 'host')).toMatch(/not for the host 10\.0\.0\.3/)
    expect(mismatch(made, 'b@local', 'host')).toMatch(/not for the host local/)
    expect(mismatch(made, 'b@*', 'host')).not.toBeNull()
    expect(mismatch(made, 'b@elsewhere', 'any')).toBeNull()
    expect(mismatch(made, 'b@x', (cert, node) => cert === made && node === 'b@x')).toBeNull()
    expect(mismatch(made, 'b@y', (_, node) => node === 'b@x')).toMatch(/not accepted for b@y/)
    // As code without types may give it.
    for (const verdict of [Promise.resolve(true), Promise.reject(new Error('away'))])
      expect(mismatch(made, 'b@y', () => verdict as never)).toMatch(/verify gave a promise, and must answer at once/)
    for (const verdict of ['yes', 1, {}]) expect(mismatch(made, 'b@y', () => verdict as never)).toMatch(/not accepted/)
  })

  it('cannot be forged by one that looks like two', () => {
    const part = fc.stringMatching(/^[a-z,":=/ü \\@]{1,12}$/).map((text) => text.replace(/[\s@]/g, '-'))
    fc.assert(
      fc.property(part, part, part, part, (name, host, otherName, otherHost) => {
        const [node, other] = [`${name}@${host}`, `${otherName}@${otherHost}`]
        const made = certificate(node)
        if (mismatch(made, node, 'node') !== null) return false
        return node === other || mismatch(made, other, 'node') !== null
      }),
      { numRuns: 100 },
    )
    expect(alternativeNames('URI:"agner://a@b, URI:agner://c@d", DNS:x')).toEqual([
      { kind: 'URI', value: 'agner://a@b, URI:agner://c@d' },
      { kind: 'DNS', value: 'x' },
    ])
    expect([alternativeNames(undefined), alternativeNames('URI:"unfinished')]).toEqual([[], []])
    expect(uriOf('a b@[::1]')).toBe('agner://a%20b@%5B%3A%3A1%5D')
  })
})

/**
 * A certificate authority for development and tests, and certificates for nodes: keys on P-256, signed with ECDSA and
 * SHA-256, each for clients and for servers.
 *
 * Its key lies where the certificates do, so whoever reads that folder can be any node. In earnest use an authority that
 * is kept apart.
 */
import { messageOf } from '@agner/core/kernel'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { isIP } from 'node:net'
import { distributionError } from '../errors.ts'
import { bits, explicit, implicit, integer, octets, oid, sequence, set, time, utf8, yes } from './der.ts'
import { hostOf, isDnsName, uriOf } from './names.ts'

/** A certificate and its private key, as PEM. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

export interface CertificateOptions {
  /** For how long it is valid. Default 365. */
  readonly days?: number
  /** When that begins. Default: an hour ago, since clocks differ. */
  readonly from?: Date
  /** More hosts, by name or address, than the one of the node's name. */
  readonly hosts?: readonly string[]
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))

/** An authority for {@link createCertificate}. Valid for ten years, if not said otherwise. */
export function createAuthority(options: Omit<CertificateOptions, 'hosts'> = {}): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = `Agner development CA ${randomBytes(4).toString('hex')}`
  return issue({
    subject: name,
    publicKey,
    issuer: name,
    issuerKey: publicKey,
    signWith: privateKey,
    ownKey: privateKey,
    options: { days: 3650, ...options },
    extensions: [
      // cA, and nothing below it may be an authority.
      extension('2.5.29.19', true, sequence(yes, integer(Uint8Array.of(0)))),
      // keyCertSign, cRLSign
      extension('2.5.29.15', true, bits(Uint8Array.of(0x06), 1)),
    ],
  })
}

/**
 * A certificate for the node `name@host`: for the node as the URI `agner://name@host`, and for its host.
 *
 * @throws `distribution.bad_credentials` when the authority is none of {@link createAuthority}.
 */
export function createCertificate(authority: Identity, node: string, options: CertificateOptions = {}): Identity {
  const { issuer, issuerKey, signWith } = readAuthority(authority)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const names = [
    implicit(6, Buffer.from(uriOf(node), 'latin1')),
    ...new Set([hostOf(node), ...(options.hosts ?? [])]).values().flatMap(hostName),
  ]
  return issue({
    subject: node.length <= 64 ? node : node.slice(0, 64),
    publicKey,
    issuer,
    issuerKey,
    signWith,
    ownKey: privateKey,
    options,
    extensions: [
      extension('2.5.29.19', true, sequence()),
      // digitalSignature
      extension('2.5.29.15', true, bits(Uint8Array.of(0x80), 7)),
      // serverAuth, clientAuth
      extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
      extension('2.5.29.17', false, sequence(...names)),
    ],
  })
}

function readAuthority({ cert, key }: Identity): { issuer: string; issuerKey: KeyObject; signWith: KeyObject } {
  try {
    const certificate = new X509Certificate(cert)
    const signWith = createPrivateKey(key)
    const issuer = /^CN=(Agner development CA [0-9a-f]{8})$/.exec(certificate.subject)?.[1]
    if (issuer === undefined) throw new Error('it is no development authority of this command')
    if (!certificate.checkPrivateKey(signWith)) throw new Error('the key is not that of the certificate')
    return { issuer, issuerKey: createPublicKey(signWith), signWith }
  } catch (error) {
    throw distributionError('distribution.bad_credentials', {
      what: 'authority',
      reason: messageOf(error),
    })
  }
}

interface Issue {
  readonly subject: string
  readonly publicKey: KeyObject
  readonly issuer: string
  readonly issuerKey: KeyObject
  readonly signWith: KeyObject
  readonly ownKey: KeyObject
  readonly options: CertificateOptions
  readonly extensions: readonly Uint8Array[]
}

function issue({ subject, publicKey, issuer, issuerKey, signWith, ownKey, options, extensions }: Issue): Identity {
  const { days = 365, from = new Date(Date.now() - hourMs) } = options
  const until = new Date(from.getTime() + hourMs + days * dayMs)
  const serial = randomBytes(16)
  // Positive, and of full length.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const signed = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(serial),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(from), time(until)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(
        ...extensions,
        extension('2.5.29.14', false, octets(identifierOf(publicKey))),
        extension('2.5.29.35', false, sequence(implicit(0, identifierOf(issuerKey)))),
      ),
    ),
  )
  const certificate = sequence(signed, ecdsaWithSha256, bits(sign('sha256', signed, signWith)))
  return { cert: pem(certificate), key: ownKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}

function nameOf(common: string): Uint8Array {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(common))))
}

function extension(id: string, isCritical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(id), ...(isCritical ? [yes] : []), octets(value))
}

/** The key as it stands at the end of its DER form: an uncompressed point of P-256. */
function identifierOf(key: KeyObject): Uint8Array {
  const point = key.export({ type: 'spki', format: 'der' }).subarray(-65)
  return createHash('sha1').update(point).digest()
}

/** As DNS name or as address; none for what is neither. */
function hostName(host: string): Uint8Array[] {
  if (isIP(host) !== 0) return [implicit(7, addressBytes(host))]
  return isDnsName(host) ? [implicit(2, Buffer.from(host, 'latin1'))] : []
}

function addressBytes(host: string): Uint8Array {
  if (isIP(host) === 4) return Uint8Array.from(host.split('.').map(Number))
  // The end may be written as an IPv4 address, a run of zeros as two colons, and a zone may follow.
  const hex = host.replace(/%.*$/, '').replace(/[\d.]+\.[\d.]+$/, (four) => {
    const [a = 0, b = 0, c = 0, d = 0] = four.split('.').map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [first = [], last = []] = hex.split('::').map((text) => (text === '' ? [] : text.split(':')))
  const all = [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last]
  return Uint8Array.from(all.flatMap((group) => [parseInt(group, 16) >>> 8, parseInt(group, 16) & 0xff]))
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

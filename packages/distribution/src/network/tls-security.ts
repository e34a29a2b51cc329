/**
 * What a certificate says of the other end, in words. Pure.
 */
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { alternativeNames, hostOf, isDnsName, uriOf } from '../certificates/names.ts'

/**
 * Which certificates may be the node `name@host`.
 *
 * - `host`: one for that host, as DNS name or IP address; or one for the node.
 * - `node`: one for the node: with the URI `agner://name@host` among its alternative names.
 * - `any`: whatever the authority has signed.
 * - A function that knows, at once. While it throws, or answers with anything but true, nobody is accepted: a promise is no answer.
 */
export type Verify = 'host' | 'node' | 'any' | ((certificate: X509Certificate, node: string) => boolean)

/** Why a certificate cannot be that of `node`; null if it can. */
export function mismatch(certificate: X509Certificate, node: string, verify: Verify): string | null {
  const { subjectAltName } = certificate
  if (typeof verify === 'function') return refusedBy(verify(certificate, node), node)
  if (verify === 'any') return null
  const names = alternativeNames(subjectAltName)
  if (names.some(({ kind, value }) => kind === 'URI' && value === uriOf(node))) return null
  if (verify === 'host' && isForHost(certificate, hostOf(node))) return null
  const wanted = verify === 'node' ? `the node ${uriOf(node)}` : `the host ${hostOf(node)}`
  return `its certificate is not for ${wanted}, but for ${printable(subjectAltName ?? 'nobody by name')}`
}

function refusedBy(verdict: unknown, node: string): string | null {
  if (verdict === true) return null
  if (!(verdict instanceof Promise)) return `its certificate is not accepted for ${node}`
  // It is not waited for, and what it is rejected with must not end the program.
  verdict.catch(() => {})
  return `its certificate cannot be judged for ${node}: verify gave a promise, and must answer at once`
}

function isForHost(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined
  return isDnsName(host) && certificate.checkHost(host, { subject: 'never' }) !== undefined
}

/** What OpenSSL's word for a chain that cannot be trusted means. */
export function explainChain(code: string, certificate: X509Certificate | undefined): string {
  if (certificate === undefined) return 'it shows no certificate'
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `its certificate, or one above it, has expired (its own is valid until ${certificate.validTo})`
    case 'CERT_NOT_YET_VALID':
      return `its certificate is not valid yet (from ${certificate.validFrom} on); a clock may be wrong`
    case 'CERT_REVOKED':
      return 'its certificate was revoked'
    case 'INVALID_PURPOSE':
      return 'its certificate is not made for this use: it needs clientAuth and serverAuth'
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return `its certificate is of another authority: ${printable(certificate.issuer)}`
    default:
      return `its certificate cannot be trusted: ${code}`
  }
}

const notTls = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_BAD_RECORD_TYPE',
  'ERR_SSL_UNEXPECTED_MESSAGE',
  'ERR_SSL_RECORD_LAYER_FAILURE',
  'EPROTO',
])

/** What an error of TLS means, in words; one of the network stays as it is. */
export function explainTls(error: Error): Error {
  const code = (error as { code?: string }).code ?? ''
  const say = (text: string): Error => Object.assign(new Error(text), { code, cause: error })
  if (notTls.has(code)) return say('the other side does not speak TLS; start both nodes with tls()')
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL' || /alert protocol version/.test(error.message))
    return say('the other side does not speak TLS 1.3')
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return say('TLS was not agreed on in time')
  if (code === 'ERR_SSL_NO_APPLICATION_PROTOCOL' || /alert no application protocol/.test(error.message))
    return say('the other side speaks TLS, and is no node')
  if (code === 'ECONNRESET' && /TLS|hang up/.test(error.message))
    return say('the other side ended it before TLS was agreed on; it may not speak TLS')
  return code.startsWith('ERR_SSL') ? say(`TLS failed: ${printable(error.message)}`) : error
}

/** What the other side says goes into logs without line ends and escapes, and not at any length. */
function printable(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').slice(0, 200)
}

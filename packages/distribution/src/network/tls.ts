/**
 * TLS 1.3 with certificates on both sides, over TCP.
 *
 * Whether the other end is trusted is decided here and told by `security`: a stream is handed on with what is wrong with it,
 * so that the handshake can refuse it and both sides can say why. Nothing of it is read before that. Each proof of the
 * cookie covers a secret of the TLS session, so that who ends TLS on the way cannot pass one on.
 *
 * Sessions are never resumed: each connection is judged by the certificates of the moment.
 */
import { messageOf } from '@agner/core/kernel'
import { constants, type X509Certificate } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import {
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls'
import { distributionError } from '../errors.ts'
import type { Network, StreamSecurity } from './network.ts'
import { SocketStream } from './socket-stream.ts'
import { Strangers } from './strangers.ts'
import { later, listening, ServerListener, textOf } from './tcp.ts'
import { explainChain, explainTls, mismatch, type Verify } from './tls-security.ts'

export type { Verify } from './tls-security.ts'

/** As PEM. */
export interface TlsCredentials {
  /** This node's certificate, and those between it and the authority. */
  readonly cert: string | Uint8Array
  /** Its private key. */
  readonly key: string | Uint8Array
  /** The authorities whose certificates are trusted; no others are, not even the system's. */
  readonly ca: string | Uint8Array | readonly (string | Uint8Array)[]
  readonly passphrase?: string
}

export interface TlsOptions extends TlsCredentials {
  /** Which certificates may be a node. Default `host`. */
  readonly verify?: Verify
  /** How long a stranger may take to agree on TLS. Default 7,000 ms. */
  readonly handshakeTimeoutMs?: number
  /** Strangers that may be about it; beyond, the oldest from the address that has most is cut off, or the new one. Default 64. */
  readonly pendingHandshakes?: number
}

export interface TlsNetwork extends Network {
  /**
   * Other credentials from the next connection on; those that stand stay. For certificates that are renewed.
   *
   * @throws `distribution.bad_credentials`; the old ones stay then.
   */
  update(credentials: TlsCredentials): void
}

const protocol = 'agner'
const bindingBytes = 32
const bindingLabel = 'EXPORTER-agner-distribution'

/**
 * TCP with TLS: `startDistribution(node, { cookie, network: tls({ cert, key, ca }) })`. Every node of the cluster needs it,
 * with a certificate that one of `ca` has signed for clients and servers, and for the node or its host (`verify`).
 *
 * @throws `distribution.bad_credentials`
 */
export function tls(options: TlsOptions): TlsNetwork {
  const { verify = 'host', handshakeTimeoutMs = 7000, pendingHandshakes = 64 } = options
  let credentials = check(options)
  let context = contextOf(credentials)
  const servers = new Set<Server>()
  const securityOf = (socket: TLSSocket): StreamSecurity => judge(socket, verify)

  return {
    liveness: 'thread',

    async listen(address, accept) {
      const strangers = new Strangers(pendingHandshakes)
      const server = createServer({
        ...credentials,
        minVersion: 'TLSv1.3',
        requestCert: true,
        rejectUnauthorized: false,
        secureOptions: constants.SSL_OP_NO_TICKET,
        handshakeTimeout: handshakeTimeoutMs,
        ALPNProtocols: [protocol],
        allowHalfOpen: true,
        noDelay: true,
      })
      server.on('connection', (socket: Socket) => strangers.add(socket))
      server.on('secureConnection', (socket) => {
        const remote = textOf(socket.remoteAddress, socket.remotePort)
        strangers.delete(remote)
        const stream = new SocketStream(remote, later, explainTls)
        stream.security = securityOf(socket)
        stream.take(socket, false)
        stream.attach(accept(stream))
      })
      server.on('tlsClientError', (error, socket) => {
        const stream = new SocketStream(textOf(socket.remoteAddress, socket.remotePort), later)
        stream.attach(accept(stream))
        socket.destroy()
        setImmediate(() => stream.fail(explainTls(error)))
      })
      await listening(server, { host: address.host, port: address.port })
      servers.add(server)
      server.once('close', () => servers.delete(server))
      const bound = server.address()
      const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
      return new ServerListener(server, { host: address.host, port })
    },

    connect({ host, port }, handlers) {
      const stream = new SocketStream(textOf(host, port), later, explainTls)
      const half = { allowHalfOpen: true } as const
      const socket = connect({
        ...half,
        host,
        port,
        secureContext: context,
        servername: isIP(host) === 0 ? host : '',
        minVersion: 'TLSv1.3',
        // Judged below, by the name of the node and not by where it was dialled.
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        ALPNProtocols: [protocol],
      })
      socket.setNoDelay(true)
      stream.take(socket, false)
      stream.attach(handlers)
      socket.once('secureConnect', () => {
        stream.security = securityOf(socket)
        stream.opened()
      })
      return stream
    },

    update(renewed) {
      const checked = check(renewed)
      context = contextOf(checked)
      credentials = checked
      for (const server of servers) server.setSecureContext(secured(checked))
    },
  }
}

interface Checked {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  readonly ca: (string | Buffer)[]
  readonly passphrase?: string
}

function check({ cert, key, ca, passphrase }: TlsCredentials): Checked {
  for (const [what, value] of Object.entries({ cert, key, ca }))
    if (value === undefined || value.length === 0) throw bad(what, 'it is missing')
  const authorities = Array.isArray(ca) ? (ca as readonly (string | Uint8Array)[]) : [ca as string | Uint8Array]
  return {
    cert: pem(cert),
    key: pem(key),
    ca: authorities.map(pem),
    ...(passphrase !== undefined && { passphrase }),
  }
}

function pem(value: string | Uint8Array): string | Buffer {
  return typeof value === 'string' ? value : Buffer.from(value)
}

function secured(credentials: SecureContextOptions): SecureContextOptions {
  return { ...credentials, minVersion: 'TLSv1.3', secureOptions: constants.SSL_OP_NO_TICKET }
}

function contextOf(credentials: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(secured(credentials))
  } catch (error) {
    throw bad('cert, key or ca', messageOf(error))
  }
}

function bad(what: string, reason: string): Error {
  return distributionError('distribution.bad_credentials', { what, reason })
}

function judge(socket: TLSSocket, verify: Verify): StreamSecurity {
  const certificate: X509Certificate | undefined = socket.getPeerX509Certificate()
  const fault =
    socket.authorized && certificate !== undefined
      ? null
      : explainChain(String(socket.authorizationError ?? 'no reason is known'), certificate)
  return {
    fault,
    binding: new Uint8Array(socket.exportKeyingMaterial(bindingBytes, bindingLabel, Buffer.alloc(0))),
    refusal: (name) => fault ?? mismatch(certificate as X509Certificate, name, verify),
  }
}

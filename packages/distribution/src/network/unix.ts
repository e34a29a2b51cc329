/**
 * Unix sockets, for nodes of one machine, or of containers that share a folder: who may use them is a matter of file
 * permissions.
 *
 * An address is a folder and a number: the socket of `{ host: '/run/chat', port: 4370 }` is `/run/chat/4370.sock`, and
 * loopback hosts (`127.0.0.1`, `::1`, `localhost`) mean the network's own folder. So all else is as with TCP: port 0
 * takes a free one, the port mapper has a port, `hosts` are `/run/chat:4401`.
 *
 * A socket file is made under another name, closed to other users, and then linked to its own, so that nobody ever sees
 * one that is open to all, and of several that begin at once one gets it.
 */
import { chmod, mkdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Address, Listener, Network } from './network.ts'
import { ownBuffer } from './own-buffer.ts'
import { codeOf, failure, interimPath, nameSocket, removeSocket } from './socket-file.ts'
import { SocketStream } from './socket-stream.ts'
import { acceptInto, later, listening } from './tcp.ts'

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])
/** What fits into the address of a Unix socket, in bytes. */
const pathLimitBytes = process.platform === 'linux' ? 107 : 103
const firstFreePort = 20_000
const freePorts = 40_000
const tries = 20
/** No socket, so that connecting to it is refused. */
const nowhere = '/dev/null'

export interface UnixOptions {
  /** An absolute path. Made, for this user alone, if it is not there. */
  readonly folder: string
}

/**
 * Nodes of one machine that talk by Unix sockets in `folder`: `startDistribution(node, { cookie, network: unix({ folder:
 * '/run/chat' }) })`. The sockets are for this user alone (0600).
 *
 * `listen` rejects with `EADDRINUSE` where somebody lives, and with `ENAMETOOLONG` when the path is longer than the system
 * takes (107 bytes on Linux, 103 elsewhere).
 */
export function unix(options: UnixOptions): Network {
  const { folder } = options
  if (!folder.startsWith('/'))
    throw failure('EINVAL', `the folder of Unix sockets must be an absolute path; got ${folder}`)
  const folderOf = (host: string): string | null => (host.startsWith('/') ? host : loopback.has(host) ? folder : null)

  return {
    liveness: 'thread',

    async listen({ host, port }, accept) {
      const at = folderOf(host)
      if (at === null) throw foreign(host)
      await mkdir(at, { recursive: true, mode: 0o700 })
      if (port !== 0) return listenAt(at, { host, port }, accept)
      for (let i = 0; ; i++) {
        const chosen = firstFreePort + Math.floor(Math.random() * freePorts)
        try {
          return await listenAt(at, { host, port: chosen }, accept)
        } catch (error) {
          if (codeOf(error) !== 'EADDRINUSE' || i >= tries) throw error
        }
      }
    },

    connect({ host, port }, handlers) {
      const at = folderOf(host)
      const path = at === null ? `${host}:${port}` : pathOf(at, port)
      const trouble = at === null ? foreign(host) : tooLong(path)
      const stream = new SocketStream(`unix:${path}`, later, (error) => trouble ?? explain(error, path))
      const onread = ownBuffer(stream.received)
      // What cannot be dialled fails as what can: later, by an error.
      const dialled = trouble === null ? path : nowhere
      const socket = connect({ path: dialled, allowHalfOpen: true, ...(onread === null ? {} : { onread }) })
      stream.take(socket, onread !== null)
      stream.attach(handlers)
      socket.once('connect', () => stream.opened())
      return stream
    },
  }
}

function pathOf(folder: string, port: number): string {
  return join(folder, `${port}.sock`)
}

async function listenAt(folder: string, address: Address, accept: Parameters<Network['listen']>[1]): Promise<Listener> {
  const path = pathOf(folder, address.port)
  const own = interimPath(folder)
  const trouble = tooLong(path) ?? tooLong(own)
  if (trouble !== null) throw trouble
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
    acceptInto(socket, `unix:${path}`, accept),
  )
  await listening(server, { path: own })
  let ino: number
  try {
    await chmod(own, 0o600)
    ino = await nameSocket(own, path)
  } catch (error) {
    server.close()
    throw error
  }
  return {
    address,
    async close() {
      await removeSocket(path, ino)
      server.close()
    },
  }
}

function foreign(host: string): Error {
  return failure('EADDRNOTAVAIL', `${host} is no folder: Unix sockets are of this machine only`)
}

function tooLong(path: string): Error | null {
  const bytes = Buffer.byteLength(path)
  if (bytes <= pathLimitBytes) return null
  return failure(
    'ENAMETOOLONG',
    `${path} has ${bytes} bytes, and the path of a Unix socket at most ${pathLimitBytes}: choose a folder with a shorter path`,
  )
}

/** A file that is not there is nobody who listens. */
function explain(error: Error, path: string): Error {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return failure('ECONNREFUSED', `nobody listens on ${path}`)
  return code === 'EACCES' ? failure(code, `${path} belongs to another user`) : error
}

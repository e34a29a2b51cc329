/**
 * Unix sockets, for nodes of one machine, or of containers that share a folder: who may use them is a matter of file
 * permissions.
 *
 * An address is a folder and a number: the socket of `{ host: '/run/chat', port: 4370 }` is `/run/chat/4370.sock`, and
 * loopback hosts (`127.0.0.1`, `::1`, `localhost`) mean the network's own folder. So all else is as with TCP: port 0
 * takes a free one, the port mapper has a port, `hosts` are `/run/chat:4401`.
 *
 * A socket file is made under another name, closed to other users, and then linked to its own, so that nobody ever sees
 * one that is open to all, and of two that begin at once one gets it. A file that a dead process left is found by
 * knocking, and replaced:
 *
 *     link ──► exists ── knock ──► answers: EADDRINUSE
 *                          │ refused: move it aside ── knock again ──► it is dead: remove it, link
 *                                                         │ answers: somebody was faster; put it back, EADDRINUSE
 */
import { chmod, link, mkdir, rename, stat, unlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Address, Listener, Network } from './network.ts'
import { ownBuffer } from './own-buffer.ts'
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
  const own = join(folder, `.${Math.random().toString(36).slice(2, 7)}`)
  const trouble = tooLong(path) ?? tooLong(own)
  if (trouble !== null) throw trouble
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
    acceptInto(socket, `unix:${path}`, accept),
  )
  await listening(server, { path: own })
  try {
    await chmod(own, 0o600)
    await take(own, path)
  } catch (error) {
    server.close()
    throw error
  } finally {
    await remove(own)
  }
  const { ino } = await stat(path)
  return {
    address,
    async close() {
      // Whose file it is decides: another may have moved in, if this process was stopped for long.
      if ((await stat(path).catch(() => null))?.ino === ino) await remove(path)
      server.close()
    },
  }
}

/** Gives the socket `own` the name `path`, unless somebody lives there. */
async function take(own: string, path: string): Promise<void> {
  if (await linked(own, path)) return
  if (!(await isSocket(path)))
    throw failure('EEXIST', `${path} is there and is no socket: move it away, or choose another`)
  if (await isAlive(path)) throw taken(path)
  const aside = `${own}.old`
  await moved(path, aside)
  try {
    // Between the knock and now somebody may have begun there: then it is his socket that was moved.
    if ((await isSocket(aside)) && (await isAlive(aside))) await linked(aside, path)
  } finally {
    await remove(aside)
  }
  if (!(await linked(own, path))) throw taken(path)
}

/** Whether a process answers there. Only what is refused is dead: a process may be busy, or another user's. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => resolve(codeOf(error) !== 'ECONNREFUSED' && codeOf(error) !== 'ENOENT'))
  })
}

/** True, too, when nothing is there any more. */
async function isSocket(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found === null || found.isSocket()
}

/** False when the name is taken. */
async function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    },
  )
}

/** As far as it is still there. */
async function moved(from: string, to: string): Promise<void> {
  await rename(from, to).catch(ignoreMissing)
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing)
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code
}

function taken(path: string): Error {
  return failure('EADDRINUSE', `a live process listens on ${path}`)
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

function failure(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code })
}

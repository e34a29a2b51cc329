/**
 * How a socket gets its name: a file that a dead process left is found by knocking, and replaced; of many who want it one gets it.
 *
 *     link ──► exists ── knock ──► answers: EADDRINUSE
 *                          │ refused: move it aside ── knock again ──► it is dead: remove it, link
 *                                                         │ answers: somebody was faster; put it back, EADDRINUSE
 *
 * Between the two knocks a socket that lives may be aside, and a third one may get its name. So whoever has the name waits for those who were at it when it got it, and
 * then looks whose it is. Each of them has a socket under a name of its own in the folder, as long as it may move anything.
 */
import { link, readdir, rename, stat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { later } from './tcp.ts'

/** Others need a few milliseconds each; who is stopped meanwhile is not waited for. */
const rivalsMs = 2000
const lookAgainMs = 5
const interimName = /^\.[a-z0-9]{5}$/

/** Another name for a socket of the folder, until it has its own. */
export function interimPath(folder: string): string {
  return join(folder, `.${Math.random().toString(36).slice(2, 7).padEnd(5, '0')}`)
}

/**
 * Gives the socket `own`, which is gone then, the name `path`. Resolves with its inode. Rejects with `EADDRINUSE` where somebody lives, and with `EEXIST` where there is
 * a file that is no socket.
 */
export async function nameSocket(own: string, path: string): Promise<number> {
  const { ino } = await stat(own)
  try {
    await take(own, path)
  } finally {
    await remove(own)
  }
  for (const rival of await rivalsIn(dirname(path))) await gone(rival)
  if ((await inodeOf(path)) !== ino) throw taken(path)
  return ino
}

/** Removes the name of a socket, if it is still that of this inode: another may have moved in, if this process was stopped for long. */
export async function removeSocket(path: string, ino: number): Promise<void> {
  if ((await inodeOf(path)) === ino) await remove(path)
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

async function rivalsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => interimName.test(name)).map((name) => join(folder, name))
}

/** Resolves when the socket is not there any more, or nobody lives in it. */
async function gone(rival: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < rivalsMs && (await inodeOf(rival)) !== null; waitedMs += lookAgainMs) {
    if (!(await isAlive(rival))) return
    await new Promise<void>((resolve) => later(lookAgainMs, resolve))
  }
}

async function inodeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.ino ?? null
}

function taken(path: string): Error {
  return failure('EADDRINUSE', `a live process listens on ${path}`)
}

export function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code
}

export function failure(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code })
}

/** What is particular about Unix sockets: files, their owners, and those that dead processes leave. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode, type Node } from '@agner/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  listNodes,
  startDistribution,
  unix,
  type Distribution,
  type Listener,
  type StreamHandlers,
} from '../../src/index.ts'

const cookie = 'a cookie for the tests'
const nobody = (): StreamHandlers => ({ data() {}, closed() {} })
let folder: string
const listeners: Listener[] = []
const running: { node: Node; distribution: Distribution }[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agner-'))
})

afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close()
  for (const { distribution, node } of running.splice(0)) {
    await distribution.stop()
    await node.stop()
  }
  await rm(folder, { recursive: true })
})

const listen = async (host: string, port: number): Promise<Listener> => {
  const listener = await unix({ folder }).listen({ host, port }, nobody)
  listeners.push(listener)
  return listener
}

/** A process that listens at the socket and is killed: its file stays. */
async function leave(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], env: {} })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('a Unix socket', () => {
  it('is a file of its own, for this user alone, in a folder for this user alone; it goes with its listener', async () => {
    const sub = join(folder, 'made', 'here')
    const listener = await listen(sub, 4370)
    expect(listener.address).toEqual({ host: sub, port: 4370 })
    expect(await readdir(sub)).toEqual(['4370.sock'])
    expect((await stat(join(sub, '4370.sock'))).mode & 0o777).toBe(0o600)
    expect((await stat(sub)).mode & 0o777).toBe(0o700)
    await listener.close()
    expect(await readdir(sub)).toEqual([])
  })

  it('that a dead process left is replaced; a live one is not', async () => {
    const path = join(folder, '4370.sock')
    await leave(path)
    expect((await stat(path)).isSocket()).toBe(true)
    await listen('127.0.0.1', 4370)
    await expect(listen('localhost', 4370)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining('a live process listens on') as string,
    })
    await expect(listen(folder, 4370)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(await readdir(folder)).toEqual(['4370.sock'])
  })

  it('that a dead process left goes to exactly one of many who want it at once', async () => {
    for (let round = 0; round < 20; round++) {
      const port = 100 + round
      await leave(join(folder, `${port}.sock`))
      const tried = await Promise.allSettled(Array.from({ length: 8 }, () => listen('127.0.0.1', port)))
      expect(tried.filter(({ status }) => status === 'fulfilled').length).toBe(1)
      const opened = Promise.withResolvers<void>()
      const stream = unix({ folder }).connect(
        { host: '127.0.0.1', port },
        { opened: opened.resolve, data() {}, closed: opened.reject },
      )
      await opened.promise
      stream.destroy()
      await listeners.pop()?.close()
      expect(await readdir(folder)).toEqual([])
    }
  })

  it('never replaces a file that is no socket', async () => {
    await writeFile(join(folder, '1.sock'), 'precious')
    await expect(listen('127.0.0.1', 1)).rejects.toMatchObject({
      code: 'EEXIST',
      message: expect.stringContaining('is no socket') as string,
    })
    expect(await readFile(join(folder, '1.sock'), 'utf8')).toBe('precious')
    expect(await readdir(folder)).toEqual(['1.sock'])
  })

  it('whose path is too long is refused, and it says what to do', async () => {
    const long = join(folder, 'x'.repeat(100))
    const why = { code: 'ENAMETOOLONG', message: expect.stringMatching(/a folder with a shorter path/) as string }
    await expect(listen(long, 1)).rejects.toMatchObject(why)
    const node = createNode({ name: 'a@127.0.0.1' })
    await expect(
      startDistribution(node, { cookie, network: unix({ folder: long }), portMapper: false }),
    ).rejects.toMatchObject({ code: 'distribution.listen_failed', message: expect.stringMatching(/107|103/) as string })
    const closed = Promise.withResolvers<Error | null>()
    unix({ folder: long }).connect({ host: '127.0.0.1', port: 1 }, { data() {}, closed: closed.resolve })
    expect(await closed.promise).toMatchObject({ code: 'ENAMETOOLONG' })
    await node.stop()
  })

  it('is of this machine only', async () => {
    expect(() => unix({ folder: 'run/chat' })).toThrow(/absolute path/)
    await expect(listen('10.0.0.2', 1)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    const closed = Promise.withResolvers<Error | null>()
    unix({ folder }).connect({ host: '10.0.0.2', port: 1 }, { data() {}, closed: closed.resolve })
    expect(await closed.promise).toMatchObject({ code: 'EADDRNOTAVAIL' })
  })
})

describe('nodes by Unix sockets', () => {
  const start = async (name: string, own = folder, hosts: Record<string, string> | null = null) => {
    const node = createNode({ name, report: () => {} })
    const distribution = await startDistribution(node, {
      cookie,
      network: unix({ folder: own }),
      ...(hosts !== null && { portMapper: false, hosts }),
    })
    running.push({ node, distribution })
    return distribution
  }

  it('find each other by the port mapper of their folder, also when it was left by a dead one', async () => {
    await leave(join(folder, '4370.sock'))
    const [a, b] = [await start('a@127.0.0.1'), await start('b@127.0.0.1')]
    expect(await a.connect('b@127.0.0.1')).toBe(true)
    expect(b.nodes()).toEqual(['a@127.0.0.1'])
    expect((await listNodes({ network: unix({ folder }) })).map(({ name }) => name)).toEqual([
      'a@127.0.0.1',
      'b@127.0.0.1',
    ])
    await a.stop()
    expect(await b.connect('a@127.0.0.1')).toBe(false)
    const again = await start('c@127.0.0.1')
    expect(await again.connect('b@127.0.0.1')).toBe(true)
  })

  it('in two folders find each other by hosts', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')]
    await mkdir(one)
    const a = await start('a@127.0.0.1', one, {})
    const b = await start('b@127.0.0.1', two, { 'a@127.0.0.1': `${one}:${a.listenAddress!.port}` })
    expect(await b.connect('a@127.0.0.1')).toBe(true)
    await a.stop()
    await b.stop()
    expect([await readdir(one), await readdir(two)]).toEqual([[], []])
  })
})

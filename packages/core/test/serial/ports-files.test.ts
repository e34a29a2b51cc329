/**
 * Files and pipes of the operating system as ports.
 */
import { spawn } from 'node:child_process'
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createNode, type Down, type Node, type Process } from '../../src/index.ts'
import { ended, openEvents, openPort, type PortMessage } from '../../src/ports/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'agner-ports-'))
const nodes: Node[] = []

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop({ timeoutMs: 100 })))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function inProcess<M = never>(body: (self: Process<M>) => Promise<unknown>): Promise<void> {
  const node = createNode({ report: () => {} })
  nodes.push(node)
  const reason = await node.exited(node.spawn(body))
  if (reason !== 'normal') throw reason instanceof Error ? reason : new Error(JSON.stringify(reason))
}

/** How often this program has a file open. */
function openFiles(path: string): number {
  const open = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return null
    }
  })
  return open.filter((each) => each === path).length
}

describe('a file', () => {
  const path = join(folder, 'lines')
  const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n}`)
  writeFileSync(path, lines.join('\n'))

  test('is read line by line, no faster than it is asked for', async () => {
    await inProcess(async (self) => {
      const stream = createReadStream(path)
      const port = openPort(self, stream, { packet: 'line', encoding: 'utf8', active: false })
      expect(await port.read()).toBe('line 0')
      await self.sleep(20)
      expect(stream.bytesRead).toBeLessThanOrEqual(3 * 65_536)
      let count = 1
      for await (const line of port) expect(line).toBe(lines[count++])
      expect([count, openFiles(path)]).toEqual([lines.length, 0])
    })
  })

  test('is closed before its reader’s death is told', async () => {
    await inProcess<Down | 'open'>(async (self) => {
      const reader = self.spawn(async (me: Process<PortMessage>) => {
        openPort(me, createReadStream(path))
        await me.receive()
        self.send(self.pid, 'open')
        await me.sleep(1e6)
      })
      expect(await self.receive()).toBe('open')
      expect(openFiles(path)).toBe(1)
      const ref = self.monitor(reader)
      self.sendExit(reader, 'kill')
      expect(await self.receive()).toMatchObject({ type: 'down', ref, reason: 'killed' })
      expect(openFiles(path)).toBe(0)
    })
  })

  test('that is not there is an error, and closed', async () => {
    await inProcess<PortMessage>(async (self) => {
      openPort(self, createReadStream(join(folder, 'nowhere')))
      expect(await self.receive()).toMatchObject({ type: 'error', error: { code: 'ENOENT' } })
      expect(await self.receive()).toMatchObject({ type: 'closed' })
    })
  })

  test('is written whole by one who ends in good order, without a word at the end', async () => {
    const target = join(folder, 'written')
    await inProcess(async (self) => {
      const writer = self.spawn(async (me) => {
        const port = openPort(me, createWriteStream(target))
        for (let n = 0; n < 1000; n++) await port.write(`${lines[n]}\n`)
      })
      await self.wait(self.node.exited(writer))
      expect(readFileSync(target, 'utf8').split('\n')).toHaveLength(1001)
      expect(openFiles(target)).toBe(0)
    })
  })
})

describe('a child process', () => {
  test('as a pair of pipes, with the packets of Erlang’s port programs', async () => {
    await inProcess(async (self) => {
      const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] })
      self.own({ close: () => child.kill() })
      const input = openPort(self, child.stdin, { packet: 4 })
      const output = openPort(self, child.stdout, { packet: 4, encoding: 'utf8', active: false })
      for (const word of ['one', '', 'a'.repeat(100_000)]) {
        await input.write(word)
        expect(await output.read()).toBe(word)
      }
      await input.close()
      expect(await output.read()).toBe(ended)
    })
  })

  test('its exit as an event', async () => {
    await inProcess<{ readonly type: 'exit_data'; readonly data: unknown }>(async (self) => {
      const child = spawn('sh', ['-c', 'exit 3'], { stdio: 'ignore' })
      openEvents(self, child, { tag: 'exit', data: 'exit', toItem: (code: number | null) => ({ code }) })
      expect(await self.receive()).toMatchObject({ type: 'exit_data', data: { code: 3 } })
    })
  })
})

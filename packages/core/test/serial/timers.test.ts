/**
 * Timers by the real clock: what the virtual one cannot show.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { createNode, timedOut, type Node, type Process } from '../../src/index.ts'

const nodes: Node[] = []

function startNode(): Node {
  const node = createNode()
  nodes.push(node)
  return node
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop({ timeoutMs: 100 })))
})

/** Runs a program of its own to its end. */
async function program(source: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@agner/source', '--input-type=module', '-e', `import { createNode } from '@agner/core'\n${source}`],
    { cwd: new URL('../..', import.meta.url), timeout: 20_000 },
  )
  return stdout
}

describe('by the real clock', () => {
  test('no timer, sleep, receive or call is over before its time', async () => {
    const node = startNode()
    const early: string[] = []
    const check = (what: string, atMs: number): void => {
      if (node.monotonicTimeMs() < atMs) early.push(`${what}: ${node.monotonicTimeMs()} < ${atMs}`)
    }
    const silent = node.spawn({ init: () => null, message: () => null })
    const waiting = Array.from({ length: 60 }, (_, n) => {
      const ms = (n * 7) % 40
      return node.spawn(async (self: Process<number>) => {
        let fromMs = node.monotonicTimeMs()
        await self.sleep(ms + 0.3)
        check('sleep', fromMs + ms + 0.3)
        fromMs = node.monotonicTimeMs()
        self.sendAfter(ms, self.pid, 1)
        await self.receive()
        check('sendAfter', fromMs + ms)
        fromMs = node.monotonicTimeMs()
        if ((await self.receive({ timeoutMs: ms })) === timedOut) check('receive', fromMs + ms)
        fromMs = node.monotonicTimeMs()
        await self.request(silent, 1, { timeoutMs: ms + 1 }).catch(() => check('request', fromMs + ms + 1))
        const atMs = node.monotonicTimeMs() + ms
        self.sendAfter(atMs, self.pid, 1, { abs: true })
        await self.receive()
        check('absolute', atMs)
      })
    })
    expect(await Promise.all(waiting.map((pid) => node.exited(pid)))).toEqual(waiting.map(() => 'normal'))
    expect(early).toEqual([])
  })

  test('equal deadlines fire in the order of setting, earlier ones first', async () => {
    const node = startNode()
    const got: number[] = []
    const pid = node.spawn(async (self: Process<number>) => {
      const atMs = node.monotonicTimeMs() + 20
      for (let n = 0; n < 500; n++) self.sendAfter(atMs + (n % 5) * 3, self.pid, (n % 5) * 1000 + n, { abs: true })
      while (got.length < 500) got.push(await self.receive())
    })
    expect(await node.exited(pid)).toBe('normal')
    expect(got).toEqual([...got].sort((a, b) => a - b))
  })

  test('a receive or a call whose body computes before it gives up its turn is late by that, never early', async () => {
    const node = startNode()
    const pid = node.spawn(async (self: Process<number>) => {
      const fromMs = node.monotonicTimeMs()
      const receiving = self.receive({ timeoutMs: 10 })
      while (node.monotonicTimeMs() < fromMs + 30);
      expect(await receiving).toBe(timedOut)
      expect(node.monotonicTimeMs() - fromMs).toBeGreaterThanOrEqual(30)
    })
    expect(await node.exited(pid)).toBe('normal')
  })
})

describe('a program', () => {
  test('lives as long as a timer that was set after all others had been cancelled', async () => {
    const source = `
      const node = createNode()
      node.spawn(async (self) => {
        self.cancelTimer(self.sendAfter(50, self.pid, 'never'))
        await self.wait(new Promise(setImmediate))
        await self.wait(new Promise(setImmediate))
        self.sendAfter(200, self.pid, 'late')
        console.log(await self.receive())
      })`
    expect(await program(source)).toBe('late\n')
  })

  test('is not kept alive by a monitor of the time offset, nor by timers that were cancelled', async () => {
    const source = `
      const node = createNode()
      node.spawn(async (self) => {
        self.monitorTimeOffset()
        for (let n = 0; n < 1000; n++) self.cancelTimer(self.sendAfter(1e6 + n, self.pid, 'never'))
        console.log('waits')
        await self.receive()
      })
      node.spawn(async (self) => { await self.request(self.spawn(async (me) => { await me.sleep(20) }), 1, { timeoutMs: 1e6 }) })`
    expect(await program(source)).toBe('waits\n')
  })
})

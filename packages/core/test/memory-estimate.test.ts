import { describe, expect, test } from 'vitest'
import { immutable, type AnyPid, type Process } from '../src/index.ts'
import { idleBytes, lookLimit } from '../src/memory-estimate.ts'
import { createWorld } from './world.ts'

const still = async (self: Process<unknown>): Promise<void> => void (await self.receive(() => false))

function setUp() {
  const { node, runtime } = createWorld()
  const bytes = async (pid: AnyPid): Promise<number> => {
    await runtime.settle()
    return node.processInfo(pid, ['memoryBytes'])!.memoryBytes
  }
  const withState = (state: unknown): Promise<number> => bytes(node.spawn({ init: () => state, message: () => state }))
  return { node, bytes, withState }
}

describe('the memory of a process, as an estimate', () => {
  test('begins with what a process that waits costs', async () => {
    const { node, bytes, withState } = setUp()
    expect(await bytes(node.spawn(still))).toBe(idleBytes.async)
    expect(await withState(null)).toBe(idleBytes.callback)
  })

  test('counts messages, dictionary, label, links and monitors', async () => {
    const { node, bytes } = setUp()
    const other = node.spawn(still)
    const acts: ((self: Process<unknown>) => unknown)[] = [
      (self) => self.dictionary.put('key', 'x'.repeat(1000)),
      (self) => self.label('x'.repeat(1000)),
      (self) => self.link(other),
      (self) => self.monitor(other),
      (self) => self.send(self.pid, 'x'.repeat(1000)),
    ]
    for (const [index, act] of acts.entries()) {
      const pid = node.spawn(async (self: Process<unknown>) => {
        act(self)
        await still(self)
      })
      expect(await bytes(pid)).toBeGreaterThan(idleBytes.async + ([2, 3].includes(index) ? 50 : 1000))
    }
  })

  test('follows the state of callbacks into everything that data is made of', async () => {
    const { withState } = setUp()
    const empty = await withState(null)
    const big = 'x'.repeat(1000)
    class Thing {
      readonly text = big
    }
    const states = [
      big,
      [big],
      { a: { b: big } },
      new Map([[1, big]]),
      new Map([[big, 1]]),
      new Set([big]),
      new Thing(),
    ]
    for (const state of [...states, new Uint8Array(1000), new Error(big)])
      expect(await withState(state)).toBeGreaterThan(empty + 1000)
    for (const state of [1, 1.5, 5n, true, new Date(0), undefined])
      expect(await withState(state)).toBeLessThan(empty + 100)
  })

  test('leaves out what is shared by design, and runs nobody’s code', async () => {
    const { node, withState } = setUp()
    const empty = await withState(null)
    const shared = immutable({ text: 'x'.repeat(1000) })
    const pid = node.spawn(still)
    expect(await withState({ shared, pid, ref: node.makeRef() })).toBeLessThan(empty + 100)
    const trap = {
      get text(): string {
        throw new Error('read')
      },
    }
    expect(await withState(trap)).toBeLessThan(empty + 100)
    expect(await withState(() => 'x'.repeat(1000))).toBe(empty)
    const { node: another, bytes } = setUp()
    const holds = another.spawn({ init: (self) => ({ self }), message: (_, __, state) => state })
    expect(await bytes(holds)).toBeLessThan(empty + 100)
  })

  test('what stands twice is counted once, and circles end', async () => {
    const { withState } = setUp()
    const text = { text: 'x'.repeat(1000) }
    const circle: { self?: unknown; list: unknown[] } = { list: [text, text] }
    circle.self = circle
    expect(await withState(circle)).toBeLessThan((await withState(text)) + 200)
  })

  test('looks at so many values and no more', async () => {
    const { node, bytes, withState } = setUp()
    const many = Array.from({ length: 10 * lookLimit }, (_, n) => ({ n }))
    let deep: object = {}
    for (let depth = 0; depth < 10 * lookLimit; depth++) deep = { deep }
    expect(await withState(many)).toBeGreaterThan(8 * many.length)
    expect(await withState(deep)).toBeGreaterThan(30 * lookLimit)
    // Messages beyond that count as the mean of the others.
    const pid = node.spawn(still)
    for (let count = 0; count < 2 * lookLimit; count++) node.send(pid, { text: 'x'.repeat(76) } as never)
    const each = ((await bytes(pid)) - idleBytes.async) / (2 * lookLimit)
    expect(each).toBeGreaterThan(130)
    expect(each).toBeLessThan(160)
  })
})

import { describe, expect, test, vi } from 'vitest'
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
  return { node, runtime, bytes, withState }
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

  test('looks at the properties of an object up to the limit, and opens no further one', async () => {
    const { node, runtime } = setUp()
    const wide = Object.fromEntries(Array.from({ length: 2 * lookLimit }, (_, n) => [`key${n}`, n]))
    const state = Array.from({ length: 5 }, () => ({ ...wide }))
    const pid = node.spawn({ init: () => state, message: () => state })
    await runtime.settle()
    const spies = [
      vi.spyOn(Object, 'keys'),
      vi.spyOn(Object, 'getOwnPropertyDescriptor'),
      vi.spyOn(Object, 'getOwnPropertyDescriptors'),
    ]
    const { memoryBytes } = node.processInfo(pid, ['memoryBytes'])!
    const [opened, looks, inOne] = spies.map(
      ({ mock }) => mock.calls.filter(([value]) => state.includes(value as never)).length,
    )
    vi.restoreAllMocks()
    expect(memoryBytes).toBeGreaterThan(8 * 2 * lookLimit)
    expect(looks).toBeLessThanOrEqual(lookLimit)
    expect([opened, inOne]).toEqual([1, 0])
  })

  test('what cannot be read counts as nothing, and the others as they are', async () => {
    const { node, runtime, bytes, withState } = setUp()
    const { proxy, revoke } = Proxy.revocable({}, {})
    const bare = node.spawn({ init: () => proxy, message: () => proxy })
    await runtime.settle()
    revoke()
    expect(await bytes(bare)).toBe(idleBytes.callback)
    const text = 'x'.repeat(1000)
    const trap = new Error(text)
    const get = (): never => {
      throw new Error('read')
    }
    for (const key of ['stack', 'cause', 'code']) Object.defineProperty(trap, key, { get, enumerable: true })
    for (const state of [{ draft: proxy, text }, [proxy, text], new Map<unknown, unknown>([[proxy, text]]), trap])
      expect(await withState(state)).toBeGreaterThan(1000)
    expect(node.topProcesses({ by: 'memory' })).toHaveLength(5)
  })

  test('bytes are counted once, by whatever they are reached', async () => {
    const { withState } = setUp()
    const buffer = new ArrayBuffer(5000)
    const empty = await withState({})
    expect(await withState({ buffer })).toBeGreaterThan(empty + 5000)
    const both = (await withState({ view: new Uint8Array(buffer), buffer })) - empty
    expect(both).toBeGreaterThan(5000)
    expect(both).toBeLessThan(5500)
  })

  test('asks a state for what it holds where no walk reaches it, of a sensitive process, too, and takes no more than the limit', async () => {
    const { node, bytes } = setUp()
    let taken = 0
    class Holder {
      readonly #parts: readonly unknown[]

      constructor(parts: readonly unknown[]) {
        this.#parts = parts
      }

      *'~held'(): Generator<unknown> {
        for (const part of this.#parts) {
          taken++
          yield part
        }
        throw new Error('and no more')
      }
    }
    const spawn = (parts: readonly unknown[]): AnyPid =>
      node.spawn({
        init: (self) => {
          self.flag('sensitive', true)
          return new Holder(parts)
        },
        message: (_self, _message, state: Holder) => state,
      })
    expect(await bytes(spawn([{ text: 'x'.repeat(5000) }, 'x'.repeat(1000)]))).toBeGreaterThan(6000)
    taken = 0
    await bytes(spawn(Array.from({ length: 3 * lookLimit }, () => 1.5)))
    expect(taken).toBeLessThanOrEqual(lookLimit + 1)
  })
})

import fc from 'fast-check'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { createNode, immutable, Pid, Ref } from '../src/index.ts'
import { copy, depthLimit } from '../src/kernel.ts'

const node = createNode()
const pid = node.spawn(async () => {})
const ref = node.makeRef()

class Custom {
  value = 1
}

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown')
}

describe('what can be sent', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['undefined inside', { a: undefined, b: [undefined] }],
    ['booleans', [true, false]],
    ['numbers', [0, -0, 1.5, Number.NaN, Infinity, -Infinity]],
    ['bigints', [0n, 2n ** 200n]],
    ['strings', ['', 'text', '\u0000', '\ud800', '👍']],
    ['bytes', new Uint8Array([1, 2, 3])],
    ['a view on part of a buffer', new Uint8Array(new ArrayBuffer(10), 2, 3).fill(7)],
    ['dates', new Date(5)],
    ['an invalid date', new Date(Number.NaN)],
    ['nested arrays', [[], [[1], 2]]],
    ['sparse arrays', Object.assign(new Array<number>(3), { 1: 5 })],
    ['plain objects', { a: { b: { c: 1 } }, 'odd key': 1, 7: 'seven' }],
    [
      'maps with keys of any kind',
      new Map<unknown, unknown>([
        [{ k: 1 }, [1]],
        [pid, new Map()],
        [Number.NaN, null],
      ]),
    ],
    ['sets', new Set<unknown>([1, 'a', { b: 2 }, pid])],
    ['pids and refs', { pid, ref }],
    ['a key named constructor', { constructor: 'x', toString: 1, hasOwnProperty: null }],
  ])('%s', (_name, value) => {
    expect(copy(value)).toEqual(value)
  })

  test('-0 stays -0', () => {
    expect(Object.is(copy({ zero: -0 }).zero, -0)).toBe(true)
  })

  test('pids and refs go by identity', () => {
    expect(copy({ pid, ref })).toEqual({ pid, ref })
    expect(copy({ pid }).pid).toBe(pid)
    expect(copy([ref])[0]).toBe(ref)
  })

  test('a Buffer arrives as a plain Uint8Array of its own', () => {
    const buffer = Buffer.from('text')
    const made = copy<Uint8Array>(buffer)
    expect(made.constructor).toBe(Uint8Array)
    buffer[0] = 0
    expect([...made]).toEqual([...Buffer.from('text')])
    expect(made.buffer.byteLength).toBe(4)
  })

  test('an object without a prototype arrives as an ordinary one', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 })
    const made: object = copy(bare)
    expect(made).toEqual({ a: 1 })
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype)
  })

  test('an accessor is read once, and its value travels', () => {
    let reads = 0
    const made = copy({
      get now() {
        return ++reads
      },
    })
    expect([made.now, made.now, reads]).toEqual([1, 1, 1])
  })

  test('an error keeps name, message, stack, code and cause, and leaves its class behind', () => {
    class DatabaseError extends Error {
      override name = 'DatabaseError'
      code = 'E_DB'
      secret = 'not part of it'
    }
    const original = new DatabaseError('lost', { cause: new TypeError('inner', { cause: { retries: 3 } }) })
    const made = copy<Error & { code?: string }>(original)
    expect(made).not.toBeInstanceOf(DatabaseError)
    expect(made).toBeInstanceOf(Error)
    expect(made).toMatchObject({ name: 'DatabaseError', message: 'lost', code: 'E_DB', stack: original.stack })
    expect(made.cause).toMatchObject({ name: 'TypeError', message: 'inner', cause: { retries: 3 } })
    expect('secret' in made).toBe(false)
    expect(Object.keys(made)).toEqual([])
  })
})

describe('what cannot', () => {
  test.each<[string, unknown, string, string]>([
    ['a function', { handlers: { done() {} } }, '$.handlers.done', 'a function (done)'],
    ['a function by itself', () => {}, '$', 'a function'],
    ['a class', { type: Custom }, '$.type', 'a function (Custom)'],
    ['a symbol', ['ok', Symbol('no')], '$[1]', 'a symbol'],
    ['a class instance', { list: [1, { deep: new Custom() }] }, '$.list[1].deep', 'an instance of Custom'],
    ['a promise', { later: Promise.resolve(1) }, '$.later', 'await it'],
    ['a WeakMap', new WeakMap(), '$', 'WeakMap'],
    ['a RegExp', { pattern: /x/ }, '$.pattern', 'RegExp'],
    ['an ArrayBuffer', { raw: new ArrayBuffer(1) }, '$.raw', 'ArrayBuffer'],
    ['other typed arrays', { raw: new Float64Array(1) }, '$.raw', 'Float64Array'],
    ['a subclass of Array', { list: new (class List extends Array {})() }, '$.list', 'List'],
    ['a subclass of Map', { map: new (class Table extends Map {})() }, '$.map', 'Table'],
    ['a boxed number', { n: Object(1) as unknown }, '$.n', 'Number'],
    ['a proxy of a class instance', { p: new Proxy(new Custom(), {}) }, '$.p', 'Custom'],
    ['an object of another realm', { alien: runInNewContext('({})') as unknown }, '$.alien', 'foreign prototype'],
    ['a value in a map', new Map([['k', () => {}]]), '$.get(k)', 'a function'],
    ['a key of a map', new Map([[() => {}, 1]]), '$.keys()', 'a function'],
    ['a value under an odd key of a map', new Map([[Object.create(null) as object, () => {}]]), '$.get(', 'a function'],
    ['a member of a set', new Set([Symbol.iterator]), '$.values()', 'a symbol'],
    ['a cause', new Error('x', { cause: { f() {} } }), '$.cause.f', 'a function'],
    ['bytes that others can write', new Uint8Array(new SharedArrayBuffer(4)), '$', 'SharedArrayBuffer'],
    ['an own key __proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}') as unknown, '$.a', '__proto__'],
  ])('%s is refused with its path', (_name, value, path, what) => {
    expect(thrownBy(() => copy(value))).toMatchObject({
      code: 'copy.unsendable',
      message: expect.stringContaining(what) as unknown,
    })
    const { details } = thrownBy(() => copy(value)) as { details: { path: string } }
    expect(details.path.startsWith(path)).toBe(true)
  })

  test('cycles are refused, through every kind of container', () => {
    const list: unknown[] = []
    list.push({ list })
    const map = new Map<string, unknown>()
    map.set('map', map)
    const set = new Set<unknown>()
    set.add([set])
    const error = new Error('x')
    error.cause = { error }
    for (const value of [list, map, set, error])
      expect(() => copy(value)).toThrow(expect.objectContaining({ code: 'copy.too_deep' }))
  })

  test('a cycle through what is wide is found at once: its parts are not copied for each level', () => {
    const many = <T>(make: (i: number) => T): T[] => Array.from({ length: 2000 }, (_, i) => make(i))
    const list: unknown[] = many((i) => i)
    const map = new Map<unknown, unknown>(many((i) => [i, i]))
    const keys = new Map<unknown, unknown>(many((i) => [i, i]))
    const set = new Set<unknown>(many((i) => i))
    const table: Record<string, unknown> = Object.fromEntries(many((i) => [`key ${i}`, i]))
    let reads = 0
    const back = (to: unknown): object => ({
      get way() {
        reads++
        return to
      },
    })
    list.push(back(list))
    map.set('back', back(map))
    keys.set(back(keys), 'back')
    set.add(back(set))
    table['back'] = back(table)
    for (const value of [list, map, keys, set, table]) {
      reads = 0
      expect(() => copy({ value })).toThrow(expect.objectContaining({ code: 'copy.too_deep' }))
      expect(reads).toBeLessThan(10)
    }
    expect(() => copy({ list })).toThrow('$.list[2000].way')
  })

  test('what is wide may stand in several places, and be sent again after it was refused', () => {
    const rows: unknown[] = Array.from({ length: 2000 }, (_, i) => ({ i }))
    expect(copy([rows, [rows], new Map([[rows, rows]])])).toEqual([rows, [rows], new Map([[rows, rows]])])
    rows.push(Symbol('no'))
    expect(() => copy({ rows })).toThrow('$.rows[2000]')
    rows.pop()
    expect(copy(rows)).toEqual(rows)
  })

  test('an array that is nearly all holes is refused, however long, with its path', () => {
    for (const length of [10_001, 2 ** 28]) {
      const rows: unknown[] = []
      rows[length] = 1
      for (const act of [copy, immutable]) {
        const error = thrownBy(() => act({ id: 1, rows }))
        expect(error).toMatchObject({ code: 'copy.unsendable', details: { path: '$.rows' } })
        expect((error as Error).message).toContain(`${length + 1} places`)
      }
    }
  })

  test('a long array may have some holes, and any number of items that are undefined', () => {
    const some: unknown[] = []
    for (let i = 1; i < 20_000; i += 2) some[i] = i
    const made = copy(some)
    expect([made.length, Object.keys(made).length, made[1]]).toEqual([20_000, 10_000, 1])
    const none = Array.from({ length: 20_000 }, () => undefined)
    expect(Object.keys(copy(none))).toHaveLength(20_000)
  })

  test('nesting up to the limit travels, one more does not', () => {
    const nested = (levels: number): unknown => {
      let value: unknown = 1
      for (let left = levels; left > 0; left--) value = [value]
      return value
    }
    expect(copy(nested(depthLimit + 1))).toEqual(nested(depthLimit + 1))
    expect(() => copy(nested(depthLimit + 2))).toThrow(expect.objectContaining({ code: 'copy.too_deep' }))
  })

  test('a refused copy leaves the source as it was', () => {
    const source = { a: [1, { b: new Date(1) }], bad: () => {} }
    expect(() => copy(source)).toThrow()
    expect(source.a).toEqual([1, { b: new Date(1) }])
    expect(Object.isFrozen(source)).toBe(false)
  })

  test('nothing gets into a prototype', () => {
    expect(() => copy(JSON.parse('{"__proto__":{"polluted":true}}'))).toThrow()
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('isolation', () => {
  /** Plain data with an own __proto__ is refused; everything else of this shape must come through. */
  const data = fc
    .anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      maxDepth: 4,
    })
    .filter((value) => !hasProto(value))

  function hasProto(value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false
    if (value instanceof Map) return [...value].some(([key, part]) => hasProto(key) || hasProto(part))
    if (value instanceof Set) return [...value].some(hasProto)
    return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProto)
  }

  /** Every object reachable from `value`. */
  function objects(value: unknown, found: Set<object> = new Set()): Set<object> {
    if (typeof value !== 'object' || value === null || found.has(value) || value instanceof Pid || value instanceof Ref)
      return found
    found.add(value)
    if (value instanceof Map) for (const [key, part] of value) objects(part, objects(key, found))
    else if (value instanceof Set) for (const part of value) objects(part, found)
    else for (const part of Object.values(value)) objects(part, found)
    return found
  }

  test('a copy equals its source and shares no object with it', () => {
    fc.assert(
      fc.property(data, (value) => {
        const made = copy(value)
        expect(made).toEqual(value)
        const sources = objects(value)
        for (const object of objects(made)) expect(sources.has(object)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('what immutable() returned goes by reference, inside other things too', () => {
    const table = immutable({ rows: [{ id: 1 }, { id: 2 }] })
    expect(copy(table)).toBe(table)
    expect(copy({ table }).table).toBe(table)
    expect(copy([table.rows])[0]).toBe(table.rows)
    expect(Object.isFrozen(table.rows[0])).toBe(true)
    const frozen = Object.freeze({ a: {} })
    expect(copy(frozen)).not.toBe(frozen)
  })

  test.each<[string, unknown]>([
    ['a map', { m: new Map() }],
    ['a set', new Set()],
    ['a date', [new Date()]],
    ['bytes', { b: new Uint8Array(1) }],
    ['a class instance', new Custom()],
    ['a function', { f() {} }],
    ['a symbol', [Symbol('s')]],
    ['a symbol key', { [Symbol('s')]: 1 }],
    [
      'an accessor',
      {
        get a() {
          return 1
        },
      },
    ],
    ['an own __proto__', JSON.parse('{"__proto__":1}') as unknown],
  ])('%s cannot be made immutable', (_name, value) => {
    expect(() => immutable(value)).toThrow(expect.objectContaining({ code: 'copy.unsendable' }))
  })

  test('a cycle cannot be made immutable', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    expect(() => immutable(cycle as unknown)).toThrow(expect.objectContaining({ code: 'copy.too_deep' }))
  })
})

describe('shapes', () => {
  const often = <T>(make: (i: number) => T, times = 40): T[] => Array.from({ length: times }, (_, i) => copy(make(i)))

  test('what is seen often is copied as what is seen once', () => {
    const make = (i: number) => ({ type: 'x', n: i, deep: { list: [i, { i }], none: undefined }, $: null, _1: true })
    expect(often(make)).toStrictEqual(Array.from({ length: 40 }, (_, i) => make(i)))
    const source = make(1)
    expect(copy(source).deep).not.toBe(source.deep)
  })

  test('two shapes with one beginning, and the same keys in another order', () => {
    expect(often((i) => (i % 2 === 0 ? { a: i, b: 1 } : { a: i, c: 2 })).slice(-2)).toEqual([
      { a: 38, b: 1 },
      { a: 39, c: 2 },
    ])
    expect(Object.keys(often(() => ({ b: 1, a: 2 })).at(-1)!)).toEqual(['b', 'a'])
  })

  test('what is refused is refused in a shape that is known, with its path', () => {
    often((i) => ({ handler: i, inner: { value: i } }))
    expect(() => copy({ handler: () => {}, inner: { value: 1 } })).toThrow('$.handler')
    expect(() => copy({ handler: 1, inner: { value: Symbol('s') } })).toThrow('$.inner.value')
  })

  test('what stands under symbol keys stays behind, however often', () => {
    const make = (i: number) => ({ plain: i, [Symbol.for('hidden')]: { shared: true } })
    for (const made of often(make)) expect(Reflect.ownKeys(made)).toEqual(['plain'])
  })

  test('keys that are data, odd keys, and more keys than any record has', () => {
    const odd = ['a b', '1', '-', "'", '"', '`', 'ключ', '${x}', 'constructor', 'then', '*/']
    const make = (i: number) => ({
      ...Object.fromEntries(odd.map((key) => [key, i])),
      ids: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`id${n * i}`, n])),
    })
    expect(often(make)).toStrictEqual(Array.from({ length: 40 }, (_, i) => make(i)))
  })

  test('a hundred thousand shapes do not pile up', () => {
    for (let i = 0; i < 100_000; i++) {
      const source = { [`key${i}`]: { i } }
      const made = copy(source)
      if (made[`key${i}`]?.i !== i || made[`key${i}`] === source[`key${i}`]) throw new Error(`wrong at ${i}`)
    }
  })
})

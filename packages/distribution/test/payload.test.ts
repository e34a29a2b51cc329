import { addExtension, Encoder, Tag } from 'cbor-x'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PayloadCodec } from '../src/wire/payload.ts'
import { WireError } from '../src/wire/wire-error.ts'
import { a, b, fromA, fromB, joined, pidOfA, pidOfB, refOfB, values } from './wire.ts'

const sender = new PayloadCodec(fromA)
const receiver = new PayloadCodec(fromB)
const across = (value: unknown): unknown => receiver.decode(sender.encode(value))
const raw = new Encoder({ useRecords: false, mapsAsObjects: true })

/** Errors compare by what they say, including what is not enumerable. */
function withErrorsOpened(value: unknown): unknown {
  if (value instanceof Error) {
    const { name, message, stack, cause } = value
    return { error: { name, message, stack, cause: withErrorsOpened(cause), code: (value as { code?: unknown }).code } }
  }
  if (value instanceof Map)
    return new Map([...value].map(([key, part]) => [withErrorsOpened(key), withErrorsOpened(part)]))
  if (value instanceof Set) return new Set([...value].map(withErrorsOpened))
  if (Array.isArray(value)) return value.map(withErrorsOpened)
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withErrorsOpened(part)]))
  }
  return value
}

describe('payloads', () => {
  it('arrive as they were sent, for every value of the domain', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(withErrorsOpened(across(value))).toStrictEqual(withErrorsOpened(value))
      }),
      { numRuns: 1000 },
    )
  })

  it('stand alone: any can be lost, repeated or overtaken', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(values, fc.nat()), { maxLength: 12 }), (list) => {
        const encoded = list.map(([value, key]) => ({ key, value, bytes: sender.encode(value) }))
        for (const { value, bytes } of [...encoded].sort((x, y) => x.key - y.key)) {
          expect(withErrorsOpened(receiver.decode(bytes))).toStrictEqual(withErrorsOpened(value))
        }
      }),
    )
  })

  it('keep pids and refs the same objects, mine, yours and theirs', () => {
    const [own, other, ref] = across([pidOfA, { deep: new Map([[pidOfB, refOfB]]) }, refOfB]) as [
      unknown,
      { deep: Map<unknown, unknown> },
      unknown,
    ]
    expect(own).toBe(pidOfA)
    expect([...other.deep.keys()][0]).toBe(pidOfB)
    expect(other.deep.get(pidOfB)).toBe(refOfB)
    expect(ref).toBe(refOfB)
  })

  it('keep errors with their cause and the pids in it', () => {
    const cause = Object.assign(new Error('inner'), { code: 'E_INNER', cause: { pid: pidOfA } })
    const error = new TypeError('outer', { cause })
    const arrived = across(error) as Error & { cause: Error & { code: string; cause: { pid: unknown } } }
    expect(arrived).toBeInstanceOf(Error)
    expect([arrived.name, arrived.message, arrived.stack]).toEqual(['TypeError', 'outer', error.stack])
    expect(arrived.cause.code).toBe('E_INNER')
    expect(arrived.cause.cause.pid).toBe(pidOfA)
  })

  it('do not change what they were made from', () => {
    const value = Object.freeze({
      list: Object.freeze([pidOfA, Object.freeze({ pid: pidOfB })]),
      error: new Error('x'),
    })
    sender.encode(value)
    expect(value.list[0]).toBe(pidOfA)
    expect(value.error.message).toBe('x')
  })

  it('share nothing with the bytes that they came in', () => {
    const bytes = new Uint8Array(sender.encode({ bytes: new Uint8Array([1, 2, 3]), text: 'x'.repeat(100) }))
    const value = receiver.decode(bytes) as { bytes: Uint8Array; text: string }
    bytes.fill(0xee)
    expect(value.bytes).toEqual(new Uint8Array([1, 2, 3]))
    expect(value.text).toBe('x'.repeat(100))
    expect(value.bytes.buffer.byteLength).toBe(3)
    expect(value.bytes.constructor).toBe(Uint8Array)
  })

  it('take objects with 70,000 keys', () => {
    const value = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]))
    expect(across(value)).toEqual(value)
  })

  it('take keys that are hazards elsewhere', () => {
    const value = { constructor: 'c', toJSON: 1, hasOwnProperty: null, then: 'x', length: -1, '': 0, tag: 5, value: 6 }
    expect(across(value)).toEqual(value)
  })

  it('of a shape that was seen often are made by a function, and are the same', () => {
    const reader = new PayloadCodec(fromB)
    const list = Array.from({ length: 100 }, (_, i) => ({
      type: 'row',
      i,
      inner: i % 3 === 0 ? { type: 'row', i, inner: null } : { type: 'other', at: `${i}` },
      'no field name': i,
      constructor: 'c',
    }))
    for (const each of list) {
      const got = reader.decode(sender.encode(each))
      expect(got).toStrictEqual(each)
      expect(Object.getPrototypeOf(got)).toBe(Object.prototype)
    }
    // The same keys in another order, fewer and more of them.
    for (const each of [{ i: 1, type: 'x' }, { type: 'x' }, { type: 'x', i: 1, more: 2 }, {}])
      for (let i = 0; i < 40; i++) expect(reader.decode(sender.encode(each))).toStrictEqual(each)
  })

  it('with a key twice have the last, often or not', () => {
    const reader = new PayloadCodec(fromB)
    const bytes = Uint8Array.from([0xa3, 0x61, 0x61, 1, 0x61, 0x62, 2, 0x61, 0x61, 3])
    for (let i = 0; i < 40; i++) expect(reader.decode(bytes)).toStrictEqual({ a: 3, b: 2 })
  })

  it('have their own keys only, whatever was added to Object.prototype', () => {
    const polluted = Object.prototype as Record<string, unknown>
    polluted['added'] = 1
    try {
      const got = across({ own: 1 }) as object
      expect(Object.keys(got)).toEqual(['own'])
    } finally {
      delete polluted['added']
    }
  })

  it('have U+FFFD for lone surrogates, in texts of any length', () => {
    for (const length of [0, 1, 7, 8, 9, 14, 15, 30, 300, 20_000])
      expect(across(`${'x'.repeat(length)}\ud800`)).toBe(`${'x'.repeat(length)}\ufffd`)
  })

  it('keep texts of all lengths and widths', () => {
    for (const unit of ['x', 'ü', '€', '😀', '\ufeff'])
      for (const length of [1, 2, 7, 8, 9, 12, 14, 15, 16, 23, 24, 31, 32, 33, 80, 86, 255, 256, 5000, 22_000])
        expect(across(unit.repeat(length))).toBe(unit.repeat(length))
  })

  it('refuse to encode what no walk should have let through, and go on', () => {
    for (const value of [() => {}, { a: Symbol('s') }, [new URL('http://x')], 2n ** 9000n, new WeakMap()]) {
      expect(() => sender.encode(value)).toThrow()
      expect(across({ still: 'fine' })).toEqual({ still: 'fine' })
    }
  })

  it('are not disturbed by extensions that others register in cbor-x', () => {
    class Foreign {}
    addExtension({ Class: Foreign, tag: 1201, encode: () => 'x', decode: () => 'taken over' } as never)
    addExtension({ Class: Foreign, tag: 9999, encode: () => 'x', decode: () => 'foreign' } as never)
    try {
      expect(() => receiver.decode(raw.encode(new Tag(1, 9999)))).toThrow(WireError)
    } finally {
      // cbor-x has no way to take an extension back; `undefined` makes the tag unknown again.
      addExtension({ Class: Foreign, tag: 1201, encode: () => 'x', decode: undefined } as never)
      addExtension({ Class: Foreign, tag: 9999, encode: () => 'x', decode: undefined } as never)
    }
    expect(across(pidOfA)).toBe(pidOfA)
  })
})

describe('the depth of a payload', () => {
  const withCause = Object.assign(new Error('outer'), { cause: 'why' })
  it.each([
    ['an array', []],
    ['an array with parts', [1]],
    ['an object', {}],
    ['an object with parts', { a: 1 }],
    ['a map', new Map()],
    ['a map with parts', new Map([['a', 1]])],
    ['a set', new Set()],
    ['a set with parts', new Set([1])],
    ['an error', new Error('alone')],
    ['an error with a cause', withCause],
  ])('%s may be below 511 others, on both sides, and not below 512, on neither', (_, value) => {
    const alone = sender.encode(value)
    for (const depth of [511, 512]) {
      let nested: unknown = value
      for (let i = 0; i < depth; i++) nested = [nested]
      const bytes = joined([new Uint8Array(depth).fill(0x81), alone])
      if (depth === 511) {
        expect(sender.encode(nested)).toEqual(bytes)
        expect(() => receiver.decode(bytes)).not.toThrow()
      } else {
        expect(() => sender.encode(nested)).toThrow(/nests over 512 levels/)
        expect(() => receiver.decode(bytes)).toThrow(/nests over 512 levels/)
      }
    }
  })

  it.each([
    ['arrays', (inner: unknown) => [inner]],
    ['objects', (inner: unknown) => ({ a: inner })],
    ['keys of maps', (inner: unknown) => new Map([[inner, 1]])],
    ['parts of maps', (inner: unknown) => new Map([[1, inner]])],
    ['sets', (inner: unknown) => new Set([inner])],
    ['causes of errors', (inner: unknown) => Object.assign(new Error('x'), { cause: inner, stack: '' })],
  ] as [string, (inner: unknown) => unknown][])('%s: 512 of them are sent and read, 513 are not sent', (_, around) => {
    let value: unknown = null
    for (let i = 0; i < 512; i++) value = around(value)
    expect(() => receiver.decode(sender.encode(value))).not.toThrow()
    expect(() => sender.encode(around(value))).toThrow(/nests over 512 levels/)
  })
})

const refused = (bytes: readonly number[] | Uint8Array, message?: RegExp) => {
  const run = () => receiver.decode(Uint8Array.from(bytes))
  expect(run).toThrow(WireError)
  if (message !== undefined) expect(run).toThrow(message)
}

describe('hostile payloads', () => {
  it.each([
    [
      'an object with __proto__',
      raw.encode(new Map([['x', 1]])).length > 0 ? [0xa1, 0x69, ...Buffer.from('__proto__'), 0xa0] : [],
      /__proto__/,
    ],
    ['__proto__ with a long length form', [0xa1, 0x78, 9, ...Buffer.from('__proto__'), 0xa0], /__proto__/],
    ['a key that is no text', [0xa1, 0x01, 0x01], /no text/],
    ['an indefinite array', [0x9f, 0x01, 0xff], /form 31/],
    ['an indefinite map', [0xbf, 0xff], /form 31/],
    ['a stop code', [0xff], /simple value 31/],
    ['a generic object', [0xd8, 27, 0x82, 0x66, ...Buffer.from('RegExp'), 0x61, 0x78], /tag 27/],
    ['a record definition', [0xd9, 0xdf, 0xff, 0x83, 0x19, 0xe0, 0, 0x81, 0x61, 0x61, 1], /tag 57343/],
    ['a shared reference', [0xd8, 29, 0], /tag 29/],
    ['packed values', [0xd8, 51, 0x80], /tag 51/],
    ['a typed array', [0xd8, 69, 0x42, 0, 0], /tag 69/],
    ['a self-described value', [0xd9, 0xd9, 0xf7, 0], /tag 55799/],
    ['a 64-bit length', [0x5b, 0, 0, 0, 0, 0, 0, 0, 1, 0], /form 27/],
    ['an array longer than its frame', [0x9a, 0xff, 0xff, 0xff, 0xff], /ends early/],
    ['a map longer than its frame', [0xba, 0x7f, 0xff, 0xff, 0xff], /ends early/],
    ['a string longer than its frame', [0x7a, 0xff, 0xff, 0xff, 0xff], /ends early/],
    ['a huge whole number', [0xc2, 0x59, 0x20, 0x00, ...new Uint8Array(0x2000)], /whole number/],
    ['a date that is a list', [0xc1, 0x80], /date/],
    ['a set that is a map', [0xd9, 0x01, 0x02, 0xa0], /set/],
    ['a map that is a list', [0xd9, 0x01, 0x03, 0x80], /map/],
    ['two values', [0x01, 0x01], /follow/],
    ['nothing', [], /early/],
  ])('%s is refused', (_, bytes, message) => refused(bytes, message))

  it('a value nested too deeply is refused before it is decoded', () => {
    refused([...new Uint8Array(20_000).fill(0x81), 0x01], /levels deep/)
  })

  it('malformed pids, refs and errors are refused', () => {
    for (const parts of [
      [],
      [0, 0],
      [0, 0, -1],
      [0, 0, 1.5],
      [0, 0, 2 ** 53],
      [2, 0, 1],
      ['', 1, 1],
      ['n@h', -1, 1],
      ['n@h', 2 ** 32, 1],
      ['x'.repeat(256), 1, 1],
      [0, 0, 1, 1],
    ]) {
      refused(raw.encode(new Tag(parts, 1201)))
      refused(raw.encode(new Tag(parts, 1202)))
    }
    refused(raw.encode(new Tag(['n', 'm', 's', null, 1, 2], 1203)))
    refused(raw.encode(new Tag(['n', 'm'], 1203)))
    refused(raw.encode(new Tag(['n', 'm', 's', {}], 1203)))
  })

  it('random bytes throw WireErrors and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          receiver.decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('mutated payloads throw WireErrors and nothing else, and pollute nothing', () => {
    fc.assert(
      fc.property(
        values,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (value, changes) => {
          const bytes = new Uint8Array(sender.encode(value))
          for (const [place, byte] of changes) bytes[place % bytes.length] = byte
          try {
            receiver.decode(bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
          }
          expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
          expect(Object.keys(Object.prototype)).toEqual([])
        },
      ),
      { numRuns: 3000 },
    )
    expect([a.name, b.name].map((name) => typeof name)).toEqual(['string', 'string'])
  })
})

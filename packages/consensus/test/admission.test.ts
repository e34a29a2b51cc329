import { immutable } from '@agner/core'
import { ValueCodec } from '@agner/distribution/values'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Admission } from '../src/member/admission.ts'

const limit = 4096
const codec = new ValueCodec()

function admit(command: unknown): unknown {
  const admitted = new Admission(limit).admit(command)
  return admitted.type === 'admitted' ? admitted.command : admitted.why
}

/** As another member has it. */
function elsewhere(value: unknown): unknown {
  return codec.decode(codec.encode([value, null])) as unknown
}

test.each([
  ['a text with half a character', ['\uD83D'], ['\uFFFD']],
  ['a key with half a character', { '\uD83D': 1, '\uD83E': 2 }, { '\uFFFD': 2 }],
  ['-0', { by: -0 }, { by: 0 }],
  ['a hole', Object.assign(Array(2), { 1: 1 }), [undefined, 1]],
  ['members of a Set', new Set(['\uD800', '\uD801']), new Set(['\uFFFD'])],
  ['keys of a Map', new Map([['\uD800', -0]]), new Map([['\uFFFD', 0]])],
  ['a Buffer', Buffer.from('ab'), new Uint8Array([97, 98])],
  ['what has no prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
])('%s becomes what its bytes say', (_, command, wanted) => {
  expect(admit({ command })).toStrictEqual({ command: wanted })
  expect(admit(command)).toStrictEqual((elsewhere(admit(command)) as unknown[])[0])
})

test('what is frozen is never taken as it is: it may have more to it than a copy', () => {
  const list = Object.assign([1], { more: 2 })
  expect(Object.keys(admit(immutable(list as never) as unknown) as object)).toEqual(['0'])
})

test('what no bytes change goes in as it is', () => {
  for (const command of [1, 'a', null, true, undefined, { a: [1, 'ü', { b: null }], c: new Uint8Array(9) }])
    expect(admit(command)).toBe(command)
})

test('whatever is let in is the same at each member', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: false,
  })
  const ofHalves = fc.string({ unit: fc.constantFrom('a', 'ü', '\uD83D', '\uDE00', '\uFFFD'), maxLength: 4 })
  const command = fc.oneof(anything, ofHalves, fc.dictionary(ofHalves, fc.oneof(ofHalves, fc.double(), anything)))
  const admission = new Admission(limit)
  fc.assert(
    fc.property(command, (given) => {
      const admitted = admission.admit(given)
      if (admitted.type === 'admitted') expect([admitted.command, null]).toStrictEqual(elsewhere(admitted.command))
    }),
    { numRuns: 2000 },
  )
})

test('a limit counts the bytes that are sent', () => {
  expect(admit('x'.repeat(limit - 3))).toHaveLength(limit - 3)
  expect(admit('x'.repeat(limit - 2))).toBe('too_large')
  expect(admit('\u20AC'.repeat(limit / 2))).toBe('too_large')
  expect(admit(new Uint8Array(limit))).toBe('too_large')
  expect(admit(Array.from({ length: limit }, () => 0))).toBe('too_large')
  expect(admit(Array.from({ length: limit - 3 }, () => 0))).toHaveLength(limit - 3)
})

test('what cannot be said is refused', () => {
  expect(admit({ x: 1n << 9000n })).toBe('unencodable')
  expect(admit(JSON.parse('{"__proto__": 1}'))).toBe('unencodable')
  let deep: unknown = 1
  // Within the limit of 512 by itself; not so in a message of a member.
  for (let level = 0; level < 508; level++) deep = [deep]
  expect(admit(deep)).toBe('unencodable')
  for (let level = 0; level < 16; level++) [deep] = deep as [unknown]
  expect(admit(deep)).toStrictEqual(deep)
})

import { ValueCodec } from '@agner/distribution/values'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { weighEntry } from '../../src/raft/weight.ts'
import type { Entry } from '../../src/raft/interface.ts'

const most = 1_048_576

function entry(command: unknown, session = 's'): Entry {
  return { type: 'command', index: 7, term: 1, command, request: { session, sequence: 1, answered: 0 } }
}

const codec = new ValueCodec()

function bytes(value: unknown): number {
  return codec.encode(value).length
}

test('no entry takes more than three times what it weighs, so that a batch stays below what a message may have', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true })
  fc.assert(
    fc.property(
      fc.oneof(anything, fc.string({ unit: 'binary' })),
      fc.string({ unit: 'binary' }),
      (command, session) => {
        const one = entry(command, session)
        expect(bytes(one)).toBeLessThanOrEqual(3 * weighEntry(one, most))
      },
    ),
    { numRuns: 1000 },
  )
})

test.each([
  ['large whole numbers', Array.from({ length: 50 }, () => 1n << 8_000n)],
  ['an error', new Error('x'.repeat(20_000), { cause: 'y'.repeat(20_000) })],
  ['the name of a session', 1, 'x'.repeat(1_000)],
])('%s: about as many as there are', (_, command, session = 's') => {
  const one = entry(command, session)
  expect(weighEntry(one, most)).toBeGreaterThan(bytes(one) * 0.9)
  expect(weighEntry(one, most)).toBeLessThan(bytes(one) * 1.5)
})

test('the members of a group count too', () => {
  const configuration = Array.from({ length: 100 }, (_, n) => ({
    id: `${'n'.repeat(200)}${n}`,
    role: 'voter' as const,
  }))
  const one: Entry = { type: 'configuration', index: 1, term: 1, configuration }
  expect(weighEntry(one, most)).toBeGreaterThan(bytes(one) * 0.9)
  expect(weighEntry({ type: 'nothing', index: 1, term: 1 }, most)).toBeLessThan(200)
})

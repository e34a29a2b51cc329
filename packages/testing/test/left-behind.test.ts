import { expect, test } from 'vitest'
import { leftBehind, namespaceOf } from '../src/left-behind.ts'

/** No system has so many processes. */
const nobody = 999_999_999

test('what a process left that is gone, and nothing else', () => {
  const left = namespaceOf(nobody, '01234567')
  const where = left.split('-')[2]!
  const others = [
    namespaceOf(process.pid, '01234567'),
    namespaceOf(1, '01234567'),
    // Elsewhere, where that process may live.
    left.replace(where, `${where}1`),
    namespaceOf(nobody, 'mine'),
    `my-${left}`,
    `${left}-x`,
    `agner-${String(nobody)}`,
    'agner',
    '',
  ]
  const printed = [others[0], left, ...others.slice(1), `${left}-0 (id: 12)`].join('\n')
  expect(leftBehind(printed)).toEqual([left, `${left}-0`])
  expect(leftBehind('')).toEqual([])
})

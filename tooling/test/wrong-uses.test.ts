import { expect, test } from 'vitest'
import { misplaced, wrongProgram, type WrongUse } from '../check/wrong-uses.ts'

const uses: WrongUse[] = [
  { code: "call('sub')", at: "'sub'", says: 'no such call' },
  { code: 'cast(3)', at: '3', says: 'a name' },
]
const lineOf = (code: string): number =>
  wrongProgram(uses)
    .split('\n')
    .findIndex((line) => line.includes(code)) + 1
const complaint = (code: string, column: number, text: string): string =>
  `wrong.ts(${lineOf(code)},${column}): error TS1: ${text}\n`

test('an error on the right place with the right words is what is wanted, wherever in its message they are', () => {
  const first = complaint("call('sub')", 11, 'Not assignable.\n  For there is no such call.')
  expect(misplaced(`${first}${complaint('cast(3)', 11, 'needs a name')}`, uses)).toEqual([])
})

test('one that is missing, misplaced, worded otherwise, or not alone is told', () => {
  const right = complaint("call('sub')", 11, 'no such call')
  expect(misplaced(right, uses)).toEqual([expect.stringContaining('it has none')])
  for (const wrong of [
    complaint('cast(3)', 6, 'needs a name'),
    complaint('cast(3)', 11, 'never'),
    complaint('cast(3)', 11, 'a name') + complaint('cast(3)', 6, 'and more'),
  ])
    expect(misplaced(right + wrong, uses)).toEqual([expect.stringContaining('cast(3)')])
})

test('so is one that stands where nothing is wrong', () => {
  const all = complaint("call('sub')", 11, 'no such call') + complaint('cast(3)', 11, 'a name')
  expect(misplaced(`${all}wrong.ts(3,1): error TS2: the prelude\n`, uses)).toEqual([expect.stringContaining('prelude')])
})

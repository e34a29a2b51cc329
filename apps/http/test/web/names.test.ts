import { describe, expect, test } from 'vitest'
import {
  cleanPlace,
  explainPlace,
  explainText,
  isGoodPlace,
  isPlaceAsked,
  longestName,
  longestText,
  placeFrom,
  placeProblem,
  searchFor,
} from '../../web/src/model/names.ts'

describe('names', () => {
  test.each(['lobby', 'A-b_9', 'x'.repeat(longestName)])('room %s is good', (room) =>
    expect(isGoodPlace({ room, user: 'ann' })).toBe(true),
  )

  test.each(['ann', 'Per-Åke', '李雷', 'a b', 'o/o', 'x'.repeat(longestName), '😀'])('user %s is good', (user) =>
    expect(isGoodPlace({ room: 'lobby', user })).toBe(true),
  )

  test.each(['café', 'a b', 'a/b', '../x', '<b>'])('room %s is explained', (room) =>
    expect(explainPlace({ room, user: 'ann' })).toEqual({ room: expect.stringContaining('digits') as string }),
  )

  test.each(['', 'x'.repeat(longestName + 1), 'tab\there', 'nul\0'])('%j is explained at its field', (name) => {
    expect(explainPlace({ room: name, user: 'ann' }).room).toBeTypeOf('string')
    expect(explainPlace({ room: name, user: 'ann' }).user).toBeUndefined()
    expect(explainPlace({ room: 'lobby', user: name }).user).toBeTypeOf('string')
  })

  test('are cleaned of what nobody means', () =>
    expect(cleanPlace({ room: ' # lobby ', user: ' ann\n' })).toEqual({ room: 'lobby', user: 'ann' }))
})

test('a text is explained only when it is too long', () => {
  expect(explainText('x'.repeat(longestText))).toBeUndefined()
  expect(explainText('x'.repeat(longestText + 1))).toContain('4001')
})

test('a refusal stands at the field that it is about', () => {
  expect(placeProblem({ code: 'user_bad', message: 'm' })).toEqual({ user: 'm' })
  expect(placeProblem({ code: 'bad_room', message: 'm' })).toEqual({ room: 'm' })
  expect(placeProblem({ code: 'full', message: 'm' })).toEqual({ general: 'm' })
})

describe('the address', () => {
  test('wins over what is remembered', () => {
    expect(placeFrom('?room=a', { room: 'b', user: 'c' })).toEqual({ room: 'a', user: 'c' })
    expect(placeFrom('', {})).toEqual({ room: 'lobby', user: '' })
  })

  test('leads back to the same place', () => {
    const place = { room: 'a&b=c #1?', user: 'Ä/ü+' }
    expect(placeFrom(searchFor(place), {})).toEqual(place)
  })

  test('asks for a place only with both names', () => {
    expect(isPlaceAsked('?room=a&user=b')).toBe(true)
    expect(isPlaceAsked('?room=a')).toBe(false)
  })
})

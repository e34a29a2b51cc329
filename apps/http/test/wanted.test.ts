import { describe, expect, it } from 'vitest'
import { readWanted } from '../src/ws/wanted.ts'

const place = '/ws?room=lobby&user=ann'

describe('the URL of a WebSocket', () => {
  it.each(['0', '7', '9007199254740991'])('may begin after %s', (after) =>
    expect(readWanted(`${place}&after=${after}`)).toEqual({ room: 'lobby', user: 'ann', after: Number(after) }),
  )

  it('need not say after which message', () => expect(readWanted(place)).toMatchObject({ after: null }))

  it.each(['1e30', '1e20', '1e999', '9007199254740992', '99999999999999999', '-1', '1.5', '', '0x10', ' 1'])(
    'may not begin after %s',
    (after) => expect(readWanted(`${place}&after=${after}`)).toBe('after must be the id of a message.'),
  )

  it.each(['/ws', '/ws?room=a%20b&user=ann', '/ws?room=lobby&user=%20', `/ws?room=lobby&user=${'a'.repeat(41)}`, '/'])(
    'is told what is wrong with %s',
    (target) => expect(typeof readWanted(target)).toBe('string'),
  )

  it.each(['//', 'http://[/ws', 'http://a:b/ws'])('is none: %s', (target) => expect(readWanted(target)).toBe(null))
})

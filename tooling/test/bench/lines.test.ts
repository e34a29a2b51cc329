import { describe, expect, it } from 'vitest'
import { formatAnswer, formatRequest, parseAnswer, parseRequest } from '../../bench/lines.ts'

describe('a request', () => {
  it('is a line, and comes back from it', () => {
    const request = { job: 'ring', side: 'async', sizes: { processes: 1000, laps: 10 } } as const
    expect(formatRequest(request)).toBe('ring async processes=1000 laps=10')
    expect(parseRequest('ring async processes=1000 laps=10\n')).toEqual(request)
  })

  it('with something else than numbers is refused', () => {
    expect(() => parseRequest('ring async laps')).toThrow('not NAME=NUMBER')
    expect(() => parseRequest('ring async laps=many')).toThrow('not NAME=NUMBER')
  })
})

describe('an answer', () => {
  it('has figures, or what went wrong in one line', () => {
    expect(parseAnswer(formatAnswer({ figures: { value: 12.5, stallMs: 3 } }))).toEqual({
      figures: { value: 12.5, stallMs: 3 },
    })
    expect(parseAnswer(formatAnswer({ problem: 'it\n  broke' }))).toEqual({ problem: 'it broke' })
  })

  it('is told from what else is printed', () => {
    expect(parseAnswer('(node:1) ExperimentalWarning: something')).toBeNull()
    expect(parseAnswer('')).toBeNull()
  })

  it('with something that is not a number is refused, and not taken for a figure', () => {
    expect(() => parseAnswer('ok value=NaN')).toThrow('not NAME=NUMBER')
  })
})

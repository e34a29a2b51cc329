import { describe, expect, it } from 'vitest'
import { compare, type Edge } from '../../conformance/compare.ts'
import type { Trace } from '../../conformance/trace.ts'

/** `a:got 1` is an event of `a`. */
const trace = (...lines: string[]): Trace =>
  lines.map((line) => {
    const [, who = '', what = '', data = '"none"'] = /^(\w+):(\w+)(?: (.*))?$/.exec(line) ?? []
    return { who, what, data }
  })
const texts = (expected: Trace, actual: Trace, edges?: readonly Edge[]): string[] =>
  compare(expected, actual, edges).map(({ text }) => text)

const told = trace('a:starts', 'b:starts', 'a:got 1', 'b:got 2')

describe('two traces', () => {
  it('are equal to themselves', () => {
    expect(compare(told, told)).toEqual([])
    expect(compare([], [])).toEqual([])
  })

  it('are equal when only processes that race change places', () => {
    expect(compare(told, trace('b:starts', 'b:got 2', 'a:starts', 'a:got 1'))).toEqual([])
  })

  it('differ when one process does things in another order', () => {
    expect(texts(told, trace('a:got 1', 'a:starts', 'b:starts', 'b:got 2'))).toEqual([
      'a, event 1: expected starts, got got 1',
    ])
  })

  it('differ in data, and all of them are told', () => {
    const found = compare(told, trace('a:starts', 'b:starts', 'a:got 7', 'b:got 8'))
    expect(found).toEqual([
      { key: 'a:got', text: 'a, event 2: expected got 1, got got 7' },
      { key: 'b:got', text: 'b, event 2: expected got 2, got got 8' },
    ])
  })

  it('differ by an event that is missing, at the end or before it', () => {
    expect(texts(told, trace('a:starts', 'b:starts', 'b:got 2'))).toEqual(['a, event 2: expected got 1, got nothing'])
    expect(texts(told, trace('a:starts', 'b:got 2', 'a:got 1'))).toEqual(['b, event 1: expected starts, got got 2'])
  })

  it('differ by an event too many, and by a process too many', () => {
    expect(texts(told, [...told, ...trace('a:again')])).toEqual(['a, event 3: expected nothing, got again'])
    expect(texts(told, [...told, ...trace('c:ghost')])).toEqual(['c, event 1: expected nothing, got ghost'])
  })
})

describe('what happens before something else', () => {
  const edges: Edge[] = [['a:got', 'b:got']]

  it('does so in both', () => {
    expect(compare(told, told, edges)).toEqual([])
  })

  it('is a difference when it does not, although no process did anything else', () => {
    const late = trace('a:starts', 'b:starts', 'b:got 2', 'a:got 1')
    expect(texts(told, late, edges)).toEqual(['actual: a:got does not come before b:got'])
    expect(texts(late, told, edges)).toEqual(['expected: a:got does not come before b:got'])
  })

  it('must be there at all', () => {
    const empty = trace('a:starts')
    expect(texts(empty, empty, edges)).toEqual([
      'expected: a:got (missing) does not come before b:got (missing)',
      'actual: a:got (missing) does not come before b:got (missing)',
    ])
  })

  it('is about the first of several', () => {
    const often = trace('a:got 1', 'b:got 1', 'a:got 2', 'b:got 2')
    expect(compare(often, often, edges)).toEqual([])
  })
})

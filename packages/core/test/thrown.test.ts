import { describe, expect, test } from 'vitest'
import { createNode } from '../src/index.ts'
import { messageOf, stackOf } from '../src/kernel.ts'

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const lying = Object.defineProperty(new Error('hidden'), 'message', {
  get: () => {
    throw new Error('a getter')
  },
})

describe('what was thrown, in words', () => {
  test.each<[string, unknown, string]>([
    ['an error', new TypeError('no such thing'), 'no such thing'],
    ['a text', 'full', 'full'],
    ['an object', { code: 5 }, '{"code":5}'],
    ['nothing', undefined, 'undefined'],
    ['a symbol', Symbol('odd'), 'Symbol(odd)'],
    ['an object without a prototype', Object.create(null), '{}'],
    [
      'an object that cannot be written',
      { toString: null, toJSON: null, big: 1n },
      '{"toString":null,"toJSON":null,"big":1n}',
    ],
    ['an error whose message is none', Object.assign(new Error('x'), { message: 7 }), 'Error: 7'],
    ['an error that cannot be read', lying, 'a value that cannot be shown'],
    ['a proxy that was revoked', revoked(), 'a value that cannot be shown'],
  ])('%s', (_, thrown, text) => {
    expect(messageOf(thrown)).toBe(text)
  })

  test('with the stack of an error, if it has one', () => {
    expect(stackOf(new Error('here'))).toMatch(/^Error: here\n {4}at /)
    expect(stackOf(Object.assign(new Error('here'), { stack: undefined }))).toBe('here')
    expect(stackOf('text')).toBe('text')
    expect(stackOf(revoked())).toBe('a value that cannot be shown')
  })
})

test('a process whose state cannot be looked at any more crashes like any other', async () => {
  const crashes: unknown[] = []
  const node = createNode({ report: (report) => void (report.type === 'crash' && crashes.push(report)) })
  const { proxy: state, revoke } = Proxy.revocable({}, {})
  const pid = node.spawn<string, object>({
    init: () => state,
    message: () => {
      revoke()
      throw new Error('boom')
    },
  })
  const exited = node.exited(pid)
  node.send(pid, 'go')
  expect(await exited).toMatchObject({ message: 'boom' })
  expect(crashes).toMatchObject([
    { reason: { message: 'boom' }, details: { failed: expect.stringContaining('revoked') as string } },
  ])
  await node.stop()
})

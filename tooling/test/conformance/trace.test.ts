import { createNode, type Process } from '../../../packages/core/src/index.ts'
import { describe, expect, it } from 'vitest'
import { errorWord, toRaw } from '../../conformance/neutral.ts'
import type { RawEvent } from '../../conformance/raw.ts'
import { toTrace } from '../../conformance/trace.ts'

const pid = (text: string) => ({ $pid: text })
const ref = (text: string) => ({ $ref: text })
const labels = { '<0.1>': 'main', '<0.2>': 'a' }
const data = (...events: RawEvent[]): string[] => toTrace({ labels, events }).map((event) => event.data)

describe('a trace', () => {
  it('has pids by their labels', () => {
    expect(toTrace({ labels, events: [['<0.1>', 'saw', [pid('<0.2>'), pid('<0.9>')]]] })).toEqual([
      { who: 'main', what: 'saw', data: '[<a>,<<unlabelled>>]' },
    ])
  })

  it('numbers refs by order of appearance, process by process, whoever came first', () => {
    const a: RawEvent[] = [
      ['<0.2>', 'made', ref('x')],
      ['<0.2>', 'made', ref('y')],
    ]
    const main: RawEvent[] = [['<0.1>', 'made', [ref('z'), ref('x')]]]
    expect(data(...a, ...main)).toEqual(['#r1', '#r2', '[#r3,#r1]'])
    expect(data(...main, ...a)).toEqual(['[#r3,#r1]', '#r1', '#r2'])
  })

  it('has the keys of objects in order, so that equal data are equal text', () => {
    expect(data(['<0.1>', 'got', { b: 1, a: [true, null, 'x'] }])).toEqual(['{a:[true,null,"x"],b:1}'])
  })

  it('tells a text from a number, a pid and a ref', () => {
    const found = data(['<0.1>', 'got', ['1', 1, '<a>', pid('<0.2>'), '#r1', ref('x')]])
    expect(found).toEqual(['["1",1,"<a>",<a>,"#r1",#r1]'])
  })
})

describe('values of Agner in the neutral form', () => {
  it('are what Erlang would have', async () => {
    const node = createNode({ name: 'judge@127.0.0.1', report: () => {} })
    const body = async (self: Process<unknown>) => {
      const made = self.makeRef()
      expect(toRaw({ type: 'exit', from: self.pid, reason: 'normal' }, node.name)).toEqual({
        type: 'exit',
        from: { $pid: String(self.pid) },
        reason: 'normal',
      })
      expect(toRaw([made, undefined, null, true], node.name)).toEqual([{ $ref: String(made) }, 'undefined', null, true])
      expect(toRaw(await self.receive({ timeoutMs: 0 }), node.name)).toBe('nothing')
    }
    expect(await node.exited(node.spawn(body))).toBe('normal')
    await node.stop()
  })

  it('name a process here without the node, and elsewhere with it', () => {
    expect(toRaw({ name: 'server', node: 'here@h' }, 'here@h')).toEqual({ name: 'server' })
    expect(toRaw({ name: 'server', node: 'there@h' }, 'here@h')).toEqual({ name: 'server', node: 'there@h' })
  })

  it('have Erlang’s word for a coded error, and the message of any other', () => {
    expect(errorWord(Object.assign(new Error('long text'), { code: 'name.taken' }))).toBe('badarg')
    expect(errorWord(Object.assign(new Error('long text'), { code: 'made.up' }))).toBe('made.up')
    expect(toRaw(new Error('boom'), '')).toEqual({ error: 'boom' })
  })

  it('refuse what has no neutral form', () => {
    expect(() => toRaw(() => {}, '')).toThrow('A trace cannot hold a function.')
  })
})

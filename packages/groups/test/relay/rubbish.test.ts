/**
 * What comes from other nodes may be anything: it ends nobody. And what is ended all the same starts again.
 */
import type { NameAddress } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { acrossName } from '../../src/across/service.ts'
import { attributesName } from '../../src/attributes/service.ts'
import { relayName } from '../../src/relay/frames.ts'
import { collector, startRelayed, type Relayed } from './relayed.ts'

let relayed: Relayed
afterEach(async () => {
  await relayed.cluster.stop()
})

const run = (ms: number): Promise<void> => relayed.cluster.run(ms)
const services = [relayName, acrossName, attributesName]
const tell = (to: NameAddress, message: unknown): void => relayed.node('g').send(to as never, message as never)
const settled = (asked: Promise<unknown>): Promise<unknown> =>
  relayed.cluster.until(asked.catch(({ code }: { code: unknown }) => code))

const open = {
  type: 'open',
  id: 'x',
  way: ['g@cluster'],
  hops: 2,
  epoch: 1,
  source: { node: 'g@cluster', incarnation: 1 },
  key: 'k',
  to: { name: 'n', node: 'a@cluster' },
  pid: null,
  windowMessages: 1,
  windowBytes: 1,
}

const odd: readonly unknown[] = [
  null,
  7,
  'stop',
  {},
  { type: 'constructor' },
  { type: 'stop' },
  { type: 'stop', own: { by: '@agner/groups' } },
  { type: 'sweep' },
  { type: 'retry' },
  { type: 'out', key: 'k', bytes: 1, message: 1 },
  { type: 'down' },
  { type: 'open' },
  { ...open, way: [] },
  { ...open, way: 'g@cluster' },
  { ...open, hops: 1e9 },
  { ...open, to: null },
  { ...open, to: { group: 1, name: 'n' } },
  { ...open, pid: 'me' },
  { ...open, source: null },
  { ...open, windowBytes: NaN },
  { type: 'hello', node: 'g@cluster', answer: true, gateway: true, groups: 5, members: [] },
  { type: 'hello', node: 'g@cluster', answer: true, gateway: true, groups: [], members: [{}] },
  { type: 'data', id: 'x', seq: -1, bytes: 1 },
  { type: 'ask', id: 'x', seq: 1, bytes: 1, ask: 1, payload: 1, timeoutMs: NaN },
  { type: 'close' },
  { type: 'opened', id: 'x' },
  { type: 'refused', id: 'x', reason: 'toString', at: 'g@cluster' },
  { type: 'credit', id: 'x', messages: -1, bytes: 0 },
  { type: 'answer', id: 'x', ask: 1, outcome: null },
  { type: 'answer', id: 'x', ask: 1, outcome: { ok: false, failed: 'refused', reason: null } },
  { type: 'ended', id: 'x', why: 'because', reason: 'normal' },
]

describe('rubbish', () => {
  it('from a neighbour ends no service, is counted, and all goes on', async () => {
    relayed = await startRelayed()
    const { pid, got } = collector(relayed.node('c'))
    const before = services.map((name) => relayed.node('a').whereis(name))
    for (const message of odd) for (const name of services) tell({ name, node: 'a@cluster' }, message)
    await run(2000)
    expect(services.map((name) => relayed.node('a').whereis(name))).toEqual(before)
    expect(relayed.relay('a').stats().rubbish).toBe(odd.length)
    relayed.relay('a').send(relayed.node('a'), pid as never, 'on' as never)
    await run(500)
    expect(got).toEqual(['on'])
  })

  it('asked through gateways is refused to who asked, and to nobody else', async () => {
    relayed = await startRelayed()
    const before = services.map((name) => relayed.node('c').whereis(name))
    const questions = [null, {}, { ask: 'whereis', group: 'right' }, { ask: 'names' }, { names: [1], timeoutMs: 1 }]
    const codes: unknown[] = []
    for (const question of questions)
      codes.push(await settled(relayed.node('i').request({ name: relayName, node: 'c@cluster' }, question)))
    for (const name of [acrossName, attributesName])
      for (const question of questions) {
        const asked = relayed.relay('a').request(relayed.node('a'), { name, node: 'c@cluster' }, question)
        codes.push(await settled(asked))
      }
    expect(new Set(codes)).toEqual(new Set(['groups.bad_question']))
    expect(services.map((name) => relayed.node('c').whereis(name))).toEqual(before)
  })

  it('asked of attributes by this program goes nowhere', async () => {
    relayed = await startRelayed()
    for (const node of ['a@cluster', 'c@cluster'])
      expect(await settled(relayed.attributes('a').of(relayed.node('a'), node, undefined as never))).toBe(
        'groups.bad_question',
      )
  })
})

describe('a service that was killed', () => {
  it('starts again, and what was lost with it is told', async () => {
    relayed = await startRelayed()
    const [a, relay] = [relayed.node('a'), relayed.relay('a')]
    const { pid, got } = collector(relayed.node('c'))
    const downs: unknown[] = []
    a.spawn<{ readonly reason: unknown }>(async (self) => {
      relay.monitor(self, pid)
      for (;;) downs.push((await self.receive()).reason)
    })
    for (let i = 0; i < 5; i++) relay.send(a, pid as never, i as never)
    await run(500)
    const old = services.map((name) => a.whereis(name)!)
    for (const each of old) a.sendExit(each, 'kill')
    const asked = relay.request(a, pid, 'lost').catch(({ code }: { code: unknown }) => code)
    await run(1000)
    expect(await asked).toBe('groups.relay_no_connection')
    expect(downs).toEqual(['noconnection'])
    for (const [index, name] of services.entries()) {
      expect(a.whereis(name)).toBeDefined()
      expect(a.whereis(name)).not.toBe(old[index])
    }
    relay.send(a, pid as never, 'on' as never)
    await run(1000)
    expect(got).toEqual([0, 1, 2, 3, 4, 'on'])
    const members = relayed.across('a').members(a, { group: 'right' })
    expect(await settled(members)).toEqual(['c', 'd', 'i', 'j'].map((name) => `${name}@cluster`))
    expect(relay.neighbours().length).toBeGreaterThan(0)
  })

  it('does not when it was stopped', async () => {
    relayed = await startRelayed()
    relayed.relay('a').stop()
    await run(1000)
    expect(relayed.node('a').whereis(relayName)).toBeUndefined()
  })
})

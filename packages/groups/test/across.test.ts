/**
 * Names of groups that one is not in.
 */
import { reply, Request, type CallbackBody } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { acrossName } from '../src/across/service.ts'
import { collector, startRelayed, type Relayed } from './relay/relayed.ts'

let relayed: Relayed
afterEach(async () => {
  await relayed.cluster.stop()
})

/** Answers whatever it is asked with the same. */
const liar = (answer: unknown): CallbackBody<unknown, null> => ({
  name: 'liar',
  init: () => null,
  message: (_, message) => {
    if (message instanceof Request) reply(message, answer)
    return null
  },
})

const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  relayed.cluster.until(asked.catch(({ code }: { readonly code: string }) => code))

describe('a name of another group', () => {
  it('is looked up over gateways, connects nobody, and can be sent to', async () => {
    relayed = await startRelayed()
    const { cluster } = relayed
    const { pid, got } = collector(relayed.node('c'))
    relayed.name('right', 'sink', pid)
    const [across, a] = [relayed.across('a'), relayed.node('a')]
    expect(await cluster.until(across.whereis(a, { group: 'right' }, 'sink'))).toBe(pid)
    expect(await cluster.until(across.whereis(a, { group: 'right', node: 'd@cluster' }, 'sink'))).toBe(pid)
    expect(await cluster.until(across.whereis(a, { group: 'right' }, 'nobody'))).toBeUndefined()
    expect(await cluster.until(across.send(a, { group: 'right' }, 'sink', 'hello'))).toBe(pid)
    expect(await codeOf(across.send(a, { group: 'right' }, 'nobody', 1))).toBe('groups.no_such_name')
    await cluster.run(200)
    expect(got).toEqual(['hello'])
    expect(relayed.distribution('a').nodes().toSorted()).toEqual(['b@cluster', 'g@cluster', 'h@cluster'])
  })

  it('is answered from the own table in an own group, and by others of it where they are named', async () => {
    relayed = await startRelayed()
    const { pid } = collector(relayed.node('b'))
    relayed.name('left', 'near', pid)
    const [across, a] = [relayed.across('a'), relayed.node('a')]
    const before = relayed.relay('a').stats().sent
    expect(await relayed.cluster.until(across.whereis(a, { group: 'left' }, 'near'))).toBe(pid)
    expect(await relayed.cluster.until(across.registeredNames(a, { group: 'left' }))).toEqual([
      { group: 'left', name: 'near' },
    ])
    expect(relayed.relay('a').stats().sent).toBe(before)
    expect(await relayed.cluster.until(across.whereis(a, { group: 'left', node: 'b@cluster' }, 'near'))).toBe(pid)
  })

  it('is looked up over a connection of the pair, when that is asked for', async () => {
    relayed = await startRelayed()
    const { pid, got } = collector(relayed.node('c'))
    relayed.name('right', 'sink', pid)
    const [across, a] = [relayed.across('a'), relayed.node('a')]
    const connect = { connect: true }
    expect(await relayed.cluster.until(across.send(a, { group: 'right' }, 'sink', 'direct', connect))).toBe(pid)
    await relayed.cluster.run(100)
    expect(got).toEqual(['direct'])
    expect(relayed.distribution('a').nodes()).toContain('c@cluster')
    expect(relayed.distribution('b').nodes()).not.toContain('c@cluster')
    expect(relayed.relay('a').stats().sent).toBe(0)
    relayed.cluster.crash('d')
    expect(await codeOf(across.whereis(a, { group: 'right', node: 'd@cluster' }, 'sink', connect))).toBe(
      'groups.relay_no_connection',
    )
    expect(await codeOf(across.whereis(a, { group: 'unheard of' }, 'sink', connect))).toBe('groups.no_information')
  })

  it('of a node that is not in the group, or cannot be reached, is an error and not an answer', async () => {
    relayed = await startRelayed({ times: { openTimeoutMs: 300 } })
    const [across, a] = [relayed.across('a'), relayed.node('a')]
    expect(await codeOf(across.whereis(a, { group: 'right', node: 'b@cluster' }, 'x'))).toBe('groups.not_a_member')
    expect(await codeOf(across.whereis(a, { group: 'nowhere' }, 'x'))).toBe('groups.relay_no_connection')
    expect(await codeOf(across.whereis(a, { group: 'right', node: 'z@cluster' }, 'x'))).toBe(
      'groups.relay_no_connection',
    )
    relayed.cluster.hold('c', 10_000)
    expect(await codeOf(across.whereis(a, { group: 'right', node: 'c@cluster' }, 'x', { timeoutMs: 200 }))).toBe(
      'groups.relay_timeout',
    )
  })

  it.each([null, 'yes', { ok: true }, { ok: true, pid: 'x', names: [1], members: [1] }, { ok: false }])(
    'that is answered with rubbish (%j) is an error that says so',
    async (rubbish) => {
      relayed = await startRelayed()
      const [across, a] = [relayed.across('a'), relayed.node('a')]
      const where = { group: 'right', node: 'c@cluster' }
      const c = relayed.node('c')
      c.sendExit(c.whereis(acrossName)!, 'kill')
      await relayed.cluster.run(1)
      c.spawn(liar(rubbish), { name: acrossName })
      for (const connect of [false, true]) {
        expect(await codeOf(across.whereis(a, where, 'x', { connect }))).toBe('groups.bad_answer')
        expect(await codeOf(across.registeredNames(a, where, { connect }))).toBe('groups.bad_answer')
        expect(await codeOf(across.members(a, where, { connect }))).toBe('groups.bad_answer')
      }
      // Of several members another one is asked.
      expect(await relayed.cluster.until(across.members(a, { group: 'right' }, { connect: true }))).toHaveLength(4)
    },
  )

  it('is listed with the others: of a group, and of all groups of a node', async () => {
    relayed = await startRelayed()
    const { pid } = collector(relayed.node('c'))
    relayed.name('right', 'one', pid)
    relayed.name('between', 'two', pid)
    const [across, a] = [relayed.across('a'), relayed.node('a')]
    expect(await relayed.cluster.until(across.registeredNames(a, { group: 'right' }))).toEqual([
      { group: 'right', name: 'one' },
    ])
    expect(await relayed.cluster.until(across.registeredNames(a, { node: 'i@cluster' }))).toEqual([
      { group: 'right', name: 'one' },
      { group: 'between', name: 'two' },
    ])
    expect(await relayed.cluster.until(across.members(a, { group: 'right' }))).toEqual(
      ['c', 'd', 'i', 'j'].map((name) => `${name}@cluster`),
    )
  })
})

/**
 * Nodes by what they are.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { thisMachine } from '../src/attributes/machine.ts'
import { eq, ge, gt, holds, isTrue, le, lt, ne, type Predicate } from '../src/attributes/predicates.ts'
import { attributesBody } from '../src/attributes/service.ts'
import { startRelayed, type Relayed } from './relay/relayed.ts'

describe('a predicate', () => {
  it.each<[Predicate, readonly unknown[], readonly unknown[]]>([
    [eq('x', 3), [3], [4, '3', true, undefined]],
    [ne('x', 3), [4], [3, '4', undefined]],
    [lt('x', 3), [2], [3, 4, '2', undefined]],
    [le('x', 3), [2, 3], [4, undefined]],
    [gt('x', 'b'), ['c'], ['b', 'a', 1, undefined]],
    [ge('x', 'b'), ['b', 'c'], ['a', undefined]],
    [isTrue('x'), [true], [false, 1, 'true', undefined]],
  ])('%j holds for some values, and never for one that is missing or of another type', (predicate, yes, no) => {
    for (const value of yes) expect(holds(predicate, value as number)).toBe(true)
    for (const value of no) expect(holds(predicate, value as number)).toBe(false)
  })
})

describe('nodes are chosen', () => {
  let relayed: Relayed
  afterEach(async () => {
    await relayed.cluster.stop()
  })
  const choose = (choice: Parameters<ReturnType<Relayed['attributes']>['chooseNodes']>[1]): Promise<string[]> =>
    relayed.cluster.until(relayed.attributes('a').chooseNodes(relayed.node('a'), choice))
  const full = (names: string): string[] => names.split('').map((name) => `${name}@cluster`)

  it('of an own group, of all own groups, and of another one, by what the machine and its owner say', async () => {
    relayed = await startRelayed()
    relayed.attributes('b').set('gpu', true)
    relayed.attributes('d').set('gpu', true)
    relayed.attributes('d').set('zone', 'north')
    let asked = 0
    relayed.attributes('g').set('depth', () => ++asked)
    expect(await choose({ group: 'left', where: [] })).toEqual(full('abgh'))
    expect(await choose({ group: 'left', where: [ge('cores', 2), eq('os', 'linux')] })).toEqual(full('bgh'))
    expect(await choose({ where: [isTrue('gpu')] })).toEqual(full('b'))
    expect(await choose({ group: 'right', where: [isTrue('gpu'), eq('zone', 'north')] })).toEqual(full('d'))
    expect(await choose({ group: 'left', where: [eq('depth', 1)] })).toEqual(full('g'))
    expect(await choose({ group: 'left', where: [eq('depth', 1)] })).toEqual([])
    expect(await choose({ group: 'left', where: [gt('load1', 0.65)] })).toEqual(full('gh'))
    expect(relayed.distribution('a').nodes()).not.toContain('d@cluster')
  })

  it('within the bound: who is slow, dead, or computes without end is not, and the others are', async () => {
    relayed = await startRelayed({ tickMs: 60_000 })
    const { cluster } = relayed
    relayed.attributes('b').set('stuck', () => new Promise<number>(() => {}))
    relayed.attributes('g').set('stuck', 1)
    relayed.attributes('h').set('stuck', () => {
      throw new Error('no such file')
    })
    cluster.hold('g', 5000)
    cluster.crash('h')
    await cluster.run(100)
    const startMs = cluster.runtime.nowMs()
    const explained = await cluster.until(
      relayed
        .attributes('a')
        .explain(relayed.node('a'), { group: 'left', where: [ge('cores', 1), ge('stuck', 0)], timeoutMs: 500 }),
    )
    expect(cluster.runtime.nowMs() - startMs).toBeLessThanOrEqual(520)
    expect(explained.map(({ node, chosen, silent }) => [node, chosen, silent])).toEqual([
      ['a@cluster', false, null],
      ['b@cluster', false, null],
      ['g@cluster', false, 'timeout'],
      ['h@cluster', false, expect.stringMatching(/timeout|noConnection/)],
    ])
    expect(explained[1]!.failed).toEqual([{ attribute: 'stuck', is: 'ge', value: 0 }])
  })

  it('and it is said why, with what was found', async () => {
    relayed = await startRelayed()
    const [of, a] = [relayed.attributes('a'), relayed.node('a')]
    const explained = await relayed.cluster.until(
      of.explain(a, { group: 'left', where: [ge('cores', 5), isTrue('gpu')] }),
    )
    expect(explained.find(({ node }) => node === 'b@cluster')).toEqual({
      node: 'b@cluster',
      chosen: false,
      silent: null,
      failed: [
        { attribute: 'cores', is: 'ge', value: 5, found: 2 },
        { attribute: 'gpu', is: 'isTrue', value: null },
      ],
    })
    await expect(
      relayed.cluster.until(of.chooseNodes(a, { group: 'nowhere', where: [], timeoutMs: 100 })),
    ).rejects.toMatchObject({
      // Nobody got it: there is no way to there.
      code: 'groups.relay_no_connection',
    })
  })

  it('by attributes that are set, hidden, and taken away again, within a limit', async () => {
    relayed = await startRelayed()
    const [of, a] = [relayed.attributes('a'), relayed.node('a')]
    const cores = async (): Promise<unknown> => (await relayed.cluster.until(of.of(a, 'a@cluster', ['cores'])))['cores']
    expect(await cores()).toBe(1)
    of.set('cores', 64)
    expect(await cores()).toBe(64)
    expect([of.remove('cores'), of.remove('cores')]).toEqual([true, false])
    expect(await cores()).toBe(1)
    expect(() => of.set('bad', { x: 1 } as never)).toThrow(expect.objectContaining({ code: 'groups.bad_option' }))
    expect(() => {
      for (let count = 0; count < 1001; count++) of.set(`a${count}`, count)
    }).toThrow(expect.objectContaining({ code: 'groups.too_many' }))
    expect(of.names()).toContain('freeMemoryBytes')
  })

  it('by no attribute that could not be in an answer: its asker gets the rest', async () => {
    relayed = await startRelayed()
    const b = relayed.attributes('b')
    for (const name of ['', '__proto__', '\ud800', 7, null])
      expect(() => b.set(name as never, 1)).toThrow(expect.objectContaining({ code: 'groups.bad_option' }))
    for (const [name, value] of Object.entries({ none: null, object: {}, symbol: Symbol('x'), self: setTimeout }))
      b.set(name, () => value as never)
    b.set('constructor', 'c')
    const names = ['__proto__', 'none', 'object', 'symbol', 'self', 'constructor', 'cores']
    expect(
      await relayed.cluster.until(relayed.attributes('a').of(relayed.node('a'), 'b@cluster', names)),
    ).toStrictEqual({
      constructor: 'c',
      cores: 2,
    })
  })

  it('an answer that cannot be sent is refused to who asked, and ends nothing', async () => {
    relayed = await startRelayed()
    const sources = new Map<string, number>([['__proto__', 5]])
    const pid = relayed.node('b').spawn(attributesBody(sources) as never, { name: 'odd' })
    const asked = relayed
      .node('a')
      .request(pid as never, { names: ['__proto__'], timeoutMs: 100 })
      .catch(({ code }: { code: unknown }) => code)
    expect(await relayed.cluster.until(asked)).toBe('groups.bad_question')
    expect(relayed.node('b').isAlive(pid)).toBe(true)
  })
})

it('a real machine says something of everything', () => {
  expect(thisMachine.cores).toBeGreaterThan(0)
  expect(thisMachine.freeMemoryBytes()).toBeGreaterThan(0)
  expect(thisMachine.loadAverages()).toHaveLength(3)
})

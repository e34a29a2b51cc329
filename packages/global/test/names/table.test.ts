import { createNode, type AnyPid } from '@agner/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Burials } from '../../src/names/burials.ts'
import { isNewer, lossOf, takesBack, type Claim, type Loss } from '../../src/names/claim.ts'
import { NamesTable } from '../../src/names/table.ts'

const nodes = [createNode({ name: 'n1@h' }), createNode({ name: 'n2@h' })]
const pids: AnyPid[] = nodes.flatMap((node) => [node.spawn(async () => {}), node.spawn(async () => {})])
const names = fc.constantFrom('a', 'b', 'c')
const losses: fc.Arbitrary<Loss> = fc.record({
  name: names,
  pid: fc.constantFrom(...pids),
  born: fc.nat(1),
  life: fc.constant(1),
  version: fc.nat(6),
})
const claims: fc.Arbitrary<Claim> = fc
  .record({
    name: names,
    pid: fc.constantFrom(...pids),
    born: fc.nat(1),
    life: fc.constant(1),
    version: fc.nat(6),
    by: fc.constantFrom('n1@h', 'n2@h'),
    over: fc.array(losses, { maxLength: 2 }),
  })
  .map((claim) => ({ ...claim, over: claim.over.filter(({ pid }) => pid !== claim.pid) }))
const claim = (pid: AnyPid, version: number, more: Partial<Claim> = {}): Claim => ({
  name: 'a',
  pid,
  born: 1,
  life: 1,
  version,
  by: 'n1@h',
  ...more,
})

describe('claims', () => {
  it('of two different claims exactly one is newer', () => {
    fc.assert(
      fc.property(claims, claims, (x, y) => {
        const same = x.version === y.version && x.by === y.by
        expect(isNewer(x, y)).toBe(same ? false : !isNewer(y, x))
      }),
    )
  })

  it('are taken back in their version and all older ones', () => {
    const one = claim(pids[0]!, 3)
    expect(takesBack(lossOf(one), one)).toBe(true)
    expect(takesBack(lossOf(one), { ...one, version: 2 })).toBe(true)
    expect(takesBack(lossOf(one), { ...one, version: 4 })).toBe(false)
    expect(takesBack(lossOf(one), { ...one, name: 'b' })).toBe(false)
    expect(takesBack(lossOf(one), { ...one, version: 2, born: 2 })).toBe(false)
    expect(takesBack(lossOf(one), { ...one, life: 2 })).toBe(false)
    expect(takesBack(lossOf(one), { ...one, pid: pids[1]! })).toBe(false)
  })
})

describe('a table of names', () => {
  it('gives a version above everything it has seen', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(claims, losses)), (seen) => {
        const table = new NamesTable()
        for (const each of seen) {
          if ('by' in each) table.take(each)
          else table.lose(each)
        }
        expect(seen.every(({ version }) => table.nextVersion() > version)).toBe(true)
      }),
    )
  })

  it('shows the newest claim, keeps all, and finds them by node and by process', () => {
    const step = fc.oneof(
      claims.map((each) => (table: NamesTable) => void table.take(each)),
      losses.map((each) => (table: NamesTable) => void table.lose(each)),
      fc.constantFrom(...pids).map((pid) => (table: NamesTable) => void table.forget(pid)),
      fc.constantFrom('n1@h', 'n2@h').map((node) => (table: NamesTable) => table.forgetNode(node)),
    )
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const table = new NamesTable()
        for (const act of steps) {
          act(table)
          const all = table.names().flatMap((name) => table.all(name))
          const ofNodes = nodes.flatMap(({ name }) => [...(table.ofNode(name) ?? [])])
          expect(new Set(ofNodes)).toEqual(new Set(all))
          expect(ofNodes).toHaveLength(all.length)
          for (const name of table.names()) {
            const [best] = table.all(name).toSorted((x, y) => (isNewer(x, y) ? -1 : 1))
            expect(table.all(name).some((each) => isNewer(each, table.get(name)!))).toBe(false)
            expect(isNewer(best!, table.get(name)!)).toBe(false)
            expect(table.contested().includes(name)).toBe(table.all(name).length > 1)
            const ofPids = table.all(name).map(({ pid }) => pid)
            expect(new Set(ofPids).size).toBe(ofPids.length)
          }
        }
      }),
    )
  })

  it('forgets all of a node, and nothing else', () => {
    const table = new NamesTable()
    table.take(claim(pids[0]!, 1))
    table.take(claim(pids[2]!, 2))
    table.take(claim(pids[3]!, 3, { name: 'b' }))
    table.forgetNode('n2@h')
    expect(table.list().map(({ pid }) => pid)).toEqual([pids[0]])
    expect(table.contestedCount).toBe(0)
  })

  it('puts a claim in the place of those that it says, in that version', () => {
    const table = new NamesTable()
    table.take(claim(pids[0]!, 1))
    const beaten = { ...lossOf(claim(pids[0]!, 1)), fate: { type: 'kill' } as const }
    expect(table.take(claim(pids[2]!, 2, { over: [beaten] }))).toMatchObject({
      outcome: 'added',
      displaced: [{ loss: beaten }],
    })
    expect(table.take(claim(pids[0]!, 1))).toMatchObject({ outcome: 'stale' })
    expect(table.all('a')).toHaveLength(1)
    // A newer claim of the same process was not decided against.
    expect(table.take(claim(pids[0]!, 3))).toMatchObject({ outcome: 'added' })
    expect(table.contested()).toEqual(['a'])
  })
})

describe('burials', () => {
  it('refuse what was taken back, until they are forgotten: the oldest first', () => {
    const burials = new Burials(2, 1000)
    const [one, two, three] = pids.map((pid, born) => claim(pid, 1, { born }))
    burials.bury(lossOf(one!), 0, false)
    burials.bury(lossOf(two!), 1, false)
    expect([burials.of(one!), burials.of(two!), burials.of({ ...one!, version: 2 })]).toEqual([
      lossOf(one!),
      lossOf(two!),
      undefined,
    ])
    burials.bury(lossOf(three!), 2, true)
    expect([burials.of(one!), burials.size, burials.forgotten]).toEqual([undefined, 2, 1])
    burials.bury(lossOf(one!), 1500, true)
    expect([burials.of(two!), burials.of(three!), burials.forgotten]).toEqual([undefined, undefined, 1])
    expect(burials.unheard()).toEqual([lossOf(one!)])
  })

  it('know one loss of a registration: the latest', () => {
    const burials = new Burials(10, 1000)
    burials.bury(lossOf(claim(pids[0]!, 1)), 0, false)
    burials.bury(lossOf(claim(pids[0]!, 5)), 0, false)
    expect([burials.size, burials.of(claim(pids[0]!, 4))?.version]).toEqual([1, 5])
  })
})

import { createNode, type AnyPid } from '@agner/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNewer, type Claim } from '../src/names/claim.ts'
import { NamesTable } from '../src/names/table.ts'

const node = createNode()
const pids: AnyPid[] = Array.from({ length: 4 }, () => node.spawn(async () => {}))
const claims = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  pid: fc.constantFrom(...pids),
  version: fc.nat(6),
  by: fc.constantFrom('n1@h', 'n2@h'),
})

describe('claims', () => {
  it('of two different claims exactly one is newer', () => {
    fc.assert(
      fc.property(claims, claims, (x: Claim, y: Claim) => {
        const same = x.version === y.version && x.by === y.by
        expect(isNewer(x, y)).toBe(same ? false : !isNewer(y, x))
      }),
    )
  })
})

describe('a table of names', () => {
  it('gives a version above everything it has seen', () => {
    fc.assert(
      fc.property(fc.array(claims), (seen) => {
        const table = new NamesTable()
        for (const claim of seen) table.set(claim)
        expect(seen.every(({ version }) => table.nextVersion() > version)).toBe(true)
      }),
    )
  })

  it('never gives one name two processes, and finds the name of each process that has one', () => {
    const step = fc.oneof(
      claims.map((claim) => ({ do: 'set' as const, claim })),
      claims.map((claim) => ({ do: 'merge' as const, claim })),
      claims.map((claim) => ({ do: 'remove' as const, claim })),
      claims.map((claim) => ({ do: 'forget' as const, claim })),
    )
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const table = new NamesTable()
        for (const { do: action, claim } of steps) {
          // A process is given a second name nowhere: the sequencer refuses it.
          const taken = table.nameOf(claim.pid)
          if (taken !== undefined && taken !== claim.name && (action === 'set' || action === 'merge')) continue
          if (action === 'set') table.set(claim)
          else if (action === 'merge') table.merge(claim)
          else if (action === 'remove') table.remove(claim.name, claim.pid)
          else table.forget(claim.pid)
          for (const known of table.list()) expect(table.nameOf(known.pid)).toBe(known.name)
          expect(new Set(table.list().map(({ pid }) => pid)).size).toBe(table.size)
        }
      }),
    )
  })

  it('keeps what it has when another process claims the name, and says so', () => {
    const table = new NamesTable()
    const mine: Claim = { name: 'a', pid: pids[0]!, version: 1, by: 'n1@h' }
    table.set(mine)
    expect(table.merge({ ...mine, pid: pids[1]!, version: 9 })).toEqual({ outcome: 'conflict', present: mine })
    expect(table.get('a')).toBe(mine)
  })

  it('removes a name only from the process that is named', () => {
    const table = new NamesTable()
    table.set({ name: 'a', pid: pids[0]!, version: 1, by: 'n1@h' })
    expect(table.remove('a', pids[1]!)).toBeUndefined()
    expect(table.forget(pids[0]!)).toMatchObject({ name: 'a' })
    expect(table.get('a')).toBeUndefined()
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { faults } from '../../conformance/faults/index.ts'
import { items } from '../../conformance/items/index.ts'
import type { Item } from '../../conformance/items/item.ts'
import { topics } from '../../conformance/scenarios/index.ts'
import { formatTable, toRows, unaccounted, type Outcome } from '../../conformance/table.ts'

const item = (id: string, more: Partial<Item> = {}): Item => ({ id, title: `title of ${id}`, verified: true, ...more })
const outcome = (key: string, ids: string[], failed = false, why?: string): Outcome => ({
  key,
  scenario: {
    items: ids,
    faults: [],
    ...(why === undefined ? {} : { differs: { 'main:got': { why, ours: '1' } } }),
    play: async () => {},
  },
  verdict: { checks: 2, findings: failed ? [{ check: 'real', text: 'not so' }] : [] },
})

describe('the table by item', () => {
  const rows = toRows(
    [item('P1'), item('P2', { left: 'the rest' }), item('P3'), item('P4', { notCovered: 'not built yet' })],
    [outcome('t:one', ['P1', 'P2']), outcome('t:two', ['P2'], false, 'why-not'), outcome('t:three', ['P3'], true)],
  )

  it('says equal, different and why, not covered and why, or what failed', () => {
    expect(rows.map(({ state, scenarios, remark }) => [state, scenarios, remark])).toEqual([
      ['equal', 1, ''],
      ['different', 2, 'differs: why-not; left: the rest'],
      ['FAILED', 1, 't:three'],
      ['not covered', 0, 'not built yet'],
    ])
    expect(formatTable(rows).split('\n')[3]).toBe('P4     title of P4 [V]  not covered      not built yet')
  })

  it('notices an item that nobody speaks for, and one that is said not to be covered and is', () => {
    expect(unaccounted(rows)).toEqual([])
    const odd = toRows([item('P1'), item('P2', { notCovered: 'not yet' })], [outcome('t:one', ['P2'])])
    expect(unaccounted(odd)).toEqual(['P1 has no scenario and no reason for it', 'P2 is covered, and said not to be'])
  })
})

describe('the scenarios', () => {
  const all = Object.entries(topics).flatMap(([topic, scenarios]) =>
    Object.entries(scenarios).map(([name, scenario]) => ({ topic, name, scenario })),
  )

  it('have an Erlang half each, and every Erlang scenario a TypeScript half', () => {
    for (const topic of Object.keys(topics)) {
      const text = readFileSync(join(import.meta.dirname, `../../conformance/scenarios/${topic}.erl`), 'utf8')
      const halves = [...text.matchAll(/^([a-z]\w+)\(\) ->/gm)].map(([, name]) => name)
      const names = all.filter((each) => each.topic === topic).map(({ name }) => name)
      // Who is called by others, in the module or by a behaviour, is no scenario.
      const own = halves
        .filter((name) => name !== 'callback_mode')
        .filter((name) => [...text.matchAll(new RegExp(`\\b${name}(\\(\\)|/0|, \\[)`, 'g'))].length === 1)
      expect(new Set(own)).toEqual(new Set(names))
    }
  })

  it('cover items that exist, and each has a fault that it notices', () => {
    const known = new Set(items.map(({ id }) => id))
    for (const { name, scenario } of all) {
      expect([name, scenario.items.filter((id) => !known.has(id))]).toEqual([name, []])
      expect([name, scenario.items.length > 0, scenario.faults.length > 0]).toEqual([name, true, true])
    }
  })

  it('use every fault', () => {
    const used = new Set<string>(all.flatMap(({ scenario }) => scenario.faults))
    expect(Object.keys(faults).filter((name) => !used.has(name))).toEqual([])
  })
})

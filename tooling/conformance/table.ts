/**
 * The outcome by item of the catalogue, as text.
 */
import type { Verdict } from './check.ts'
import type { Item } from './items/item.ts'
import type { Scenario } from './scenario.ts'

export interface Outcome {
  /** `topic:name`. */
  readonly key: string
  readonly scenario: Scenario
  readonly verdict: Verdict
}

export type State = 'equal' | 'different' | 'not covered' | 'FAILED'

export interface Row {
  readonly item: Item
  readonly state: State
  readonly scenarios: number
  /** The reason of a difference or of a gap, the scenarios that failed. */
  readonly remark: string
}

export function toRows(items: readonly Item[], outcomes: readonly Outcome[]): Row[] {
  return items.map((item) => {
    const own = outcomes.filter(({ scenario }) => scenario.items.includes(item.id))
    const failed = own.filter(({ verdict }) => verdict.findings.length > 0)
    const reasons = [
      ...new Set(own.flatMap(({ scenario }) => Object.values(scenario.differs ?? {}).map(({ why }) => why))),
    ]
    const row = (state: State, remark: string): Row => ({ item, state, scenarios: own.length, remark })
    if (own.length === 0) return row('not covered', item.notCovered ?? 'NO SCENARIO AND NO REASON')
    if (failed.length > 0) return row('FAILED', failed.map(({ key }) => key).join(', '))
    const remarks = [
      ...reasons.map((id) => `differs: ${id}`),
      ...(item.left === undefined ? [] : [`left: ${item.left}`]),
    ]
    return row(reasons.length > 0 ? 'different' : 'equal', remarks.join('; '))
  })
}

/** Items that the table would be silent or wrong about: no scenario and no reason, or both. */
export function unaccounted(rows: readonly Row[]): string[] {
  return rows.flatMap(({ item, scenarios }) => {
    if (scenarios === 0 && item.notCovered === undefined) return [`${item.id} has no scenario and no reason for it`]
    return scenarios > 0 && item.notCovered !== undefined ? [`${item.id} is covered, and said not to be`] : []
  })
}

export function formatTable(rows: readonly Row[]): string {
  const title = (item: Item): string => `${item.title}${item.verified ? ' [V]' : ''}`
  const width = Math.max(...rows.map(({ item }) => title(item).length))
  return rows
    .map(({ item, state, scenarios, remark }) =>
      [item.id.padEnd(5), title(item).padEnd(width), state.padEnd(11), String(scenarios || '').padStart(2), remark]
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

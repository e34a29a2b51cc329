/**
 * How much a port may tell its owner: `{active, once | N | true | false}` of inet, as data.
 *
 * Pure: each step gives the next demand, and whether a counted one was used up by it, which the owner is told.
 */
import { coreError } from '../errors.ts'

/**
 * What the owner asks for: `'once'`, the next item and then nothing; a number, so many more, and then a `passive` message; `true`,
 * all that comes; `false`, nothing, so that items are had with `read`.
 */
export type Active = 'once' | number | boolean

/** `left` items may be told; `counted` when the owner gave a number, and is told when it is used up. */
export interface Demand {
  readonly left: number
  readonly counted: boolean
}

export interface DemandStep {
  readonly demand: Demand
  /** A counted demand has come to its end. */
  readonly usedUp: boolean
}

/** The largest count, as in inet: a count is 16 bits there. */
const largestCount = 32_767

export const noDemand: Demand = { left: 0, counted: false }

/**
 * A number is added to the count that is left, and may be negative; what comes to 0 or less makes the port passive. After anything but
 * a count it begins at 0 (inet:setopts/2).
 *
 * @throws `port.bad_active`
 */
export function activate(before: Demand, active: Active): DemandStep {
  if (active === 'once') return { demand: { left: 1, counted: false }, usedUp: false }
  if (active === true) return { demand: { left: Infinity, counted: false }, usedUp: false }
  if (active === false) return { demand: noDemand, usedUp: false }
  const left = (before.counted ? before.left : 0) + active
  if (!Number.isInteger(active) || Math.abs(active) > largestCount || left > largestCount)
    throw coreError('port.bad_active', { value: String(active), limit: largestCount })
  return left > 0 ? { demand: { left, counted: true }, usedUp: false } : { demand: noDemand, usedUp: true }
}

/** One item has been told. */
export function taken({ left, counted }: Demand): DemandStep {
  return left > 1 ? { demand: { left: left - 1, counted }, usedUp: false } : { demand: noDemand, usedUp: counted }
}

/** As the owner would say it. */
export function toActive({ left, counted }: Demand): Active {
  if (left === 0) return false
  if (counted) return left
  return left === 1 ? 'once' : true
}

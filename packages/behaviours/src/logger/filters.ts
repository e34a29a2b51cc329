/**
 * Filters: what lets an event through, changes it, or stops it. Pure.
 *
 *     event ─► filter ─► filter ─► …      an event: go on with that     'stop': it ends here     'ignore': no opinion
 *
 * When all have had their say and none of them gave an event, the default decides.
 */
import type { LogEvent } from './event.ts'

export type FilterResult = LogEvent | 'stop' | 'ignore'
export type Filter = (event: LogEvent) => FilterResult
export type FilterDefault = 'log' | 'stop'

/** In the order in which they are asked. */
export type Filters = readonly (readonly [id: string, filter: Filter])[]

/** A filter threw, or returned what is no answer. It is asked no more. */
export interface FilterFailure {
  readonly id: string
  readonly error: unknown
}

export interface Filtered {
  /** Null: it ends here. */
  readonly event: LogEvent | null
  readonly failure: FilterFailure | null
}

/** A filter that fails ends the asking, without an opinion: what the others before it said is forgotten, as in OTP. */
export function applyFilters(event: LogEvent, filters: Filters, otherwise: FilterDefault): Filtered {
  const byDefault = otherwise === 'log' ? event : null
  let passed = event
  let isWanted = false
  for (const [id, filter] of filters) {
    let result: unknown
    try {
      result = filter(passed)
    } catch (error) {
      return { event: byDefault, failure: { id, error } }
    }
    if (result === 'stop') return { event: null, failure: null }
    if (result === 'ignore') continue
    if (!isEvent(result)) {
      const error = new TypeError(`a filter returns an event, 'stop' or 'ignore', and not a ${typeof result}`)
      return { event: byDefault, failure: { id, error } }
    }
    passed = result
    isWanted = true
  }
  return { event: isWanted ? passed : byDefault, failure: null }
}

function isEvent(value: unknown): value is LogEvent {
  return typeof value === 'object' && value !== null && 'level' in value && 'message' in value && 'meta' in value
}

/**
 * Filters that are often wanted (logger_filters).
 */
import type { LogEvent } from './event.ts'
import type { Filter, FilterResult } from './filters.ts'
import { compareLevels, type Level } from './levels.ts'

type Action = 'log' | 'stop'

const decide = (action: Action, event: LogEvent): FilterResult => (action === 'log' ? event : 'stop')

/** Acts on events whose domain is this one or below it (`sub`), above it or equal (`super`), the same, or none. */
export function domainFilter(
  action: Action,
  compare: 'sub' | 'super' | 'equal' | 'not_equal' | 'undefined',
  domain: readonly string[] = [],
): Filter {
  const begins = (one: readonly string[], other: readonly string[]): boolean =>
    one.length >= other.length && other.every((part, index) => one[index] === part)
  return (event) => {
    const its = event.meta.domain
    if (its === undefined) {
      const isMeant = compare === 'undefined' || compare === 'not_equal'
      return isMeant ? decide(action, event) : 'ignore'
    }
    const isEqual = its.length === domain.length && begins(its, domain)
    const matches =
      compare === 'sub'
        ? begins(its, domain)
        : compare === 'super'
          ? begins(domain, its)
          : compare === 'equal'
            ? isEqual
            : compare === 'not_equal' && !isEqual
    return matches ? decide(action, event) : 'ignore'
  }
}

/** Acts on events by their level: `levelFilter('stop', 'lt', 'error')` stops what is less grave than an error. */
export function levelFilter(
  action: Action,
  operator: 'eq' | 'neq' | 'lt' | 'gt' | 'lteq' | 'gteq',
  level: Level,
): Filter {
  return (event) => {
    // Graver is greater here, as in OTP.
    const order = -compareLevels(event.level, level)
    const matches = {
      eq: order === 0,
      neq: order !== 0,
      lt: order < 0,
      gt: order > 0,
      lteq: order <= 0,
      gteq: order >= 0,
    }[operator]
    return matches ? decide(action, event) : 'ignore'
  }
}

/** Acts on progress reports: that a child or an application was started. */
export function progressFilter(action: Action): Filter {
  return domainFilter(action, 'sub', ['agner', 'progress'])
}

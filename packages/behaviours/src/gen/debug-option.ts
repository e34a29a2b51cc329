/**
 * What may be looked at from the very first message of a process (the `debug` of start options, sys:debug_options).
 */
import type { SysEnvelope } from '../protocol/envelope.ts'

export type DebugOption = 'log' | 'statistics' | 'trace' | { readonly log: number }

/** How many events a log keeps when nothing is said. */
export const usualLogSize = 10

export function toEnvelopes(options: readonly DebugOption[]): SysEnvelope[] {
  return options.map((option) => {
    if (typeof option === 'object') return { system: 'log', size: option.log }
    return option === 'log' ? { system: 'log', size: usualLogSize } : { system: option, on: true }
  })
}

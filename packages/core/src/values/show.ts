/**
 * Copies for somebody who only looks: process info, reports.
 */
import { AgnerError } from '../errors.ts'
import { copy } from './copy.ts'

/** A copy of `value`, or a text in brackets for one that cannot be copied: `[an instance of Socket]`. */
export function show(value: unknown): unknown {
  try {
    return copy(value)
  } catch (error) {
    if (!(error instanceof AgnerError)) return '[it cannot be read]'
    const { what } = error.details
    return typeof what === 'string' ? `[${what}]` : '[too deep]'
  }
}

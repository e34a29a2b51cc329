/**
 * Who goes first (erlang:process_flag/2 of `priority`). `priority-queues.ts` says what each means.
 */
import { coreError } from '../errors.ts'
import { describeValue } from '../values/describe.ts'

/**
 * `max` and `high` run before all below them, for as long as they have something to do; `low` gets one turn to eight of `normal`, the
 * default.
 */
export type Priority = 'low' | 'normal' | 'high' | 'max'

/** By the bits that stand for them: none for what nearly all have. */
export const priorities: readonly Priority[] = ['normal', 'low', 'high', 'max']

/** @throws `flag.bad_value` */
export function checkPriority(value: unknown): asserts value is Priority {
  if (!(priorities as readonly unknown[]).includes(value))
    throw coreError('flag.bad_value', { name: 'priority', value: describeValue(value), wanted: priorities.join(', ') })
}

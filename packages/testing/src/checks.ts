/**
 * Checks of what tests give, before anything is done with it: a NaN that gets into a clock or a delay is found where it came from.
 */
import { testingError } from './errors.ts'

/** The longest that one timer takes. */
export const longestDelayMs: number = 2 ** 31 - 1

/** @throws `testing.bad_option` */
export function checkOption(call: string, option: string, isGood: boolean, wanted: string, value: unknown): void {
  if (!isGood) throw testingError('testing.bad_option', { call, option, wanted, value: String(value) })
}

/** @throws `testing.bad_seed` */
export function checkSeed(seed: number): void {
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    throw testingError('testing.bad_seed', { value: String(seed) })
}

/** @throws `testing.bad_time` */
export function checkTime(ms: number): void {
  if (!(ms >= 0 && ms < Infinity)) throw testingError('testing.bad_time', { value: String(ms) })
}

/**
 * What a simulated network does by itself, besides what a test asks of it.
 */
import { checkOption, longestDelayMs } from '../checks.ts'

export interface NetworkConditions {
  /** How long bytes are on their way: a number between the two is drawn for each write. Default 0.2 to 5 ms. */
  readonly latencyMs?: readonly [least: number, most: number]
  /** How often a write arrives in pieces, cut anywhere; from 0 to 1. Default 0.1. */
  readonly splitChance?: number
  /** How often a write, and what follows it on its connection, comes late by up to `stallMs`. Default 0. */
  readonly stallChance?: number
  /** Default 2,000 ms. */
  readonly stallMs?: number
  /** How often a write is the end of its connection: both sides see it reset. Default 0. */
  readonly dropChance?: number
  /** How long a connection takes, at most, to go on after a cut has healed, as TCP's next attempt does. Default 1,000 ms. */
  readonly resumeMs?: number
  /** After this an attempt to connect that nobody answers fails with `ETIMEDOUT`. Default 127,000 ms, as Linux has it. */
  readonly connectTimeoutMs?: number
  /** Bytes that are not acknowledged above which `write` says false. Default 64 KiB. */
  readonly highWaterBytes?: number
}

export type Conditions = Required<NetworkConditions>

const defaultConditions: Conditions = {
  latencyMs: [0.2, 5],
  splitChance: 0.1,
  stallChance: 0,
  stallMs: 2000,
  dropChance: 0,
  resumeMs: 1000,
  connectTimeoutMs: 127_000,
  highWaterBytes: 64 * 1024,
}

const chance = 'a number from 0 to 1'
const delay = 'a number from 0 to 2^31 - 1'

function isDelay(ms: number): boolean {
  return ms >= 0 && ms <= longestDelayMs
}

/** What is left out, or undefined, is as the default has it. @throws `testing.bad_option` */
export function toConditions(given: NetworkConditions = {}): Conditions {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const conditions: Conditions = { ...defaultConditions, ...said }
  const check = (option: keyof Conditions, isGood: boolean, wanted: string): void =>
    checkOption('The conditions of the network', option, isGood, wanted, conditions[option])
  const [least, most] = conditions.latencyMs
  check(
    'latencyMs',
    isDelay(least) && isDelay(most) && least <= most,
    'two numbers from 0 to 2^31 - 1, the lesser one first',
  )
  for (const option of ['splitChance', 'stallChance', 'dropChance'] as const)
    check(option, conditions[option] >= 0 && conditions[option] <= 1, chance)
  for (const option of ['stallMs', 'resumeMs', 'connectTimeoutMs'] as const)
    check(option, isDelay(conditions[option]), delay)
  check('highWaterBytes', conditions.highWaterBytes >= 0, 'a number from 0 up')
  return conditions
}

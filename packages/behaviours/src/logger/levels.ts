/**
 * Levels of log events, the gravest first (RFC 5424, as in OTP's logger).
 */
export const levels = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const

export type Level = (typeof levels)[number]

/** What is let through: events of this level and of graver ones, everything, or nothing. */
export type LevelSetting = Level | 'all' | 'none'

const ranks: Readonly<Record<LevelSetting, number>> = {
  none: -1,
  emergency: 0,
  alert: 1,
  critical: 2,
  error: 3,
  warning: 4,
  notice: 5,
  info: 6,
  debug: 7,
  all: 8,
}

export function isAllowed(level: Level, setting: LevelSetting): boolean {
  return ranks[level] <= ranks[setting]
}

/** Below 0 if `one` is graver than `other`, 0 if they are the same, else above (logger:compare_levels/2). */
export function compareLevels(one: Level, other: Level): number {
  return Math.sign(ranks[one] - ranks[other])
}

export function isLevelSetting(value: unknown): value is LevelSetting {
  return typeof value === 'string' && Object.hasOwn(ranks, value)
}

export function isLevel(value: unknown): value is Level {
  return isLevelSetting(value) && value !== 'all' && value !== 'none'
}

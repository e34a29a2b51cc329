/**
 * What the distribution tells the operator: one line for each thing that somebody may have to act on.
 *
 * A peer that tries again and again would repeat its line; the same line is held back for a while, and counted.
 */
import type { Notice, Runtime } from '@agner/core'

export type Log = (
  level: Notice['level'],
  code: string,
  text: string,
  details?: Readonly<Record<string, unknown>>,
) => void

const quietMs = 10_000
const rememberedLines = 256

/** A log that gives notices to `sink`, each at most once in ten seconds. */
export function createLog(runtime: Runtime, sink: (notice: Notice) => void): Log {
  const said = new Map<string, { readonly atMs: number; held: number }>()
  return (level, code, text, details = {}) => {
    const key = `${code} ${text}`
    const nowMs = runtime.nowMs()
    const last = said.get(key)
    if (last !== undefined && nowMs - last.atMs < quietMs) {
      last.held++
      return
    }
    if (said.size >= rememberedLines) said.clear()
    said.set(key, { atMs: nowMs, held: 0 })
    const held = last?.held ?? 0
    sink({
      type: 'notice',
      level,
      source: 'distribution',
      text: held === 0 ? text : `${text} (and ${held} times more before)`,
      details: { code, ...details },
    })
  }
}

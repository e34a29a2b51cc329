/**
 * What the distribution tells the operator: one line for each thing that somebody may have to act on.
 *
 * A peer that tries again and again would repeat its line, and a stranger could fill the disk with lines of his own
 * making. So the same line is held back for a while and counted, and so is the rest when one code has too many lines.
 */
import type { Notice, Runtime } from '@agner/core'

/**
 * Lines of one code with the same `about` among their details count as the same; without it, those of the same text.
 */
export type Log = (
  level: Notice['level'],
  code: string,
  text: string,
  details?: Readonly<Record<string, unknown>>,
) => void

const quietMs = 10_000
/** Lines of one code, whatever they are about, in that time. */
const linesPerCode = 20

class Spell {
  readonly startMs: number
  /** What was said, and how often it was held back since. */
  readonly held = new Map<string, number>()

  constructor(startMs: number) {
    this.startMs = startMs
  }
}

export function createLog(runtime: Runtime, sink: (notice: Notice) => void): Log {
  const spells = new Map<string, Spell>()
  /** How often a line was held back in an earlier spell. */
  const heldBefore = (code: string, key: string): number => {
    const last = spells.get(code)
    const nowMs = runtime.nowMs()
    if (last !== undefined && nowMs - last.startMs < quietMs) return 0
    spells.set(code, new Spell(nowMs))
    return last?.held.get(key) ?? 0
  }
  return (level, code, text, details = {}) => {
    const { about } = details
    const key = typeof about === 'string' ? about : text
    const before = heldBefore(code, key)
    const { held } = spells.get(code) as Spell
    const times = held.get(key)
    if (times !== undefined) return void held.set(key, times + 1)
    if (held.size >= linesPerCode) return
    held.set(key, 0)
    const line = before === 0 ? text : `${text} (and ${before} times more before)`
    sink({ type: 'notice', level, source: 'distribution', text: line, details: { code, ...details } })
  }
}

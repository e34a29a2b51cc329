/**
 * A long turn as it is told: by what the process was before it, since it may have ended with it.
 */
import type { Turn } from '../kernel/turn-watch.ts'
import { show } from '../values/show.ts'
import type { LongTurn } from './events.ts'

export function longTurn({ record, durationMs, ...before }: Turn): LongTurn {
  const { kernel, pid } = record
  const { name, code, belongings } = record.lives ? record : before
  return {
    type: 'longTurn',
    pid,
    name,
    label: show(belongings?.label ?? null),
    initialCall: belongings?.initialCall ?? (code === null ? null : kernel.modules.nameOf(code)),
    durationMs,
    atMs: kernel.runtime.nowMs(),
  }
}

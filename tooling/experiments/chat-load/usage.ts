/** What an OS process has used so far, by the word of Linux. */
import { readFileSync } from 'node:fs'

export interface Usage {
  readonly cpuMs: number
  readonly writtenBytes: number
}

const ticksASecond = 100

/** Threads of the process are in it. */
export function usageOf(osPid: number): Usage {
  const stat = readFileSync(`/proc/${osPid}/stat`, 'utf8')
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const written = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${osPid}/io`, 'utf8'))
  return { cpuMs: (ticks * 1000) / ticksASecond, writtenBytes: Number(written?.[1] ?? 0) }
}

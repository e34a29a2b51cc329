/**
 * What a node reported, for tests to look at instead of stderr.
 */
import type { CrashReport, Report, Reporter } from '@agner/core'

export interface CollectedReports {
  /** Give it to `createNode({ report })`; one collector may serve several nodes. */
  readonly report: Reporter
  /** All reports, in order. */
  readonly all: readonly Report[]
  /** The crashes among them. */
  readonly crashes: readonly CrashReport[]
  /** Everything up to now is done with. Returns it. */
  clear(): Report[]
}

/** Collects the reports of one node or several. */
export function collectReports(): CollectedReports {
  const all: Report[] = []
  return {
    report: (report) => void all.push(report),
    all,
    get crashes() {
      return all.filter((report) => report.type === 'crash')
    },
    clear: () => all.splice(0),
  }
}

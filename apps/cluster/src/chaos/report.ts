/**
 * A chaos run in words, and what in it is not good enough: pure.
 */
import type { ChaosResult } from './run.ts'

/** Shorter runs have too few tries to judge a share of them. */
const judgedFromSeconds = 60

export const goals = { share: 0.99, longestPauseMs: 5000, acknowledgedPerSecond: 20_000 / 300 } as const

export interface ChaosReport {
  readonly lines: readonly string[]
  readonly failures: readonly string[]
}

export function reportOf(result: ChaosResult, seconds: number): ChaosReport {
  const { violations, measures, faults, reads, copies, heard, reconnects, noCuts } = result
  const { tries, outcomes, acknowledged, judged, share, longestPauseMs, longestPauseOfAllMs } = measures
  const done = [...faults].map(([type, times]) => `${type} ${times}x`).join(', ') || 'nothing'
  const lines = [
    `done to nodes: ${done}${noCuts === null ? '' : '; none was cut off, that cannot be done here'}`,
    `${tries} tries: ${outcomes.answered} answered well, ${outcomes.refused} refused with a clear error, ${outcomes.broken} broken connections, ${outcomes.late} without an answer in time`,
    `acknowledged ${acknowledged} messages`,
    `answered well while at most one node was down: ${percent(share)} of ${judged} tries (goal: ${percent(goals.share)})`,
    `longest pause between two acknowledgements while at most one node was down: ${Math.round(longestPauseMs)} ms (goal: ${goals.longestPauseMs} ms); at any time: ${Math.round(longestPauseOfAllMs)} ms`,
    `${reads.all} pages of history were read, ${reads.ofCopies} of them from a copy while nobody knew the newest`,
    `${copies} copies on the disks of the nodes were compared with what was read`,
    `listeners heard ${heard} messages and reconnected ${reconnects} times`,
  ]
  const missed =
    seconds < judgedFromSeconds
      ? []
      : [
          share < goals.share && `only ${percent(share)} of the tries were answered well`,
          longestPauseMs >= goals.longestPauseMs && `nothing was acknowledged for ${Math.round(longestPauseMs)} ms`,
          acknowledged < goals.acknowledgedPerSecond * seconds &&
            `only ${acknowledged} messages were acknowledged, of ${Math.round(goals.acknowledgedPerSecond * seconds)}`,
        ].filter((sentence) => sentence !== false)
  return {
    lines,
    failures: [...violations.map((text) => `VIOLATION ${text}`), ...missed.map((text) => `MISSED ${text}`)],
  }
}

function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`
}

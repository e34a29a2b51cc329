/**
 * Every try of every user, with its times, and what the measures of a run are made of.
 */

/** `answered`: as it should be. `refused`: a clear 503, or its like over a socket. `broken`: the connection ended. `late`: no answer in time. */
export type Outcome = 'answered' | 'refused' | 'broken' | 'late'

export type TryKind = 'post' | 'say' | 'read'

export interface Try {
  readonly kind: TryKind
  readonly fromMs: number
  readonly toMs: number
  readonly outcome: Outcome
}

export class Tally {
  readonly tries: Try[] = []
  readonly acknowledgedAtMs: number[] = []
  reconnects = 0
  /** Answers that no situation excuses: a status that is none of the API's for it, or rubbish. */
  readonly absurd: string[] = []

  add(kind: TryKind, fromMs: number, outcome: Outcome): void {
    this.tries.push({ kind, fromMs, toMs: performance.now(), outcome })
  }

  acknowledged(): void {
    this.acknowledgedAtMs.push(performance.now())
  }
}

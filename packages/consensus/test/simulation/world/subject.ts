/** What is simulated: a member behind the seam of the algorithm, made of what its disk has. */
import type { Configuration, Effect, Input, MemberId, RaftSettings } from '../../../src/raft/interface.ts'
import type { Stored } from '../../../src/storage/storage.ts'

export interface Subject {
  /** When to step it with `time`, by its own clock. */
  readonly deadlineMs: number
  step(nowMs: number, input: Input): readonly Effect[]
}

export interface SubjectOptions {
  readonly id: MemberId
  readonly nowMs: number
  readonly random: () => number
  readonly settings: RaftSettings
  /** Of a founder; empty for who is added later. */
  readonly genesis: Configuration
  readonly stored: Stored | null
}

export type MakeSubject = (options: SubjectOptions) => Subject

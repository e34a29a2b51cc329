/**
 * Where a member keeps what it must not forget.
 *
 * Everything that was resolved is there after a crash; of what was not, any beginning may be. What is found damaged in the middle is never skipped: loading fails,
 * since a member that has forgotten something it promised breaks the promise of the group.
 */
import type { Ballot, Entry, MemberId, Snapshot, Write } from '../raft/interface.ts'

export interface Stored {
  readonly ballot: Ballot
  readonly snapshot: Snapshot | null
  /** Those after the snapshot, without gaps. */
  readonly entries: readonly Entry[]
}

/** Whose storage it is. */
export interface Owner {
  readonly group: string
  readonly member: MemberId
}

export interface Storage {
  /**
   * Called once, before everything else. Null: it is new. Storage that outlives its member keeps `owner`, and has nothing for another one.
   * @throws `consensus.damaged_log`, `consensus.other_log`
   */
  load(owner?: Owner): Promise<Stored | null>
  /** Resolves when it is on disk, with all that was written before it. Those that are called while one is being synced go out together with the next sync. */
  write(write: Omit<Write, 'id'>): Promise<void>
  /** Resolves when the snapshot is on disk, from where on it stands in place of every entry up to its index. */
  save(snapshot: Snapshot): Promise<void>
  close(): Promise<void>
}

/**
 * A member's storage, as its process uses it: writes and snapshots go out in order, at once, and what is on disk is told in the same order.
 *
 *     process ── write 7, write 8, save ──► storage        8 goes out with 7, or with the next sync: storage's business
 *     process ◄── on disk: up to 8 ──                      several that were synced together are told once
 *
 * Writes do not wait until a snapshot of this member's own is saved, which may take long: it stands for nothing that they do not stand for as well.
 *
 * What fails is told once, and nothing after it: a member that cannot keep what it promises must end.
 */
import type { Snapshot, Write } from '../raft/interface.ts'
import type { Storage } from '../storage/storage.ts'

export interface DiskEvents {
  /** Something is new in {@link Disk.take}. */
  readonly done: () => void
  readonly failed: (reason: unknown) => void
}

/** What is on disk since it was asked last. */
export interface OnDisk {
  /** The last write; null if there is no new one. */
  readonly written: number | null
  /** The last snapshot that was saved as one of this member's own. */
  readonly saved: Snapshot | null
}

export class Disk {
  readonly #storage: Storage
  readonly #events: DiskEvents
  #last: Promise<unknown> = Promise.resolve()
  #written: number | null = null
  #saved: Snapshot | null = null
  #isTold = false
  #hasFailed = false

  constructor(storage: Storage, events: DiskEvents) {
    this.#storage = storage
    this.#events = events
  }

  write({ id, ...write }: Write): void {
    this.#after(
      () => this.#storage.write(write),
      () => {
        this.#written = id
      },
      true,
    )
  }

  /** A snapshot of this member's own (`isOwn`), of which it wants to hear when it is saved, or the leader's. */
  save(snapshot: Snapshot, isOwn: boolean): void {
    this.#after(
      () => this.#storage.save(snapshot),
      () => {
        if (isOwn) this.#saved = snapshot
      },
      !isOwn,
    )
  }

  take(): OnDisk {
    const taken = { written: this.#written, saved: this.#saved }
    this.#written = null
    this.#saved = null
    this.#isTold = false
    return taken
  }

  /** @param isAwaited by what comes after it. */
  #after(begin: () => Promise<void>, note: () => void, isAwaited: boolean): void {
    if (this.#hasFailed) return
    const before = this.#last
    const begun = new Promise<void>((resolve) => resolve(begin()))
    // In order, also when a later one is done first.
    const told = begun
      .then(() => before)
      .then(
        () => {
          if (this.#hasFailed) return
          note()
          if (this.#isTold) return
          this.#isTold = true
          this.#events.done()
        },
        (reason: unknown) => {
          if (this.#hasFailed) return
          this.#hasFailed = true
          this.#events.failed(reason)
        },
      )
    if (isAwaited) this.#last = told
  }
}

/** The changes of a log, in order, to what they come to: the ballot, and the entries after the snapshot without a gap. */
import type { Ballot, Entry, Snapshot } from '../../raft/interface.ts'
import type { Stored } from '../storage.ts'
import type { Change } from './records.ts'

export class Replay {
  readonly #snapshot: Snapshot | null
  readonly #base: number
  #ballot: Ballot | null = null
  #entries: Entry[] = []

  constructor(snapshot: Snapshot | null) {
    this.#snapshot = snapshot
    this.#base = snapshot?.index ?? 0
  }

  get #last(): number {
    return this.#base + this.#entries.length
  }

  /** What is wrong with it; null: nothing. */
  add(change: Change): string | null {
    switch (change.type) {
      case 'ballot':
        this.#ballot = change.ballot
        return null
      case 'truncate':
        this.#truncate(change.from)
        return null
      case 'entry':
        return this.#append(change.entry)
    }
  }

  #truncate(from: number): void {
    if (from <= this.#last) this.#entries.length = Math.max(0, from - this.#base - 1)
  }

  #append(entry: Entry): string | null {
    const { index } = entry
    // The snapshot stands for it.
    if (index <= this.#base) return null
    this.#truncate(index)
    if (index !== this.#last + 1) return `entry ${index} follows entry ${this.#last}: those between them are missing`
    this.#entries.push(entry)
    return null
  }

  get stored(): Stored | null {
    if (this.#ballot === null && this.#snapshot === null && this.#entries.length === 0) return null
    return {
      ballot: this.#ballot ?? { term: 0, votedFor: null },
      snapshot: this.#snapshot,
      entries: this.#entries,
    }
  }
}

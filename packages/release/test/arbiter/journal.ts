/** A replicated log of writes with tokens: its machine refuses those that are older than one it has seen. */
import { raftGroup, type Machine, type RaftGroup } from '@agner/consensus'

export interface Write {
  readonly token: number
  readonly by: string
}

export interface Journal {
  readonly greatest: number
  readonly entries: readonly Write[]
  readonly refused: number
}

export const journal: RaftGroup<Write, boolean> = raftGroup('journal')

export const journalMachine: Machine<Write, boolean, Journal> = {
  name: '@agner/release/test/journal',
  init: () => ({ greatest: 0, entries: [], refused: 0 }),
  apply: (state, write) => {
    if (write.token < state.greatest) return { state: { ...state, refused: state.refused + 1 }, result: false }
    return { state: { ...state, greatest: write.token, entries: [...state.entries, write] }, result: true }
  },
}

/** What the experiment's group agrees on: how many commands there were, each with a text to carry. */
import { raftGroup, type Machine, type RaftGroup } from '@agner/consensus'

export interface Add {
  readonly type: 'add'
  readonly text: string
}

export const counting: RaftGroup<Add, number, null, number> = raftGroup('experiment')

export const machine: Machine<Add, number, number, null, number> = {
  name: '@agner-tooling/count',
  init: () => 0,
  apply: (count) => ({ state: count + 1, result: count + 1 }),
  query: (count) => count,
}

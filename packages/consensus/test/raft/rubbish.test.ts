import { eachSeed } from '@agner/testing'
import { expect, test } from 'vitest'
import { checkMessage } from '../../src/raft/check-message.ts'
import type { Entry, Message } from '../../src/raft/interface.ts'
import { Group, three } from './group.ts'

type Dice = (below: number) => number

/** Well made, and about nothing. */
function anyMessage(dice: Dice): Message {
  const term = dice(6)
  const index = dice(12)
  const at = { index, term: Math.min(term, dice(6)) }
  const flag = (): boolean => dice(2) === 1
  const configuration = [
    { id: 'n1', role: 'voter' },
    { id: `n${2 + dice(4)}`, role: (['voter', 'witness', 'learner'] as const)[dice(3)]! },
  ] as const
  const round = dice(5)
  switch (dice(7)) {
    case 0:
      return { type: 'askVote', pre: flag(), term, last: at, transfer: flag() }
    case 1:
      return { type: 'vote', pre: flag(), term, granted: flag() }
    case 2:
      return { type: 'appended', term, success: flag(), index, conflictTerm: dice(6), round }
    case 3:
      return { type: 'snapshot', term, snapshot: { ...at, configuration, state: null }, round }
    case 4:
      return { type: 'takeOver', term }
    case 5:
      return { type: 'removed', term, index }
    default: {
      const entries = Array.from({ length: dice(4) }, (_, n): Entry => {
        const place = { index: index + 1 + n, term }
        if (dice(3) === 0) return { ...place, type: 'configuration', configuration }
        return { ...place, type: 'command', command: dice(100), request: null }
      })
      return { type: 'append', term, previous: at, entries, commit: dice(14), round }
    }
  }
}

test('no message breaks a member, whoever sends it and whatever it says: what is applied is applied once and in order', async () => {
  await eachSeed({ seeds: 40 }, async (runtime) => {
    const dice: Dice = (below) => Math.floor(runtime.random() * below)
    const group = new Group({ ...three, w4: 'witness' }, { batchEntries: 2, pipeline: 2 })
    const ids = [...group.members.keys()]
    for (let turn = 0; turn < 150; turn++) {
      const member = group.at(ids[dice(ids.length)]!)
      const { commitIndex } = member.raft.status
      switch (dice(6)) {
        case 0:
          group.propose(member.id, turn)
          break
        case 1:
          group.pass(dice(1_500))
          break
        case 2:
          if (member.raft.snapshotHead(commitIndex) !== null && commitIndex > 0) member.compact()
          break
        default: {
          const message = anyMessage(dice)
          expect(checkMessage(message)).toBe(message)
          member.step({ type: 'message', from: ['n1', 'n2', 'n3', 'w4', 'n9'][dice(5)]!, message })
        }
      }
    }
    for (const { applied, installed } of group.members.values()) {
      let last = 0
      for (const { index } of applied) {
        const isNext = index === last + 1 || installed.some((snapshot) => snapshot.index === index - 1)
        expect(isNext).toBe(true)
        last = index
      }
    }
  })
})

/**
 * What each rule is for: a script under which a group without the rule breaks, and with it does not. The rule is taken out by replacing the method that has it.
 */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Election } from '../../src/raft/election.ts'
import { Leadership } from '../../src/raft/leadership.ts'
import { Group, three } from './group.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Places of the log at which two members have applied different entries. */
function contradictions(group: Group): number[] {
  const terms = new Map<number, Set<number>>()
  for (const { history } of group.members.values()) {
    for (const { index, term } of history) terms.set(index, (terms.get(index) ?? new Set()).add(term))
  }
  return [...terms].filter(([, different]) => different.size > 1).map(([index]) => index)
}

function cut(...sides: readonly (readonly string[])[]): Group['loses'] {
  return ({ from, to }) => !sides.some((side) => side.includes(from) && side.includes(to))
}

function down(group: Group, leader: string): void {
  for (const member of group.members.values()) member.step({ type: 'down', id: leader })
}

describe('no change before an entry of the own term is committed', () => {
  /** Ongaro, raft-dev, 2015. */
  function script(): { readonly change: string | undefined; readonly group: Group } {
    const group = new Group({ n1: 'voter', n2: 'voter', n3: 'voter', n4: 'voter' })
    group.elect('n1')
    group.join('n5')
    // n1 adds n5, and only n5 hears of it.
    group.loses = cut(['n1', 'n5'])
    group.configure('n1', { type: 'add', id: 'n5', role: 'voter' })
    group.deliver()
    group.at('n1').crash()
    // n2 leads, and removes n1: with n3, of three.
    down(group, 'n1')
    group.loses = ({ message }) => message.type === 'append'
    group.elect('n2')
    group.wire = []
    group.loses = cut(['n2', 'n3'])
    const change = group.configure('n2', { type: 'remove', id: 'n1' })
    group.pass(150)
    group.deliver()
    // n1 is back and leads with n4 and n5: of five.
    group.loses = cut(['n1', 'n4', 'n5'], ['n2', 'n3'])
    group.at('n1').restart()
    group.pass(20_000)
    return { change: group.outcome(change)?.type, group }
  }

  test('with it', () => {
    const { change, group } = script()
    expect(change).toBe('refused')
    expect(contradictions(group)).toEqual([])
  })

  test('without it two majorities do not meet', () => {
    vi.spyOn(Leadership.prototype, 'mayChange').mockReturnValue(true)
    const { change, group } = script()
    expect(change).toBe('accepted')
    expect(contradictions(group)).toContain(2)
  })
})

describe('entries of an older term are not committed by counting', () => {
  /** Figure 8 of the paper, with three members. */
  function script(): Group {
    const group = new Group(three)
    group.elect('n1')
    group.loses = () => true
    group.propose('n1', 'a')
    group.deliver()
    group.at('n1').crash()
    group.loses = ({ message }) => message.type === 'append'
    down(group, 'n1')
    group.elect('n2')
    group.at('n2').crash()
    // n1 leads again, and brings `a` to n3, but not the entry of its new term.
    const leader = group.at('n1')
    leader.restart()
    for (let attempt = 0; attempt < 10 && leader.role !== 'leader'; attempt++) {
      group.nowMs = Math.max(group.nowMs, leader.raft.deadlineMs)
      leader.step({ type: 'time' })
      group.deliver()
    }
    const { term } = leader.raft.status
    const entries = leader.raft.seat.log.from(2, 1)
    const message = { type: 'append', term, previous: { index: 1, term: 1 }, entries, commit: 1, round: 0 } as const
    group.at('n3').step({ type: 'message', from: 'n1', message })
    group.deliver()
    expect(leader.raft.status.followers.find(({ id }) => id === 'n3')!.match).toBe(2)
    group.at('n1').crash()
    group.at('n2').restart()
    group.loses = () => false
    group.pass(5_000)
    expect(group.leader()?.id).toBe('n2')
    return group
  }

  test('with it', () => {
    expect(contradictions(script())).toEqual([])
  })

  test('without it what was committed is replaced', () => {
    vi.spyOn(Leadership.prototype, 'mayCommit').mockReturnValue(true)
    expect(contradictions(script())).toEqual([2])
  })
})

describe('a vote is on disk before it is told', () => {
  /** Which members lead in term 1. */
  function script(isHasty: boolean): string[] {
    const group = new Group(three)
    const voter = group.at('n3')
    voter.syncs = false
    for (const id of ['n1', 'n2'] as const) {
      if (isHasty) vi.spyOn(voter.raft.seat.disk, 'promise').mockReturnValue(false)
      group.loses = cut([id, 'n3'])
      group.nowMs = group.at(id).raft.deadlineMs
      group.at(id).step({ type: 'time' })
      group.deliver()
      voter.crash()
      voter.restart()
    }
    return [...group.members.values()].filter(({ role }) => role === 'leader').map(({ id }) => id)
  }

  test('with it', () => {
    expect(script(false)).toEqual([])
  })

  test('without it there are two leaders in one term', () => {
    expect(script(true)).toEqual(['n1', 'n2'])
  })
})

describe('a pre-vote comes before a vote', () => {
  function script(): { readonly role: string; readonly term: number } {
    const group = new Group(three)
    const leader = group.elect('n1')
    group.loses = cut(['n1', 'n2'])
    group.pass(10_000)
    group.loses = () => false
    group.pass(200)
    return { role: leader.role, term: leader.raft.status.term }
  }

  test('with it who comes back disturbs nobody', () => {
    expect(script()).toEqual({ role: 'leader', term: 1 })
  })

  test('without it the leader has to go', () => {
    vi.spyOn(Election.prototype, 'ask').mockImplementation(function (this: Election) {
      this.campaign(false)
      return false
    })
    expect(script().term).toBeGreaterThan(1)
  })
})

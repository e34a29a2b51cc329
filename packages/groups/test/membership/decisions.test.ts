/**
 * The decisions that groups make, without any node: what a log makes of commands, who votes, whether a log is beyond hope, which view is newer.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNode, type AnyPid } from '@agner/core'
import { groupMachine, type GroupCommand, type GroupState } from '../../src/membership/machine.ts'
import { Latest } from '../../src/membership/latest.ts'
import { account, nextChange, type Roster } from '../../src/membership/roster.ts'
import { isNewerView, type GroupView } from '../../src/membership/view.ts'
import { nodeOf } from '../../src/membership/founding.ts'

const machine = groupMachine({ nodesPerGroup: 5, namesPerGroup: 2 })
const node = createNode({ name: 'a@cluster' })
const pids: AnyPid[] = Array.from({ length: 4 }, () => node.spawn(async (self) => void (await self.receive())))
const genesis = {
  name: 'g',
  id: 'i',
  mode: 'agree' as const,
  generation: 1,
  founding: 'f',
  nodes: ['a@cluster', 'b@cluster'],
}

function run(...commands: GroupCommand[]): { readonly state: GroupState; readonly results: unknown[] } {
  let state = machine.init()
  const results: unknown[] = []
  commands.forEach((command, at) => {
    const applied = machine.apply(state, command, { index: at + 1 })
    state = applied.state
    results.push(applied.result)
  })
  return { state, results }
}

const found: GroupCommand = { type: 'found', genesis, claims: new Map() }
const change = (add: readonly string[], remove: readonly string[]): GroupCommand => ({ type: 'change', add, remove })
const claim = (name: string, pid: AnyPid, replace = false): GroupCommand => ({ type: 'claim', name, pid, replace })

it('the latest are kept up to a limit, and those that must be beyond it', () => {
  const latest = new Latest<string, number>(2, (key) => key === 'kept')
  for (const key of ['kept', 'a', 'b', 'a', 'c']) latest.set(key, 1)
  expect(['kept', 'a', 'b', 'c'].map((key) => latest.get(key))).toEqual([1, undefined, undefined, 1])
  expect(latest.size).toBe(2)
  latest.delete('c')
  const all = new Latest<string, number>(1, () => true)
  for (const key of ['a', 'b', 'c']) all.set(key, 1)
  expect(all.size).toBe(3)
})

describe('the machine of a group', () => {
  it('is founded once, whoever says it how often', () => {
    const { state, results } = run(claim('one', pids[0]!), found, found)
    expect(results[0]).toEqual({ type: 'unfounded' })
    expect(results[1]).toEqual(results[2])
    expect(state.view).toMatchObject({ epoch: 2, nodes: genesis.nodes })
  })

  it('takes no claim that no keeper would pass on', () => {
    const names = ['', 'n'.repeat(256), '\udc00', 42] as string[]
    const claims = [...names.map((name) => claim(name, pids[0]!)), claim('one', null as never, true)]
    const { state, results } = run(found, ...claims)
    expect(state.claims.size).toBe(0)
    expect(results.slice(1)).toEqual(claims.map((_, at) => ({ type: 'unsound', index: at + 2 })))
  })

  it('begins without the names of processes whose nodes take no part, and takes no claim of one', () => {
    const stranger = createNode({ name: 'x@cluster' }).spawn(async (self) => void (await self.receive()))
    const claims = new Map([
      ['one', { pid: pids[0]!, index: 1 }],
      ['two', { pid: stranger, index: 2 }],
    ])
    const { state, results } = run(
      { type: 'found', genesis, claims },
      claim('three', stranger),
      claim('one', stranger, true),
    )
    expect([...state.claims]).toEqual([['one', { pid: pids[0]!, index: 1 }]])
    expect(results.slice(1)).toEqual([
      { type: 'stranger', index: 2 },
      { type: 'stranger', index: 3 },
    ])
  })

  it('changes its members in one step, whose place is the epoch, and keeps the longest-standing first', () => {
    const { state } = run(found, change(['c@cluster', 'b@cluster'], ['a@cluster']), change([], ['x@cluster']))
    expect(state.view).toMatchObject({ epoch: 2, nodes: ['b@cluster', 'c@cluster'] })
  })

  it('refuses to be empty, to be too large, and to live on after its deletion', () => {
    const many = ['c', 'd', 'e', 'f'].map((name) => `${name}@cluster`)
    const { state, results } = run(
      found,
      change([], genesis.nodes),
      change(many, []),
      { type: 'delete' },
      change(['c@cluster'], []),
    )
    expect(results.slice(1).map((result) => (result as { refused: unknown }).refused)).toEqual([
      'last_member',
      'too_many',
      null,
      'deleted',
    ])
    expect(state.view).toMatchObject({ isDeleted: true, nodes: [], epoch: 4 })
  })

  it('gives a name to one process, a process one name, and takes back what is withdrawn', () => {
    const [one, two, three] = pids as [AnyPid, AnyPid, AnyPid]
    const { state, results } = run(
      found,
      claim('n', one),
      claim('n', one),
      claim('n', two),
      claim('m', one),
      claim('n', two, true),
      claim('m', one),
      claim('o', three),
      { type: 'withdraw', pids: [two] },
      { type: 'unclaim', name: 'n' },
    )
    expect(results.slice(1).map((result) => (result as { type: string }).type)).toEqual([
      'done',
      'done',
      'taken',
      'taken',
      'done',
      'done',
      'full',
      'done',
      'absent',
    ])
    expect([...state.claims]).toEqual([['m', { pid: one, index: 7 }]])
  })

  it('takes the names of a node with it', () => {
    const { state } = run(found, claim('n', pids[0]!), change([], ['a@cluster']))
    expect(state.claims.size).toBe(0)
  })

  it('never changes a state that it was given', () => {
    const before = run(found, claim('n', pids[0]!)).state
    const copy = structuredClone({ view: before.view, names: [...before.claims.keys()] })
    for (const command of [change(['c@cluster'], []), claim('m', pids[1]!), { type: 'delete' } as const])
      machine.apply(before, command, { index: 9 })
    expect({ view: before.view, names: [...before.claims.keys()] }).toEqual(copy)
  })
})

const member = (id: string, role: 'voter' | 'learner' = 'voter') => ({ id, role })

describe('who votes', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

  /** Applies changes until there is none, as the leader does. */
  function settle(roster: Roster): { readonly voters: string; readonly all: string; readonly steps: number } {
    let { configuration } = roster
    for (let steps = 0; steps < 50; steps++) {
      const next = nextChange({ ...roster, configuration })
      if (next === null || next.type === 'transfer') {
        const names = (list: readonly { id: string }[]): string =>
          list
            .map(({ id }) => id)
            .toSorted()
            .join(' ')
        return { voters: names(configuration.filter(({ role }) => role === 'voter')), all: names(configuration), steps }
      }
      const others = configuration.filter(({ id }) => id !== next.id)
      configuration = next.type === 'remove' ? others : [...others, { id: next.id, role: next.role }]
      expect(configuration.some(({ role }) => role === 'voter')).toBe(true)
    }
    throw new Error('it never settles')
  }

  const roster = (over: Partial<Roster>): Roster => ({
    self: 'a#1',
    nodes,
    configuration: [member('a#1')],
    present: new Map(nodes.map((name) => [name, `${name}#1`])),
    isCaughtUp: () => true,
    nodeOf,
    ...over,
  })

  it('up to five of those that are there, and the others learn', () => {
    expect(settle(roster({}))).toMatchObject({ voters: 'a#1 b#1 c#1 d#1 e#1', all: 'a#1 b#1 c#1 d#1 e#1 f#1 g#1' })
    const present = new Map([...roster({}).present].filter(([name]) => name !== 'b'))
    expect(settle(roster({ present }))).toMatchObject({ voters: 'a#1 c#1 d#1 e#1 f#1', all: 'a#1 c#1 d#1 e#1 f#1 g#1' })
  })

  it('not one that has not caught up', () => {
    expect(settle(roster({ isCaughtUp: (id) => id !== 'b#1' })).voters).toBe('a#1 c#1 d#1 e#1 f#1')
  })

  it('the next life in the place of the one before', () => {
    const present = new Map(roster({}).present).set('b', 'b#2')
    const configuration = ['a#1', 'b#1', 'c#1'].map((id) => member(id))
    expect(settle(roster({ present, configuration, nodes: ['a', 'b', 'c'] })).voters).toBe('a#1 b#2 c#1')
  })

  it('nobody who has left, and the leader is the last of them to go', () => {
    const configuration = ['a#1', 'b#1', 'c#1', 'd#1', 'e#1'].map((id) => member(id))
    const left = settle(roster({ nodes: ['f', 'g'], configuration }))
    expect(left.voters).toBe('a#1 f#1 g#1')
    expect(
      nextChange(
        roster({
          nodes: ['f', 'g'],
          configuration: ['a#1', 'f#1'].map((id) => member(id)),
          present: new Map([['a', 'a#1']]),
        }),
      ),
    ).toEqual({ type: 'transfer' })
  })

  it('who has left, until those who stay could decide without it', () => {
    const configuration = ['a#1', 'b#1', 'c#1'].map((id) => member(id))
    const of = { nodes: ['a', 'c'], configuration }
    const removed = { type: 'remove', id: 'b#1' }
    expect(nextChange(roster(of))).toEqual(removed)
    expect(nextChange(roster({ ...of, isCaughtUp: (id) => id !== 'c#1' }))).toBeNull()
    const withoutC = new Map([...roster({}).present].filter(([name]) => name !== 'c'))
    expect(nextChange(roster({ ...of, present: withoutC }))).toBeNull()
    // Of three who stay, two are enough.
    const four = { nodes: ['a', 'c', 'd'], configuration: [...configuration, member('d#1')] }
    expect(nextChange(roster({ ...four, present: withoutC }))).toEqual(removed)
  })

  it('always settles, from anything, with somebody who votes', () => {
    const name = fc.constantFrom(...nodes)
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1 }),
        fc.uniqueArray(
          fc.record({
            id: fc.tuple(name, fc.integer({ min: 1, max: 2 })).map(([of, life]) => `${of}#${String(life)}`),
            role: fc.constantFrom('voter' as const, 'learner' as const),
          }),
          { selector: ({ id }) => id },
        ),
        fc.uniqueArray(name),
        (of, configuration, there) => {
          const all = [member('a#1'), ...configuration.filter(({ id }) => id !== 'a#1')]
          const present = new Map([...there, 'a'].map((each) => [each, `${each}#1`]))
          const { all: after } = settle(roster({ nodes: of, configuration: all, present }))
          // Who is there in a new life has no other part in it.
          for (const each of there) expect(after.split(' ').filter((id) => id === `${each}#2`)).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('whether a log is beyond hope', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map((id) => member(id))
  const said = (living: string, dead: string) => account(five, new Set(living.split('')), new Set(dead.split(''))).type

  it('not as long as a majority lives, or a vote is not accounted for', () => {
    expect(said('abc', 'de')).toBe('wait')
    expect(said('ab', 'cd')).toBe('wait')
    expect(said('', 'abcd')).toBe('wait')
    expect(said('ab', 'cde')).toBe('refound')
    expect(said('a', 'bcde')).toBe('refound')
  })

  it('half is no majority', () => {
    expect(account([member('a'), member('b')], new Set(['a']), new Set(['b'])).type).toBe('refound')
  })

  it('without a living vote the learners count, all of them', () => {
    const configuration = [...['a', 'b'].map((id) => member(id)), member('c', 'learner'), member('d', 'learner')]
    expect(account(configuration, new Set(['c']), new Set(['a', 'b'])).type).toBe('wait')
    expect(account(configuration, new Set(['c', 'd']), new Set(['a', 'b']))).toMatchObject({
      type: 'refound',
      living: ['c', 'd'],
    })
  })
})

describe('which view is newer', () => {
  it('is total and symmetric, and the same in whatever order they are heard', () => {
    const view = fc.record({
      generation: fc.integer({ min: 0, max: 2 }),
      epoch: fc.integer({ min: 0, max: 3 }),
      founding: fc.constantFrom('', 'a', 'b'),
    })
    const make = (part: { generation: number; epoch: number; founding: string }): GroupView => ({
      name: 'g',
      id: 'i',
      mode: 'merge',
      nodes: [],
      isDeleted: false,
      ...part,
    })
    fc.assert(
      fc.property(fc.array(view, { minLength: 1, maxLength: 5 }), (parts) => {
        const views = parts.map(make)
        const last = (list: readonly GroupView[]): GroupView =>
          list.reduce((best, each) => (isNewerView(each, best) ? each : best))
        for (const a of views) for (const b of views) expect(isNewerView(a, b) && isNewerView(b, a)).toBe(false)
        expect(last(views.toReversed())).toEqual(last(views))
      }),
    )
  })
})

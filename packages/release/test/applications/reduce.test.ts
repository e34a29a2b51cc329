/** The reducer alone: whatever it hears, in whatever order, it comes to rest, and starts one thing at a time. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextTimeMs, reduce } from '../../src/applications/reduce.ts'
import {
  firstState,
  type Effect,
  type Event,
  type HowEnded,
  type Peer,
  type Stand,
  type State,
} from '../../src/applications/state.ts'
import type { Standing } from '../../src/applications/interface.ts'
import { toTable } from '../../src/applications/table.ts'
import { standOf } from '../../src/applications/turn.ts'
import { Stage, full } from './stage.ts'

const rowOf = (decides: boolean | null) => {
  const arbiter = { name: 'some', decides: decides === true, claim: () => Promise.reject(new Error('none')) }
  const table = toTable([new Stage().talk(decides === null ? {} : { arbiter })])
  return table.get('app')!
}

const standings: readonly Standing[] = [
  'idle',
  'waiting',
  'standby',
  'lost',
  'claiming',
  'starting',
  'running',
  'stopping',
]
const endings: readonly HowEnded[] = ['stopped', 'ended', 'takenOver', 'conflict', 'failed', 'claimLost', 'handedOver']
const node = fc.constantFrom(...['n1', 'n2', 'n3', 'n4'].map(full))
const count = fc.integer({ min: 0, max: 6 })
const instance = fc.option(fc.record({ node, instance: count }))
const peer: fc.Arbitrary<Peer> = fc.record({
  standing: fc.constantFrom(...standings),
  isPermitted: fc.boolean(),
  isStarted: fc.boolean(),
  isRetired: fc.boolean(),
  weight: count,
  instance: count,
  from: instance,
  token: fc.option(count),
  sees: instance,
  wishedAfter: count,
  highest: count,
  ended: fc.option(
    fc.record({ instance: count, how: fc.constantFrom(...endings), why: fc.constant(''), isFirst: fc.boolean() }),
  ),
  terms: fc.constant(null),
  differs: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
})
const is = <T extends string>(type: T) => fc.constant(type)
const id = fc.integer({ min: 1, max: 1000 })
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: is('peer'), node, stand: peer }) },
  fc.record({ type: is('peerGone'), node }),
  fc.record({ type: is('greeting'), node, isOn: fc.boolean() }),
  fc.record({ type: is('suspect'), node, isOn: fc.boolean() }),
  { weight: 4, arbitrary: fc.record({ type: is('granted'), node, instance: count }) },
  { weight: 3, arbitrary: fc.record({ type: is('time') }) },
  fc.record({
    type: is('ask'),
    waiter: fc.oneof(
      { weight: 4, arbitrary: fc.record({ id, ask: is('start'), applicationType: fc.constant('temporary' as const) }) },
      fc.record({ id, ask: is('stop') }),
      fc.record({ id, ask: is('takeover'), applicationType: fc.constant(null) }),
      fc.record({ id, ask: is('permit'), isPermitted: fc.boolean() }),
    ),
  }),
)
/** What comes of an effect, once it does. */
const result = fc.record({ after: fc.integer({ min: 0, max: 5 }), isWell: fc.boolean() })

const isHere = (state: State): boolean => ['starting', 'running', 'stopping'].includes(state.standing)

function play(decides: boolean | null, steps: readonly (readonly [Event, { readonly isWell: boolean }])[]): void {
  let state = firstState(rowOf(decides), full('n2'), true)
  let nowMs = 0
  let claims = 0
  const running = new Set<number>()
  const asked = new Map<number, number>()
  const pending: Event[] = []
  const step = (happened: Event) => {
    nowMs += 400
    const { state: next, effects } = reduce(state, happened, { nowMs, weight: 0, isReady: nowMs % 3 > 0 })
    // Told of the same moment again it has nothing more to do.
    const again = reduce(next, { type: 'time' }, { nowMs, weight: 0, isReady: nowMs % 3 > 0 })
    expect(again.effects.filter(({ type }) => type !== 'tell')).toEqual([])
    expect(again.state.standing).toBe(next.standing)
    const timeMs = nextTimeMs(next, nowMs)
    if (timeMs !== null && next.standing !== 'lost') expect(timeMs).toBeGreaterThan(nowMs)
    if (happened.type === 'ask') asked.set(happened.waiter.id, (asked.get(happened.waiter.id) ?? 0) + 1)
    state = next
    for (const effect of effects) carryOut(effect)
  }
  const carryOut = (effect: Effect) => {
    if (effect.type === 'start') {
      expect(running.size).toBe(0)
      expect(effect.startType.token === null).toBe(decides === null)
      running.add(effect.instance)
      pending.push({ type: 'started', instance: effect.instance })
    } else if (effect.type === 'stop') pending.push({ type: 'stopped', instance: effect.instance })
    else if (effect.type === 'claim') {
      claims++
      expect(claims).toBe(1)
      pending.push({ type: 'claimed', instance: effect.instance, token: effect.instance })
    } else if (effect.type === 'unclaim') claims = 0
    else if (effect.type === 'answer') {
      const left = asked.get(effect.id)! - 1
      expect(left).toBeGreaterThanOrEqual(0)
      asked.set(effect.id, left)
    }
  }
  for (const [happened, { isWell }] of steps) {
    step(happened)
    const next = pending.shift()
    if (next === undefined) continue
    if (next.type === 'stopped') {
      running.delete(next.instance)
      claims = 0
      step(next)
    } else if (next.type === 'started' && !isWell) {
      running.delete(next.instance)
      if (state.standing === 'starting') step({ ...next, type: 'startFailed', reason: 'no luck', why: 'no luck' })
    } else if (next.type === 'claimed' && !isWell) {
      if (state.instance === next.instance || state.asking === next.instance) claims = 0
      step({ type: 'notClaimed', instance: next.instance, why: 'taken' })
    } else step(next)
    expect(isHere(state)).toBe(running.size > 0)
  }
}

for (const [name, decides] of [
  ['the connections between nodes', null],
  ['an arbiter that decides', true],
  ['one that gives to whoever asks', false],
] as const)
  test(`with ${name}: it comes to rest, answers once, and has one instance and one claim at a time`, () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, result), { minLength: 10, maxLength: 60 }), (steps) => play(decides, steps)),
      { numRuns: Number(process.env['AGNER_SEEDS'] ?? 50) },
    )
  })

test('who wished before it met those who know more wished later than all of that', () => {
  const moment = { nowMs: 0, weight: 0, isReady: true }
  const self = full('n2')
  const [state] = [
    { type: 'greeting', node: full('n1'), isOn: true },
    { type: 'ask', waiter: { id: 1, ask: 'start', applicationType: 'temporary' } },
  ].reduce<[State]>(
    ([before], each) => [reduce(before, each as Event, moment).state],
    [firstState(rowOf(null), self, true)],
  )
  expect(standOf(state)).toMatchObject({ standing: 'waiting', wishedAfter: 0 })
  const known: Peer = { ...standOf(firstState(rowOf(null), full('n1'), true)), highest: 7, terms: null, differs: false }
  const { effects } = reduce(state, { type: 'peer', node: full('n1'), stand: known }, moment)
  expect(effects).toContainEqual({
    type: 'tell',
    stand: expect.objectContaining({ wishedAfter: 7, highest: 7 }) as Stand,
  })
  // What comes while they are connected is later than the wish.
  const met = reduce(state, { type: 'peer', node: full('n1'), stand: known }, moment).state
  const later = reduce(met, { type: 'peer', node: full('n1'), stand: { ...known, highest: 9 } }, moment).state
  expect(standOf(later)).toMatchObject({ wishedAfter: 7, highest: 9 })
})

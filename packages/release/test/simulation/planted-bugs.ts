/**
 * Wrong implementations for the simulation to find. Methods are replaced for the time of a run, and the sources stay clean.
 */
import { distributedFaults, hears } from '../../../../tooling/conformance/faults/distributed-applications.ts'
import { patch, type Fault } from '../../../../tooling/conformance/faults/patch.ts'
import { Contacts } from '../../src/applications/contacts.ts'
import { Live } from '../../src/applications/live.ts'
import { Turn } from '../../src/applications/turn.ts'
import { Storage } from './storage.ts'

type Bug =
  | 'storage forgets the fence'
  | 'an application goes on without its claim'
  | 'a token is used again'
  | 'a failover waits for nobody'
  | 'a takeover stops the old one first'
  | 'nobody asks for leave'
  | 'both sides of a partition go on after it'
  | 'who is lost is not missed'
  | 'what is taken over goes on'
  | 'nodes that come back are not greeted'

export const plantedBugs: Readonly<Record<Bug, Fault>> = {
  'storage forgets the fence': patch(Storage.prototype, 'isAllowed', () => () => true),
  'an application goes on without its claim': hears((event) => (event.type === 'claimLost' ? null : event)),
  /** Whoever is slow to hear of the end of his claim runs beside the next one, with the same token. */
  'a token is used again': patch(
    Turn.prototype,
    'do',
    (act) =>
      function (this: Turn, effect) {
        if (effect.type !== 'start' || effect.startType.token === null) return act.call(this, effect)
        return act.call(this, { ...effect, startType: { ...effect.startType, token: 1 } })
      },
  ),
  'a failover waits for nobody': distributedFaults['distributed.a_failover_waits_for_nobody'],
  'a takeover stops the old one first': distributedFaults['distributed.a_takeover_stops_the_old_one_first'],
  'nobody asks for leave': patch(
    Live.prototype,
    'happened',
    (happened) =>
      function (this: Live, application, event) {
        happened.call(this, application, event)
        const state = this.states.get(application)
        if (state?.standing !== 'claiming' || state.row.arbiter !== null) return
        if (state.grants.size === state.peers.size) return
        this.states.set(application, { ...state, grants: new Set(state.peers.keys()), greeting: new Set() })
        happened.call(this, application, { type: 'time' })
      },
  ),
  'both sides of a partition go on after it': patch(
    Turn.prototype,
    'stop',
    (stop) =>
      function (this: Turn, how, withinMs) {
        if (how !== 'conflict') stop.call(this, how, withinMs)
      },
  ),
  'who is lost is not missed': distributedFaults['distributed.who_is_lost_is_not_missed'],
  'what is taken over goes on': patch(
    Turn.prototype,
    'stop',
    (stop) =>
      function (this: Turn, how, withinMs) {
        if (how !== 'takenOver') stop.call(this, how, withinMs)
      },
  ),
  'nodes that come back are not greeted': patch(Contacts.prototype, 'hello', (hello) => {
    const known = new WeakMap<Contacts, Set<string>>()
    return function (this: Contacts, message) {
      const nodes = known.get(this) ?? new Set()
      known.set(this, nodes)
      if (nodes.has(message.keeper.node) && message.wantsAnswer) return
      nodes.add(message.keeper.node)
      hello.call(this, message)
    }
  }),
}

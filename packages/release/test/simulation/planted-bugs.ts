/**
 * Wrong implementations for the simulation to find. Methods are replaced for the time of a run, and the sources stay clean.
 */
import { patch, type Fault } from '../../../../tooling/conformance/faults/patch.ts'
import { Contacts } from '../../src/applications/contacts.ts'
import { Live } from '../../src/applications/live.ts'
import { Turn } from '../../src/applications/turn.ts'
import { Storage } from './storage.ts'

type Happened = Live['happened']

/** After everything that happens the state is looked at once more. */
const andThen = (then: (live: Live, application: string, happened: Happened) => void): Fault =>
  patch(
    Live.prototype,
    'happened',
    (happened) =>
      function (this: Live, application, event) {
        happened.call(this, application, event)
        then(this, application, happened)
      },
  )

const unheard = (types: readonly string[]): Fault =>
  patch(
    Live.prototype,
    'happened',
    (happened) =>
      function (this: Live, application, event) {
        if (!types.includes(event.type)) happened.call(this, application, event)
      },
  )

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
  'an application goes on without its claim': unheard(['claimLost']),
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
  'a failover waits for nobody': andThen((live, application, happened) => {
    const state = live.states.get(application)
    if (state?.standing !== 'lost' || state.deadlineMs === 0) return
    live.states.set(application, { ...state, deadlineMs: 0 })
    happened.call(live, application, { type: 'time' })
  }),
  'a takeover stops the old one first': patch(
    Turn.prototype,
    'do',
    (act) =>
      function (this: Turn, effect) {
        act.call(this, effect)
        if (effect.type === 'grant' && this.state.standing === 'running') this.stop('takenOver')
      },
  ),
  'nobody asks for leave': andThen((live, application, happened) => {
    const state = live.states.get(application)
    if (state?.standing !== 'claiming' || state.row.arbiter !== null || state.grants.size === state.peers.size) return
    live.states.set(application, { ...state, grants: new Set(state.peers.keys()), greeting: new Set() })
    happened.call(live, application, { type: 'time' })
  }),
  'both sides of a partition go on after it': patch(
    Turn.prototype,
    'stop',
    (stop) =>
      function (this: Turn, how, withinMs) {
        if (how !== 'conflict') stop.call(this, how, withinMs)
      },
  ),
  'who is lost is not missed': unheard(['peerGone']),
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

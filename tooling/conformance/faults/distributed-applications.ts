/**
 * Wrong distributed applications.
 */
import { answer } from '../../../packages/behaviours/src/index.ts'
import { Contacts } from '../../../packages/release/src/applications/contacts.ts'
import { Live } from '../../../packages/release/src/applications/live.ts'
import type { Event, State } from '../../../packages/release/src/applications/state.ts'
import { Turn } from '../../../packages/release/src/applications/turn.ts'
import { all, patch, type Fault } from './patch.ts'

/** What an application of a node hears is another thing, or, if null, nothing. */
export const hears = (change: (event: Event) => Event | null): Fault =>
  patch(
    Live.prototype,
    'happened',
    (happened) =>
      function (this: Live, application, event) {
        const changed = change(event)
        if (changed !== null) happened.call(this, application, changed)
      },
  )

/** What is known of an application is another thing whenever something happens. */
const knows = (change: (state: State) => State): Fault =>
  patch(
    Live.prototype,
    'happened',
    (happened) =>
      function (this: Live, application, event) {
        const state = this.states.get(application)
        if (state !== undefined) this.states.set(application, change(state))
        happened.call(this, application, event)
      },
  )

/** One end of an application is taken for its loss. */
const isLoss = (of: 'stopped' | 'ended'): Fault =>
  patch(
    Turn.prototype,
    'over',
    (over) =>
      function (this: Turn, how, ...more) {
        over.call(this, how === of ? 'claimLost' : how, ...more)
      },
  )
const stopFailsOver = isLoss('stopped')
const stopElsewhereIsNothing = patch(
  Live.prototype,
  'asked',
  (asked) =>
    function (this: Live, application, ask, from) {
      if (ask.ask === 'stop' && this.states.get(application)?.standing === 'standby') answer(from, { ok: true })
      else asked.call(this, application, ask, from)
    },
)

export const distributedFaults = {
  'distributed.nobody_knows_of_others': patch(Contacts.prototype, 'hello', () => () => {}),
  'distributed.equals_look_alike': hears((event) =>
    event.type === 'peer' ? { ...event, stand: { ...event.stand, weight: 0 } } : event,
  ),
  'distributed.a_failure_is_kept_secret': hears((event) =>
    event.type === 'peer' && event.stand.ended?.how === 'failed'
      ? { ...event, stand: { ...event.stand, ended: null, isRetired: false } }
      : event,
  ),
  'distributed.tables_may_differ': hears((event) =>
    event.type === 'peer' ? { ...event, stand: { ...event.stand, differs: false } } : event,
  ),
  'distributed.who_is_lost_is_not_missed': hears((event) => (event.type === 'peerGone' ? null : event)),
  'distributed.a_failover_waits_for_nobody': patch(
    Live.prototype,
    'happened',
    (happened) =>
      function (this: Live, application, event) {
        happened.call(this, application, event)
        const state = this.states.get(application)
        if (state?.standing !== 'lost' || state.deadlineMs === 0) return
        this.states.set(application, { ...state, deadlineMs: 0 })
        happened.call(this, application, { type: 'time' })
      },
  ),
  'distributed.a_failover_is_a_normal_start': patch(
    Turn.prototype,
    'do',
    (act) =>
      function (this: Turn, effect) {
        if (effect.type !== 'start' || effect.startType.type !== 'failover') return act.call(this, effect)
        return act.call(this, { ...effect, startType: { ...effect.startType, type: 'normal', from: null } })
      },
  ),
  'distributed.a_takeover_stops_the_old_one_first': patch(
    Turn.prototype,
    'do',
    (act) =>
      function (this: Turn, effect) {
        act.call(this, effect)
        if (effect.type === 'grant' && this.state.standing === 'running') this.stop('takenOver')
      },
  ),
  'distributed.whoever_starts_takes_over': patch(
    Turn.prototype,
    'wish',
    (wish) =>
      function (this: Turn, why, from) {
        const isStandby = [...this.state.peers.values()].some(({ standing }) => standing === 'running')
        wish.call(this, why === 'start' && isStandby ? 'takeover' : why, from)
      },
  ),
  'distributed.permissions_mean_nothing': knows((state) => ({ ...state, isPermitted: true })),
  'distributed.an_end_is_a_loss': isLoss('ended'),
  'distributed.a_stop_fails_over': stopFailsOver,
  'distributed.a_stop_elsewhere_means_nothing': stopElsewhereIsNothing,
  'distributed.a_stop_is_a_loss': all(stopFailsOver, stopElsewhereIsNothing),
  'distributed.nobody_is_mandatory': patch(
    Contacts.prototype,
    'sync',
    (sync) =>
      function (this: Contacts, _nodes, ...more) {
        sync.call(this, [], ...more)
      },
  ),
  'distributed.who_is_optional_is_waited_for': patch(Contacts.prototype, 'syncOver', () => () => {}),
} satisfies { readonly [name: string]: Fault }

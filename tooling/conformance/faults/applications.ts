/**
 * Wrong applications.
 */
import { Entries } from '../../../packages/behaviours/src/application/entries.ts'
import { Master } from '../../../packages/behaviours/src/application/master.ts'
import { ApplicationTable } from '../../../packages/behaviours/src/application/table.ts'
import { patch, type Fault } from './patch.ts'

export const applicationFaults = {
  'application.needs_nothing': patch(Entries.prototype, 'missing', () => () => undefined),
  'application.needs_all_options': patch(
    Entries.prototype,
    'missing',
    (missing) =>
      function (this: Entries, application) {
        const options = application.definition.optionalDependencies ?? []
        return missing.call(this, { ...application, dependencies: [...application.dependencies, ...options] })
      },
  ),
  'application.starts_in_any_order': patch(
    ApplicationTable.prototype,
    'startOrder',
    (order) =>
      function (this: ApplicationTable, wanted) {
        const [first, ...others] = order.call(this, wanted)
        return first === undefined ? [] : [first, ...others.slice(0, -1).toReversed(), ...others.slice(-1)]
      },
  ),
  'application.dependants_hold_it': patch(
    Entries.prototype,
    'refusesStop',
    (refuses) =>
      function (this: Entries, name) {
        const needed = this.inStopOrder().some(({ application }) =>
          application.dependencies.some((each) => (typeof each === 'string' ? each : each.name) === name),
        )
        return needed ? { refused: 'application.running' } : refuses.call(this, name)
      },
  ),
  'application.nothing_can_be_stopped': patch(Entries.prototype, 'refusesStop', () => () => ({
    refused: 'application.not_running',
  })),
  'application.shutdown_is_no_failure': patch(
    Entries.prototype,
    'takesNodeDown',
    (takes) =>
      function (this: Entries, type, reason) {
        return reason !== 'shutdown' && takes.call(this, type, reason)
      },
  ),
  'application.permanent_means_nothing': patch(
    Entries.prototype,
    'takesNodeDown',
    (takes) =>
      function (this: Entries, type, reason) {
        return takes.call(this, type === 'permanent' ? 'temporary' : type, reason)
      },
  ),
  'application.any_end_ends_all': patch(Entries.prototype, 'takesNodeDown', () => () => true),
  'application.oldest_stops_first': patch(
    Entries.prototype,
    'inStopOrder',
    (newestFirst) =>
      function (this: Entries) {
        return newestFirst.call(this).toReversed()
      },
  ),
  'application.no_prep_stop': patch(Master.prototype, 'prepareStop', () => async () => {}),
  'application.tree_is_killed': patch(
    Master.prototype,
    'stopTree',
    () =>
      function (this: Master) {
        return this.killLeftovers()
      },
  ),
  'application.leaves_processes': patch(Master.prototype, 'killLeftovers', () => async () => {}),
  'application.reason_is_lost': patch(Master.prototype, 'failed', () => () => {
    throw new Error('it did not start')
  }),
  'application.no_phases': patch(Master.prototype, 'runPhases', () => async () => {}),
  'application.phases_come_later': patch(
    Master.prototype,
    'runPhases',
    (run) =>
      async function (this: Master) {
        void run.call(this).catch(() => null)
      },
  ),
  'application.defaults_win': patch(
    ApplicationTable.prototype,
    'configured',
    (configured) =>
      function (this: ApplicationTable, application) {
        return { ...configured.call(this, application), ...application.definition.env }
      },
  ),
  'application.nobody_owns': patch(ApplicationTable.prototype, 'led', () => () => undefined),
  'application.unload_spares_the_included': patch(
    ApplicationTable.prototype,
    'forget',
    () =>
      function (this: ApplicationTable, { name }) {
        this.loaded.delete(name)
      },
  ),
} satisfies { readonly [name: string]: Fault }

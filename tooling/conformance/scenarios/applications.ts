/**
 * Applications: start, types, stop, phases, included ones, environment, and the end of the node.
 */
import type { Process } from '../../../packages/core/src/index.ts'
import {
  configure,
  ensureAllStarted,
  ensureStarted,
  getAllEnv,
  getApplication,
  getEnv,
  getKey,
  loadApplication,
  loadedApplications,
  setEnv,
  startApplication,
  stopApplication,
  unloadApplication,
  unsetEnv,
} from '../../../packages/behaviours/src/index.ts'
import type { Scenario, Topic } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { ApplicationStage } from './applications-stage.ts'

type Play = (
  at: ApplicationStage,
  emit: (what: string, data: unknown) => void,
  self: Process<unknown>,
  t: Stage,
) => Promise<void>

const scenario =
  (peer: boolean) =>
  (items: readonly string[], faults: Scenario['faults'], play: Play): Scenario => ({
    items,
    faults,
    play: (self, t) => play(new ApplicationStage(self, peer), (what, data) => t.emit(self, what, data), self, t),
  })
const here = scenario(false)
const onPeer = scenario(true)

const pairs = (settings: object) => Object.entries(settings).toSorted(([one], [other]) => (one < other ? -1 : 1))

export const applications: Topic = {
  what_is_loaded_can_be_asked_after: here(['A01'], ['application.unload_spares_the_included'], async (at, emit) => {
    const { node } = at
    const part = at.define('part', 'tree', { description: 'a part' })
    const a = at.define('a', 'tree', {
      description: 'the first',
      version: '1.2.3',
      registered: ['a'],
      maxTimeMs: 70,
      includedApplications: [part],
      phases: ['init', 'go'],
      env: { port: 1 },
    })
    loadApplication(node, a)
    emit('description', getKey(node, 'a', 'description'))
    emit('version', getKey(node, a, 'version'))
    emit('registered', getKey(node, a, 'registered'))
    emit('included', getKey(node, a, 'includedApplications'))
    emit('phases', getKey(node, a, 'startPhases'))
    emit('max', getKey(node, a, 'maxTimeMs'))
    emit('unknown', getKey(node, 'nobody', 'version'))
    const loaded = () => loadedApplications(node).map(({ name }) => name)
    emit('loaded', loaded().toSorted())
    emit('again', ((await at.result(() => loadApplication(node, a))) as unknown[])[1])
    const b = at.make('b')
    await at.result(() => startApplication(node, b))
    emit('running', await at.result(() => unloadApplication(node, b)))
    await at.result(() => stopApplication(node, b))
    unloadApplication(node, b)
    emit('unload', await at.result(() => unloadApplication(node, a)))
    emit('twice', await at.result(() => unloadApplication(node, 'a')))
    emit('left', loaded())
  }),

  a_dependency_must_run: here(['A02'], ['application.needs_nothing'], async (at, emit) => {
    const { node } = at
    const b = at.make('b')
    const a = at.make('a', 'tree', { dependencies: [b] })
    emit('alone', await at.result(() => startApplication(node, a)))
    emit('ensured', await at.result(() => ensureStarted(node, a)))
    emit('running', await at.running())
    emit('b', await at.result(() => startApplication(node, 'b')))
    emit('a', await at.result(() => startApplication(node, 'a')))
    emit('again', await at.result(() => startApplication(node, a)))
    emit('ensured_again', await at.result(() => ensureStarted(node, a)))
    emit('notes', at.notes())
  }),

  all_are_started_in_order: here(['A02'], ['application.starts_in_any_order'], async (at, emit) => {
    const d = at.make('d')
    const c = at.make('c', 'tree', { dependencies: ['d'] })
    const b = at.make('b', 'tree', { dependencies: [d] })
    const a = at.make('a', 'tree', { dependencies: [b, c] })
    emit('started', await at.result(() => ensureAllStarted(at.node, a)))
    emit('again', await at.result(() => ensureAllStarted(at.node, 'a')))
    emit('notes', at.notes())
  }),

  one_that_fails_takes_back_what_was_started: here(
    ['A02', 'A06'],
    ['application.nothing_can_be_stopped'],
    async (at, emit) => {
      const d = at.make('d')
      const c = at.make('c')
      const b = at.make('b', 'fails')
      const a = at.make('a', 'tree', { dependencies: [c, d, b] })
      await at.result(() => startApplication(at.node, d))
      const failed = (await at.result(() => ensureAllStarted(at.node, a))) as [string, unknown[]]
      emit('failed', [failed[0], ['b', ...failed[1]]])
      emit('running', await at.running())
      emit('notes', at.notes())
    },
  ),

  an_optional_dependency_may_be_away: here(['A02', 'A01'], ['application.needs_all_options'], async (at, emit) => {
    at.make('b')
    const a = at.make('a', 'tree', { optionalDependencies: ['b', 'nowhere'] })
    emit('started', await at.result(() => ensureAllStarted(at.node, a)))
    await at.result(() => stopApplication(at.node, 'a'))
    await at.result(() => stopApplication(at.node, 'b'))
    emit('alone', await at.result(() => startApplication(at.node, a)))
    emit('running', await at.running())
  }),

  stopping_touches_no_other: here(['A04'], ['application.dependants_hold_it'], async (at, emit) => {
    const { node } = at
    const b = at.make('b')
    const a = at.make('a', 'tree', { dependencies: [b] })
    const c = at.make('c', 'tree', { dependencies: [a] })
    await at.result(() => ensureAllStarted(node, c, { type: 'permanent' }))
    at.notes()
    emit('stopped', await at.result(() => stopApplication(node, a)))
    emit('running', await at.running())
    emit('alive', node.whereis('c') !== undefined)
    emit('again', await at.result(() => stopApplication(node, a)))
    emit('notes', at.notes())
  }),

  a_stop_has_its_order: here(
    ['A05', 'A06', '9.23'],
    ['application.no_prep_stop', 'application.tree_is_killed'],
    async (at, emit) => {
      const a = at.make('a', 'kept')
      await at.result(() => startApplication(at.node, a))
      emit('stopped', await at.result(() => stopApplication(at.node, a)))
      emit('notes', at.notes())
    },
  ),

  what_is_left_over_is_killed: here(['A05', '9.23'], ['application.leaves_processes'], async (at, emit, self, t) => {
    const a = at.make('a', 'strays')
    await at.result(() => startApplication(at.node, a))
    const stray = t.label('stray', self.whereis('stray')!)
    const ref = self.monitor(stray)
    emit('whose', ['ok', getApplication(at.node, stray)])
    emit('stopped', await at.result(() => stopApplication(at.node, a)))
    emit('stray', await t.reason(self, { ref }))
    emit('notes', at.notes())
  }),

  what_a_worker_left_over_is_killed: here(
    ['A05', '9.23'],
    ['application.leaves_processes'],
    async (at, emit, self, t) => {
      const a = at.make('a')
      await at.result(() => startApplication(at.node, a))
      at.tell('a', { type: 'spawn', name: 'stray' })
      while (self.whereis('stray') === undefined) await self.sleep(1)
      const stray = self.whereis('stray')!
      const ref = self.monitor(stray)
      emit('whose', ['ok', getApplication(at.node, stray)])
      self.sendExit(self.whereis('a')!, 'kill')
      emit('stray', await t.reason(self, { ref }))
      await at.gone('a')
      emit('running', await at.running())
      emit('notes', at.notes())
    },
  ),

  an_end_by_itself_runs_the_callbacks_too: here(['A05'], ['application.no_prep_stop'], async (at, emit) => {
    const a = at.make('a', 'kept')
    await at.result(() => startApplication(at.node, a))
    at.tell('a', { type: 'fail', reason: 'oops' })
    await at.gone('a')
    emit('notes', at.notes())
    emit('again', await at.result(() => startApplication(at.node, a)))
  }),

  a_start_that_fails_tells_why: here(['A06'], ['application.reason_is_lost'], async (at, emit) => {
    const fails = at.make('a', 'fails')
    emit('fails', await at.result(() => startApplication(at.node, fails)))
    unloadApplication(at.node, fails)
    const refuses = at.make('a', 'refuses')
    const [, [reason]] = (await at.result(() => startApplication(at.node, refuses))) as [string, [unknown]]
    const { failedToStartChild } =
      (reason as { shutdown?: { failedToStartChild: { id: string; reason: unknown } } }).shutdown ?? {}
    emit('refuses', [failedToStartChild?.id, failedToStartChild?.reason])
    emit('running', await at.running())
    emit('notes', at.notes())
  }),

  start_returns_when_all_phases_are_done: here(['A07'], ['application.no_phases'], async (at, emit) => {
    const a = at.make('a', 'phase', { phases: ['init', 'go'] })
    emit('started', await at.result(() => startApplication(at.node, a)))
    emit('notes', at.notes())
  }),

  a_phase_that_fails_is_a_failed_start: here(['A07'], ['application.phases_come_later'], async (at, emit) => {
    const a = at.make('a', 'phase', { phases: ['bad', 'go'] })
    emit('started', await at.result(() => startApplication(at.node, a)))
    emit('running', await at.running())
    emit(
      'phases',
      at.notes().filter((note) => (note as unknown[])[0] === 'phase'),
    )
  }),

  included_ones_are_below_and_have_their_phases: here(['A08', 'A07'], ['application.no_phases'], async (at, emit) => {
    const c = at.define('c', 'tree', { phases: ['go'] })
    const b = at.define('b', 'tree', { phases: ['go'], includedApplications: [c] })
    const a = at.make('a', 'tree', { phases: ['init', 'go'], includedApplications: [b], parts: [b, c] })
    emit('started', await at.result(() => startApplication(at.node, a)))
    emit('whose', ['ok', getApplication(at.node, at.node.whereis('b')!)])
    emit('running', await at.running())
    emit('up', at.notes())
    emit('stopped', await at.result(() => stopApplication(at.node, a)))
    emit(
      'down',
      at.notes().filter((note) => (note as unknown[])[0] === 'down'),
    )
  }),

  the_environment_has_its_layers: here(['A09'], ['application.defaults_win'], async (at, emit) => {
    const { node } = at
    emit('unknown', getEnv(node, 'a', 'port', 'none'))
    setEnv(node, 'a', 'kept', 7, { persistent: true })
    setEnv(node, 'a', 'port', 8)
    setEnv(node, 'a', 'own', 9)
    const a = at.make('a', 'tree', { env: { port: 1, kept: 2, host: 'here' } })
    const all = () => pairs(getAllEnv(node, 'a'))
    emit('loaded', all())
    setEnv(node, 'a', 'port', 3)
    emit('set', getEnv(node, 'a', 'port', 'none'))
    emit('default', getEnv(node, 'a', 'nothing', 'none'))
    unsetEnv(node, 'a', 'host')
    emit('unset', all())
    unloadApplication(node, a)
    emit('unloaded', all())
    at.make('a', 'tree', { env: { port: 1, kept: 2 } })
    emit('again', all())
  }),

  a_process_reads_the_environment_of_its_application: here(
    ['A09'],
    ['application.nobody_owns'],
    async (at, emit, self) => {
      const a = at.make('a', 'tree', { env: { port: 1 } })
      emit('nobody', getApplication(at.node, self.pid))
      await at.result(() => startApplication(at.node, a))
      emit('whose', ['ok', getApplication(at.node, self.whereis('a')!)])
      setEnv(at.node, 'a', 'port', 2)
      emit('port', getEnv(at.node, 'a', 'port', 'none'))
    },
  ),

  a_change_of_the_configuration_is_told: here(['A09'], ['application.defaults_win'], async (at, emit) => {
    const { node } = at
    const notes: unknown[] = []
    const a = at.make('a', 'tree', {
      env: { port: 1, host: 'here' },
      configChange: (_, { changed, added, removed }) =>
        void notes.push(['changed', pairs(changed), pairs(added), removed]),
    })
    const b = at.make('b', 'tree', { env: { x: 1 }, configChange: () => void notes.push(['b']) })
    await at.result(() => startApplication(node, a))
    await at.result(() => startApplication(node, b))
    const config = { a: { port: 2, more: 3 } }
    emit('first', await at.result(() => configure(node, config)))
    emit('port', getEnv(node, 'a', 'port', 'none'))
    emit('notes', notes.splice(0))
    emit('same', await at.result(() => configure(node, config)))
    emit('back', await at.result(() => configure(node, {})))
    emit('then', notes)
  }),

  a_crash_leaves_the_controller_and_is_told: onPeer(
    ['A11', 'A03'],
    ['application.any_end_ends_all'],
    async (at, emit) => {
      const a = at.make('a')
      const b = at.make('b')
      await at.result(() => startApplication(at.node, a))
      await at.result(() => startApplication(at.node, b))
      at.tell('a', { type: 'fail', reason: 'oops' })
      await at.gone('a').catch(() => null)
      emit('told', at.exited()[0])
      emit('running', await at.running().catch(() => 'the controller is gone'))
    },
  ),

  a_transient_end_with_shutdown_takes_the_node_down: onPeer(
    ['A03', '9.23'],
    ['application.shutdown_is_no_failure', 'application.any_end_ends_all'],
    async (at, emit) => {
      const { node } = at
      await at.result(() => startApplication(node, at.make('a')))
      at.tell('a', { type: 'fail', reason: 'oops' })
      emit('temporary_shutdown', await at.outcome('a'))
      await at.result(() => startApplication(node, at.make('b', 'tree', { maxTimeMs: 1 }), { type: 'transient' }))
      emit('transient_normal', await at.outcome('b'))
      await at.result(() => startApplication(node, at.make('c', 'fails')))
      emit('temporary_failed', await at.outcome('c'))
      await at.result(() => startApplication(node, at.make('d'), { type: 'transient' }))
      at.tell('d', { type: 'fail', reason: 'oops' })
      emit('transient_shutdown', await at.outcome('d'))
    },
  ),

  a_permanent_start_that_fails_takes_the_node_down: onPeer(
    ['A03', 'A06'],
    ['application.permanent_means_nothing'],
    async (at, emit) => {
      await at.result(() => startApplication(at.node, at.make('a', 'fails'), { type: 'permanent' }))
      emit('node', await at.outcome('a'))
    },
  ),

  a_normal_end_of_a_permanent_one_stops_the_others_first: onPeer(
    ['A03', 'A10'],
    ['application.permanent_means_nothing', 'application.oldest_stops_first'],
    async (at, emit) => {
      const { node } = at
      await at.result(() => startApplication(node, at.make('c', 'kept')))
      await at.result(() => startApplication(node, at.make('b', 'silent', { maxTimeMs: 200 }), { type: 'permanent' }))
      await at.result(() => startApplication(node, at.make('a', 'kept')))
      emit('node', await at.outcome('b'))
      emit('notes', at.notes())
    },
  ),

  a_node_stops_its_applications_newest_first: onPeer(
    ['A10', 'A05', '9.23'],
    ['application.oldest_stops_first', 'application.no_prep_stop'],
    async (at, emit) => {
      const { node } = at
      await at.result(() => startApplication(node, at.make('c', 'kept')))
      const b = at.make('b', 'kept')
      await at.result(() => startApplication(node, b))
      await at.result(() => startApplication(node, at.make('a', 'kept', { dependencies: [b] })))
      await at.wait(node.stop())
      emit('notes', at.notes())
    },
  ),
}

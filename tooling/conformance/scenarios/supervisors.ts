/**
 * Supervisors: order, strategies, intensity, failing restarts, escalation, children at run time, dynamic and significant children.
 */
import {
  Pid,
  timedOut,
  type AgnerError,
  type AnyPid,
  type Exit,
  type Process,
} from '../../../packages/core/src/index.ts'
import {
  call,
  checkChildSpecs,
  countChildren,
  defineDynamicSupervisor,
  defineSupervisor,
  deleteChild,
  getChildSpec,
  protocol,
  restartChild,
  startChild,
  startDynamicChild,
  startDynamicSupervisor,
  startSupervisor,
  startSupervisorBridge,
  sys,
  terminateChild,
  whichChildren,
  type AutoShutdown,
  type BadChild,
  type ChildCounts,
  type ChildManners,
  type DynamicSupervisorPid,
  type StrategyName,
  type SupervisorFlags,
} from '../../../packages/behaviours/src/index.ts'
import type { Topic } from '../scenario.ts'
import { isType, type Stage } from '../stage.ts'
import { Family, refusal, starts, type Opts } from './supervisors-family.ts'

type Self = Process<unknown>
type Play = Topic[string]['play']

const countsOf = ({ specs, active, supervisors, workers }: ChildCounts) => [specs, active, supervisors, workers]
const snake = (word: string): string => word.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The name of what is wrong with specifications. */
function wrong(check: () => void): string {
  try {
    check()
    return 'nothing'
  } catch (error) {
    const { code, details } = error as AgnerError
    return code === 'supervisor.duplicate_child' ? 'duplicate_child_name' : snake(details['why'] as BadChild)
  }
}

const strategy =
  (name: StrategyName, last: string): Play =>
  async (self, t) => {
    const family = new Family(self, t)
    const sup = await family.started({ strategy: name, children: ['a', 'b', 'c', 'd'].map((id) => family.kid(id)) })
    const old = family.whereis(last)
    family.kill('b')
    await family.again(sup, last, old)
    t.emit(self, 'which', await family.which(sup))
    t.emit(self, 'ended', await family.stop(sup))
  }

function dynamic(
  self: Self,
  family: Family,
  flags: SupervisorFlags,
  { restart, shutdownMs, ...opts }: Opts,
): Promise<DynamicSupervisorPid<readonly unknown[], AnyPid | null>> {
  const manners: ChildManners = { ...(restart && { restart }), ...(shutdownMs !== undefined && { shutdownMs }) }
  const children = { ...family.server('kid', opts).children(), ...manners }
  return startDynamicSupervisor(self, defineDynamicSupervisor({ ...flags, children }))
}

const significant = async (family: Family, autoShutdown: AutoShutdown): Promise<Pid<never>> => {
  const opts = { significant: true, restart: 'transient' } as const
  const children = [family.kid('x', opts), family.kid('y', opts), family.kid('z')]
  return family.started({ autoShutdown, intensity: 5, children })
}

/** `subsystem` is a process that ends when it is told so. */
async function bridge(self: Self, t: Stage): Promise<{ sup: AnyPid; subsystem: Pid<unknown> }> {
  self.trapExits(true)
  const subsystem = self.spawn<unknown>(async (me) => me.exit((await me.receive()) as string))
  const sup = await startSupervisorBridge(self, {
    init: () => ({ pid: subsystem, state: null }),
    terminate: (reason) => t.emit(self, 'terminate', reason),
  })
  return { sup, subsystem }
}

export const supervisors: Topic = {
  children_start_in_order_and_stop_in_reverse: {
    items: ['V01', '9.9'],
    faults: ['supervisor.starts_at_once', 'supervisor.stops_the_oldest_first'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const children = [family.kid('a', { startMs: 20 }), family.kid('b', { startMs: 5 }), family.kid('c')]
      const sup = await family.started({ children })
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  a_failing_child_fails_the_whole_start: {
    items: ['V02', '9.9'],
    faults: ['supervisor.failed_start_leaves_children'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const failing = family.kid('c', { starts: starts(() => 'fail') })
      try {
        await family.started({ children: [family.kid('a'), family.kid('b'), failing, family.kid('d')] })
      } catch (error) {
        const { reason } = error as { reason: { shutdown: { failedToStartChild: { id: string; reason: unknown } } } }
        const { id, reason: why } = reason.shutdown.failedToStartChild
        t.emit(self, 'failed', [id, why])
      }
      t.emit(
        self,
        'left',
        ['a', 'b', 'c', 'd'].filter((name) => self.whereis(name) !== undefined),
      )
    },
  },

  a_child_that_ignores_is_kept_unless_temporary: {
    items: ['V03', '9.16'],
    faults: ['supervisor.keeps_temporary'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const ignores = { starts: starts(() => 'ignore') }
      const children = [
        family.kid('a', ignores),
        family.kid('b', { ...ignores, restart: 'temporary' }),
        family.kid('c'),
      ]
      const sup = await family.started({ children })
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  a_start_may_tell_more_than_the_pid: {
    items: ['V03'],
    faults: ['supervisor.info_is_lost'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await family.started({ children: [] })
      const started = await startChild(self, sup, family.kid('a', { info: { port: 7 } }))
      const { pid, info } = started instanceof Pid || started === null ? { pid: started, info: null } : started
      t.emit(self, 'is_a', pid === family.whereis('a'))
      t.emit(self, 'info', info)
      const ignored = await startChild(self, sup, family.kid('b', { starts: starts(() => 'ignore') }))
      t.emit(self, 'ignored', ignored === null ? 'none' : 'runs')
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  defaults_of_specifications_and_flags: {
    items: ['V04'],
    faults: ['supervisor.other_defaults'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await family.started({ children: [family.kid('a'), family.kid('s', { type: 'supervisor' })] })
      for (const id of ['a', 's']) {
        const { restart, shutdownMs, type, significant: isSignificant } = await getChildSpec(self, sup, id)
        t.emit(self, 'spec', [id, restart, shutdownMs === Infinity ? 'infinity' : shutdownMs, type, isSignificant])
      }
      const a = family.whereis('a')
      await family.crash(sup, 'a')
      t.emit(self, 's_was_left_alone', a !== family.whereis('a'))
      family.kill('s')
      t.emit(self, 'ended', await family.ended(sup))
    },
  },

  bad_specifications_are_refused_by_name: {
    items: ['V05', 'V16'],
    faults: ['supervisor.takes_two_of_a_name'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const kid = (opts: object): ReturnType<Family['kid']> => ({ ...family.kid('a'), ...opts })
      const { id: _id, ...nameless } = kid({})
      const { start: _start, ...startless } = kid({})
      const bad = [
        nameless,
        startless,
        kid({ restart: 'sometimes' }),
        kid({ shutdownMs: -1 }),
        kid({ type: 'manager' }),
        kid({ significant: 'maybe', restart: 'transient' }),
        kid({ significant: true, restart: 'permanent' }),
      ]
      for (const spec of bad)
        t.emit(
          self,
          'bad',
          wrong(() => checkChildSpecs([spec as never])),
        )
      if (wrong(() => checkChildSpecs([kid({}), kid({})])) === 'duplicate_child_name') t.emit(self, 'twice', 'a')
      const twice = await refusal(family.started({ children: [kid({}), kid({})] }))
      if (twice === 'duplicate_child') t.emit(self, 'started_twice', 'a')
      const forNothing = await refusal(family.started({ children: [kid({ significant: true, restart: 'transient' })] }))
      if (forNothing === 'bad_child') t.emit(self, 'significant_for_nothing')
    },
  },

  who_is_restarted_after_which_exit: {
    items: ['V06', '9.16'],
    faults: ['supervisor.shutdown_is_a_crash', 'supervisor.keeps_temporary'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const rows = [
        ['permanent', 'normal'],
        ['permanent', 'shutdown'],
        ['permanent', 'odd'],
        ['transient', 'normal'],
        ['transient', 'shutdown'],
        ['transient', { shutdown: 'why' }],
        ['transient', 'odd'],
        ['temporary', 'normal'],
        ['temporary', { shutdown: 'why' }],
        ['temporary', 'odd'],
      ] as const
      for (const [restart, reason] of rows) {
        const sup = await family.started({ children: [family.kid('x', { restart })] })
        const x = family.whereis('x')
        family.end(x, reason)
        await t.dead(self, x)
        await self.sleep(2)
        t.emit(self, 'after_exit', [restart, reason, await family.which(sup)])
        await family.stop(sup)
      }
    },
  },

  one_for_one: { items: ['V07'], faults: ['strategy.one_for_one_takes_all'], play: strategy('oneForOne', 'b') },
  one_for_all: {
    items: ['V07', '9.15'],
    faults: ['strategy.stops_the_oldest_first', 'strategy.one_for_all_takes_the_rest'],
    play: strategy('oneForAll', 'd'),
  },
  rest_for_one: {
    items: ['V07', '9.15'],
    faults: ['strategy.rest_for_one_takes_all'],
    play: strategy('restForOne', 'd'),
  },

  temporary_siblings_are_not_started_again: {
    items: ['V06', 'V07'],
    faults: ['strategy.starts_temporary_again'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const children = [
        family.kid('a', { restart: 'temporary' }),
        family.kid('b'),
        family.kid('c', { restart: 'transient' }),
      ]
      const sup = await family.started({ strategy: 'oneForAll', children })
      await family.crash(sup, 'b')
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  deaths_at_the_same_moment_count_once: {
    items: ['V08', '9.15'],
    faults: ['supervisor.old_exits_are_crashes'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const children = ['a', 'b', 'c'].map((id) => family.kid(id))
      const sup = await family.started({ strategy: 'oneForAll', intensity: 1, children })
      const c = family.whereis('c')
      await family.strike(sup, [family.whereis('b'), family.whereis('a'), c])
      await family.again(sup, 'c', c)
      t.emit(self, 'which', await family.which(sup))
      family.kill('a')
      t.emit(self, 'ended', await family.ended(sup))
    },
  },

  too_many_restarts_end_the_supervisor: {
    items: ['V09', '9.13'],
    faults: ['intensity.is_per_child', 'intensity.never_ends_it'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const children = ['a', 'b', 'c'].map((id) => family.kid(id))
      const sup = await family.started({ intensity: 2, periodMs: 5000, children })
      await family.crash(sup, 'b')
      await family.crash(sup, 'a')
      family.kill('b')
      t.emit(self, 'ended', await endedWithin(self, sup, 500))
    },
  },

  restarts_are_forgotten_after_the_period: {
    items: ['V09', '9.13'],
    faults: ['intensity.never_forgets'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await family.started({ intensity: 1, periodMs: 1000, children: [family.kid('a')] })
      await family.crash(sup, 'a')
      await self.sleep(2100)
      family.kill('a')
      await self.sleep(5)
      if (!self.isAlive(sup)) return
      t.emit(self, 'which', await family.which(sup))
      family.kill('a')
      t.emit(self, 'ended', await family.ended(sup))
    },
  },

  the_window_slides: {
    items: ['V09', '9.13'],
    faults: ['intensity.counts_by_fixed_periods'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await family.started({ intensity: 2, periodMs: 1000, children: [family.kid('a'), family.kid('b')] })
      await self.sleep(850)
      await family.crash(sup, 'a')
      await family.crash(sup, 'b')
      await self.sleep(250)
      family.kill('a')
      t.emit(self, 'ended', await endedWithin(self, sup, 500))
    },
  },

  a_failing_restart_is_tried_again_and_counted: {
    items: ['V10', '9.13', '9.14'],
    faults: ['retry.gives_up_at_once', 'retry.is_not_counted'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const tries = starts((attempt) => (attempt === 1 ? 'start' : 'fail'))
      const sup = await family.started({
        intensity: 3,
        children: [family.kid('a'), family.kid('x', { starts: tries })],
      })
      family.kill('x')
      t.emit(self, 'ended', await endedWithin(self, sup, 500))
      t.emit(self, 'attempts', tries.attempts)
    },
  },

  a_failing_restart_may_succeed_in_the_end: {
    items: ['V10', '9.14'],
    faults: ['retry.gives_up_at_once'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const tries = starts((attempt) => (attempt === 1 || attempt === 4 ? 'start' : 'fail'))
      const sup = await family.started({
        intensity: 3,
        children: [family.kid('a'), family.kid('x', { starts: tries })],
      })
      family.kill('x')
      for (let waits = 0; tries.attempts < 4 && waits < 50; waits++) await self.sleep(2)
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  the_supervisor_answers_between_the_tries: {
    items: ['V10', 'V13', 'V14', '9.14'],
    faults: ['retry.holds_the_supervisor', 'retry.is_shown_as_none'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const tries = starts((attempt) => (attempt === 1 ? 'start' : 'fail'))
      const children = [family.kid('a'), family.kid('x', { starts: tries, startMs: 5, quiet: true })]
      const sup = await family.started({ intensity: 1000, children })
      family.kill('x')
      while (tries.attempts < 3) await self.sleep(1)
      t.emit(self, 'which', await family.which(sup))
      const counts = await countChildren(self, sup)
      t.emit(self, 'counts', String(countsOf(counts)) === '2,1,0,2')
      t.emit(self, 'restart', await refusal(restartChild(self, sup, 'x')))
      t.emit(self, 'delete', await refusal(deleteChild(self, sup, 'x')))
      t.emit(self, 'terminate', await refusal(terminateChild(self, sup, 'x')))
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  a_failing_sibling_makes_one_for_all_begin_anew: {
    items: ['V07', 'V10'],
    faults: ['retry.starts_only_the_one_that_failed'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const tries = starts((attempt) => (attempt === 2 ? 'fail' : 'start'))
      const children = [family.kid('a'), family.kid('b', { starts: tries }), family.kid('c')]
      const sup = await family.started({ strategy: 'oneForAll', intensity: 5, children })
      const c = family.whereis('c')
      family.kill('c')
      for (let waits = 0; self.whereis('c') === c || self.whereis('c') === undefined; waits++) {
        if (waits === 50) break
        await self.sleep(1)
      }
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  a_child_that_takes_too_long_is_killed: {
    items: ['V11', '9.15'],
    faults: ['stop.never_kills'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const slow = family.kid('slow', { endMs: 400, shutdownMs: 20 })
      const sup = await family.started({ children: [slow, family.kid('fast', { endMs: 5 })] })
      const ref = self.monitor(family.whereis('slow'))
      t.emit(self, 'ended', await family.stop(sup))
      t.emit(self, 'slow', await t.reason(self, { ref }))
    },
  },

  brutal_kill_asks_nothing_and_infinity_waits: {
    items: ['V11'],
    faults: ['stop.brutal_kill_is_polite'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const patient = family.kid('patient', { endMs: 60, shutdownMs: Infinity })
      const sup = await family.started({ children: [patient, family.kid('brutal', { shutdownMs: 'kill' })] })
      const ref = self.monitor(family.whereis('brutal'))
      t.emit(self, 'ended', await family.stop(sup))
      t.emit(self, 'brutal', await t.reason(self, { ref }))
    },
  },

  a_child_that_unlinked_itself_does_not_hang_the_stop: {
    items: ['V12', '9.15'],
    faults: ['stop.waits_for_the_link'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await family.started({ children: [family.kid('a'), family.kid('loose')] })
      self.send(family.whereis('loose') as Pid<unknown>, { type: 'unlink' })
      await self.sleep(2)
      const ref = self.monitor(family.whereis('loose'))
      self.sendExit(sup, 'shutdown')
      t.emit(self, 'ended', await endedWithin(self, sup, 200))
      t.emit(self, 'loose', await t.reason(self, { ref }))
    },
  },

  children_are_started_terminated_restarted_deleted: {
    items: ['V13', '9.16'],
    faults: ['supervisor.terminate_is_a_crash', 'supervisor.takes_two_of_a_name'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await family.started({ intensity: 0, children: [] })
      const a = await startChild(self, sup, family.kid('a'))
      const again: unknown = await startChild(self, sup, family.kid('a')).catch((error: unknown) => error)
      t.emit(self, 'already_started', (again as AgnerError).details?.['pid'] === a)
      t.emit(self, 'errors', [await refusal(restartChild(self, sup, 'a')), await refusal(deleteChild(self, sup, 'a'))])
      t.emit(self, 'terminate', await refusal(terminateChild(self, sup, 'a')))
      t.emit(self, 'terminate_again', await refusal(terminateChild(self, sup, 'a')))
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'present', await refusal(startChild(self, sup, family.kid('a'))))
      t.emit(self, 'restarted', (await restartChild(self, sup, 'a')) === family.whereis('a'))
      await terminateChild(self, sup, 'a')
      t.emit(self, 'delete', await refusal(deleteChild(self, sup, 'a')))
      const errors: string[] = []
      for (const ask of [terminateChild, restartChild, deleteChild, getChildSpec])
        errors.push(await refusal(ask(self, sup, 'a')))
      t.emit(self, 'errors', errors)
      await refusal(startChild(self, sup, family.kid('b', { starts: starts(() => 'fail') })))
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  a_temporary_child_that_is_terminated_is_forgotten: {
    items: ['V13', '9.16'],
    faults: ['supervisor.keeps_temporary'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const children = [family.kid('a', { restart: 'temporary' }), family.kid('b', { restart: 'transient' })]
      const sup = await family.started({ children })
      const told: string[] = []
      for (const id of ['a', 'b']) told.push(await refusal(terminateChild(self, sup, id)))
      t.emit(self, 'terminate', told)
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  children_are_counted: {
    items: ['V14'],
    faults: ['supervisor.counts_who_does_not_run'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const ignores = family.kid('i', { starts: starts(() => 'ignore') })
      const children = [family.kid('a'), family.kid('s', { type: 'supervisor' }), ignores, family.kid('b')]
      const sup = await family.started({ children })
      await terminateChild(self, sup, 'b')
      t.emit(self, 'counts', countsOf(await countChildren(self, sup)))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  dynamic_children_are_known_by_their_pids: {
    items: ['V14', 'V15'],
    faults: ['dynamic.terminates_the_newest'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await dynamic(self, family, {}, {})
      t.emit(self, 'which', await family.which(sup))
      const a = (await startDynamicChild(self, sup, ['one']))!
      const b = (await startDynamicChild(self, sup, ['two']))!
      const children = await whichChildren(self, sup)
      t.emit(
        self,
        'which',
        children.every(({ id }) => id === null),
      )
      t.emit(self, 'pids', children.length === 2 && [a, b].every((pid) => children.some((child) => child.pid === pid)))
      t.emit(self, 'counts', countsOf(await countChildren(self, sup)))
      t.emit(self, 'terminate', await refusal(terminateChild(self, sup, a)))
      t.emit(self, 'terminate_again', await refusal(terminateChild(self, sup, a)))
      t.emit(self, 'stranger', await refusal(terminateChild(self, sup, self.pid)))
      const byId: string[] = []
      for (const ask of [terminateChild, restartChild, deleteChild]) byId.push(await refusal(ask(self, sup, 'kid')))
      t.emit(self, 'by_id', byId)
      const left = await whichChildren(self, sup)
      t.emit(self, 'left', left.length === 1 && left[0]!.pid === b)
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  a_dynamic_child_is_restarted_with_its_arguments: {
    items: ['V15'],
    faults: ['dynamic.restarts_without_arguments'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await dynamic(self, family, { intensity: 5 }, {})
      const a = (await startDynamicChild(self, sup, ['one', 'two']))!
      const b = (await startDynamicChild(self, sup, ['three']))!
      self.sendExit(a, 'kill')
      await t.dead(self, a)
      await self.sleep(2)
      const pids = (await whichChildren(self, sup)).map(({ pid }) => pid)
      t.emit(self, 'count', pids.length)
      t.emit(self, 'other_was_left_alone', pids.includes(b))
      t.emit(self, 'is_new', !pids.includes(a))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  a_dynamic_child_that_does_not_start_leaves_no_trace: {
    items: ['V03', 'V15'],
    faults: ['dynamic.keeps_what_did_not_start'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const tries = starts((attempt) => (attempt === 1 ? 'fail' : attempt === 2 ? 'ignore' : 'start'))
      const sup = await dynamic(self, family, {}, { starts: tries })
      const failed: unknown = await startDynamicChild(self, sup, []).catch((error: unknown) => error)
      t.emit(self, 'failed', (failed as { reason?: unknown }).reason)
      await startDynamicChild(self, sup, [])
      t.emit(self, 'which', (await whichChildren(self, sup)).length)
      await startDynamicChild(self, sup, [])
      t.emit(self, 'which', (await whichChildren(self, sup)).length)
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  dynamic_children_end_by_themselves: {
    items: ['V06', 'V15'],
    faults: ['dynamic.keeps_who_ended'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await dynamic(self, family, {}, { restart: 'transient' })
      const a = (await startDynamicChild(self, sup, []))!
      family.end(a, 'normal')
      await t.dead(self, a)
      await self.sleep(2)
      t.emit(self, 'which', (await whichChildren(self, sup)).length)
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  dynamic_children_are_stopped_at_the_same_time: {
    items: ['V15'],
    faults: ['dynamic.stops_one_by_one'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await dynamic(self, family, {}, { endMs: 60 })
      for (let count = 0; count < 5; count++) await startDynamicChild(self, sup, [])
      const sinceMs = self.node.runtime.nowMs()
      t.emit(self, 'ended', await family.stop(sup))
      t.emit(self, 'at_once', self.node.runtime.nowMs() - sinceMs < 200)
    },
  },

  dynamic_children_share_one_time_limit: {
    items: ['V11', 'V15'],
    faults: ['dynamic.stops_one_by_one'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await dynamic(self, family, {}, { endMs: 400, shutdownMs: 40 })
      const refs = []
      for (let count = 0; count < 4; count++) refs.push(self.monitor((await startDynamicChild(self, sup, []))!))
      const sinceMs = self.node.runtime.nowMs()
      t.emit(self, 'ended', await family.stop(sup))
      const reasons = []
      for (const ref of refs) reasons.push(await t.reason(self, { ref }))
      t.emit(self, 'reasons', reasons)
      t.emit(self, 'at_once', self.node.runtime.nowMs() - sinceMs < 120)
    },
  },

  any_significant_child_that_ends_ends_the_supervisor: {
    items: ['V16', '9.16'],
    faults: ['significant.by_hand_counts', 'significant.never_ends_it'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await significant(family, 'anySignificant')
      await family.crash(sup, 'y')
      await terminateChild(self, sup, 'x')
      await self.sleep(2)
      if (!self.isAlive(sup)) return
      t.emit(self, 'which', await family.which(sup))
      family.end(family.whereis('y'), 'normal')
      t.emit(self, 'ended', await endedWithin(self, sup, 200))
    },
  },

  all_significant_children_have_to_end: {
    items: ['V16', '9.16'],
    faults: ['significant.one_is_enough', 'significant.never_ends_it'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await significant(family, 'allSignificant')
      const x = family.whereis('x')
      family.end(x, { shutdown: 'done' })
      await t.dead(self, x)
      await self.sleep(2)
      if (!self.isAlive(sup)) return
      t.emit(self, 'which', await family.which(sup))
      const z = family.whereis('z')
      await family.crash(sup, 'z')
      t.emit(self, 'z', z !== family.whereis('z'))
      family.end(family.whereis('y'), 'normal')
      t.emit(self, 'ended', await endedWithin(self, sup, 200))
    },
  },

  a_temporary_significant_child_ends_it_even_by_a_crash: {
    items: ['V16'],
    faults: ['significant.never_ends_it'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const x = family.kid('x', { significant: true, restart: 'temporary' })
      const sup = await family.started({ autoShutdown: 'anySignificant', children: [family.kid('a'), x] })
      family.kill('x')
      t.emit(self, 'ended', await endedWithin(self, sup, 200))
    },
  },

  the_end_of_the_parent_ends_it_for_the_same_reason: {
    items: ['V17'],
    faults: ['supervisor.ends_with_shutdown_only'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const children = [family.kid('a'), family.kid('b')]
      const parent = self.spawn<unknown>(async (me) => {
        self.node.send(self.pid, { sup: await startSupervisor(me, { children }) })
        await me.receive()
        me.exit('odd')
      })
      const { sup } = await self.receive((message): message is { sup: AnyPid } => 'sup' in (message as object))
      const ref = self.monitor(sup)
      self.send(parent, 'stop')
      t.emit(self, 'ended', await t.reason(self, { ref }))
    },
  },

  unknown_messages_are_ignored_unknown_calls_end_it: {
    items: ['V17'],
    faults: ['supervisor.answers_any_call', 'supervisor.unknown_messages_end_it'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const sup = await family.started({ children: [family.kid('a')] })
      self.send(sup as Pid<unknown>, 'rubbish')
      self.spawn(async (me) => me.sendExit(sup, 'not_your_parent'))
      await self.sleep(5)
      if (!self.isAlive(sup)) return
      t.emit(self, 'which', await family.which(sup))
      const odd = protocol<{ calls: { what(): string } }>('odd')
      t.emit(self, 'call', await call(self, odd.at(sup), 'what').catch(() => 'failed'))
      const ended = await family.ended(sup)
      t.emit(self, 'ended', (ended as { code?: unknown }).code === 'supervisor.unknown_call' ? 'crashed' : ended)
    },
  },

  code_change_replaces_specifications_and_touches_no_child: {
    items: ['V19'],
    faults: ['supervisor.new_code_changes_nothing'],
    play: async (self, t) => {
      const family = new Family(self, t)
      const module = '@conformance/top'
      const first = [family.kid('a'), family.kid('b', { restart: 'transient' }), family.kid('c')]
      const second = [family.kid('c', { restart: 'transient' }), family.kid('d'), family.kid('a')]
      const sup = await family.started(defineSupervisor({ module, version: '1', children: first }))
      const pids = ['a', 'b', 'c'].map((id) => family.whereis(id))
      self.node.register(defineSupervisor({ module, version: '2', strategy: 'oneForAll', children: second }))
      await refusal(sys.changeCode(self, sup))
      await sys.suspend(self, sup)
      await sys.changeCode(self, sup)
      await sys.resume(self, sup)
      t.emit(
        self,
        'same',
        ['a', 'b', 'c'].every((id, index) => family.whereis(id) === pids[index]),
      )
      t.emit(self, 'which', await family.which(sup))
      const known = await getChildSpec(self, sup, 'c')
      t.emit(self, 'c', known.restart)
      const a = family.whereis('a')
      family.kill('c')
      for (let waits = 0; self.whereis('a') === a && waits < 50; waits++) await self.sleep(1)
      t.emit(self, 'which', await family.which(sup))
      t.emit(self, 'ended', await family.stop(sup))
    },
  },

  a_bridge_stops_what_is_behind_it: {
    items: ['V21'],
    faults: ['bridge.forgets_to_stop'],
    play: async (self, t) => {
      const { sup } = await bridge(self, t)
      self.sendExit(sup, 'shutdown')
      t.emit(self, 'ended', await endedWithin(self, sup, 200))
    },
  },

  a_bridge_ends_with_what_is_behind_it: {
    items: ['V21'],
    faults: ['bridge.does_not_look_behind'],
    play: async (self, t) => {
      const { sup, subsystem } = await bridge(self, t)
      self.send(subsystem, 'odd')
      t.emit(self, 'ended', await endedWithin(self, sup, 200))
    },
  },
}

/** Its exit reason, or `nothing` if it goes on. */
async function endedWithin(self: Self, sup: AnyPid, timeoutMs: number): Promise<unknown> {
  const isIts = (message: unknown): message is Exit => isType('exit')(message) && (message as Exit).from === sup
  const ended = await self.receive(isIts, { timeoutMs })
  return ended === timedOut ? 'nothing' : ended.reason
}

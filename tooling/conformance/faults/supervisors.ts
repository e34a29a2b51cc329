/**
 * Wrong supervisors.
 */
import {
  isOrderlyExit,
  type AnyPid,
  type AnyProcess,
  type Exit,
  type ExitReason,
} from '../../../packages/core/src/index.ts'
import { RunningBridge } from '../../../packages/behaviours/src/supervisor/bridge/supervisor-bridge.ts'
import type { FullManners, FullSpec } from '../../../packages/behaviours/src/supervisor/child-spec.ts'
import { Children, type Child } from '../../../packages/behaviours/src/supervisor/children.ts'
import { Ids, strategies, type FullDefinition } from '../../../packages/behaviours/src/supervisor/definition.ts'
import { RunningDynamic } from '../../../packages/behaviours/src/supervisor/dynamic/running.ts'
import { RestartWindow } from '../../../packages/behaviours/src/supervisor/intensity.ts'
import { RunningSupervisor } from '../../../packages/behaviours/src/supervisor/running.ts'
import type { SimpleChildren } from '../../../packages/behaviours/src/supervisor/strategies/simple-one-for-one.ts'
import type { Strategy } from '../../../packages/behaviours/src/supervisor/strategies/plan.ts'
import { all, patch, patchGetter, type Fault } from './patch.ts'

/** What is protected, for those who plant faults. */
interface Inside {
  readonly self: AnyProcess
  readonly children: Children
  restarts: RestartWindow
  flags: FullDefinition
  begin(): Promise<unknown>
  ordinary(message: unknown): unknown
  exited(exit: Exit): unknown
  again(key: string): unknown
  restart(key: string, spec: FullManners, reason: ExitReason): unknown
  restarted(key: string): Promise<string | null>
  startOne(spec: FullSpec, then: (started: unknown) => unknown): Promise<unknown>
  stopOne(child: Child): Promise<unknown>
  stopAll(): Promise<void>
  at(pid: AnyPid): { readonly key: string; readonly spec: FullSpec } | undefined
  add(spec: FullSpec): unknown
  crash(error: unknown): unknown
  finishWith(reason: ExitReason): unknown
  changeCode(module: unknown): void
}

interface InsideDynamic {
  readonly self: AnyProcess
  readonly children: SimpleChildren<FullManners & { readonly start: never }>
  startOne(spec: never, arg: unknown): Promise<unknown>
  stopOne(pid: AnyPid, spec: FullManners): Promise<unknown>
  stopAll(): Promise<void>
  lost(pid: AnyPid, isRestarted: boolean): void
  restarted(pid: AnyPid): Promise<AnyPid | null>
}

const inside = RunningSupervisor.prototype as unknown as Inside
const insideDynamic = RunningDynamic.prototype as unknown as InsideDynamic
const insideBridge = RunningBridge.prototype as unknown as {
  ordinary(message: unknown): unknown
  ending(reason: ExitReason): unknown
}
const plans = strategies as Record<keyof typeof strategies, Strategy>

/** Another spec for the time of a stop. */
const stopping = (other: (spec: FullSpec) => Partial<FullSpec>): Fault =>
  patch(
    inside,
    'stopOne',
    (stopOne) =>
      function (this: Inside, { spec, ...child }) {
        return stopOne.call(this, { ...child, spec: { ...spec, ...other(spec) } })
      },
  )

/** Other flags while an exit is looked at. */
const exiting = (other: Partial<FullDefinition>): Fault =>
  patch(
    inside,
    'exited',
    (exited) =>
      function (this: Inside, exit) {
        const { flags } = this
        this.flags = { ...flags, ...other }
        try {
          return exited.call(this, exit)
        } finally {
          this.flags = flags
        }
      },
  )

const windows = new WeakMap<object, Map<string, RestartWindow>>()
const uncounted = new WeakMap<object, number>()
const periods = new WeakMap<object, { period: number; count: number }>()

export const supervisorFaults = {
  'supervisor.starts_at_once': patch(
    inside,
    'begin',
    () =>
      async function (this: Inside) {
        await Promise.all(this.flags.children.map((spec) => this.startOne(spec, String)))
        return { kind: 'ok' }
      },
  ),
  'supervisor.stops_the_oldest_first': patch(
    inside,
    'stopAll',
    () =>
      async function (this: Inside) {
        for (const child of this.children.list()) await this.stopOne(child)
      },
  ),
  'supervisor.failed_start_leaves_children': patch(inside, 'stopAll', () => async () => {}),
  'supervisor.keeps_temporary': all(
    patch(
      Children.prototype,
      'delete',
      () =>
        function (this: Children, id) {
          const child = this.get(id)
          if (child !== undefined) this.set(child.spec, null)
        },
    ),
    patch(
      inside,
      'startOne',
      (startOne) =>
        function (this: Inside, spec, then) {
          return startOne.call(this, spec, (started) => {
            if (started === null) this.children.set(spec, null)
            return then(started)
          })
        },
    ),
  ),
  'supervisor.info_is_lost': patch(
    inside,
    'startOne',
    (startOne) =>
      function (this: Inside, spec, then) {
        const withoutInfo = (started: unknown): unknown =>
          typeof started === 'object' && started !== null && 'info' in started
            ? (started as unknown as { readonly pid: AnyPid }).pid
            : started
        return startOne.call(this, spec, (started) => then(withoutInfo(started)))
      },
  ),
  'supervisor.other_defaults': patch(
    RestartWindow.prototype,
    'count',
    (count) =>
      function (this: RestartWindow, nowMs, limits) {
        return count.call(this, nowMs, { ...limits, intensity: Math.max(3, limits.intensity) })
      },
  ),
  'supervisor.takes_two_of_a_name': all(
    patch(Ids.prototype, 'add', () => () => {}),
    patch(
      inside,
      'add',
      (add) =>
        function (this: Inside, spec) {
          this.children.delete(spec.id)
          return add.call(this, spec)
        },
    ),
  ),
  'supervisor.shutdown_is_a_crash': patch(
    inside,
    'exited',
    (exited) =>
      function (this: Inside, exit) {
        const { reason } = exit
        return exited.call(this, isOrderlyExit(reason) && reason !== 'normal' ? { ...exit, reason: 'odd' } : exit)
      },
  ),
  'supervisor.old_exits_are_crashes': patch(
    inside,
    'exited',
    (exited) =>
      function (this: Inside, exit) {
        if (exit.from === null || this.at(exit.from) !== undefined) return exited.call(this, exit)
        const [{ spec }] = this.children.list() as [Child]
        return this.restart(spec.id, spec, exit.reason)
      },
  ),
  'supervisor.terminate_is_a_crash': patch(
    inside,
    'stopOne',
    (stopOne) =>
      async function (this: Inside, child) {
        const stopped = await stopOne.call(this, child)
        if (this.restarts.count(this.self.node.runtime.nowMs(), this.flags)) this.self.exit('shutdown')
        return stopped
      },
  ),
  'supervisor.counts_who_does_not_run': patchGetter(Children.prototype, 'running', (children) => children.size),
  'supervisor.ends_with_shutdown_only': patch(
    inside,
    'finishWith',
    (finishWith) =>
      function (this: Inside) {
        return finishWith.call(this, 'shutdown')
      },
  ),
  'supervisor.answers_any_call': patch(
    inside,
    'crash',
    () =>
      function (this: Inside) {
        return this
      },
  ),
  'supervisor.unknown_messages_end_it': patch(
    inside,
    'ordinary',
    (ordinary) =>
      function (this: Inside, message) {
        return typeof message === 'string' ? this.finishWith('shutdown') : ordinary.call(this, message)
      },
  ),
  'supervisor.new_code_changes_nothing': patch(inside, 'changeCode', () => () => {}),

  'strategy.one_for_one_takes_all': patch(plans, 'oneForOne', () => plans.oneForAll),
  'strategy.one_for_all_takes_the_rest': patch(plans, 'oneForAll', () => plans.restForOne),
  'strategy.rest_for_one_takes_all': patch(plans, 'restForOne', () => plans.oneForAll),
  'strategy.stops_the_oldest_first': patch(plans, 'oneForAll', (plan) => (children, ended) => {
    const { stop, start } = plan(children, ended)
    return { stop: stop.toReversed(), start }
  }),
  'strategy.starts_temporary_again': all(
    patch(plans, 'oneForAll', (plan) => (children, ended) => ({
      stop: plan(children, ended).stop,
      start: children().map(({ id }) => id),
    })),
    patch(Children.prototype, 'delete', () => () => {}),
  ),

  'intensity.is_per_child': patch(
    inside,
    'restart',
    (restart) =>
      function (this: Inside, key, spec, reason) {
        const own = windows.get(this) ?? new Map<string, RestartWindow>()
        windows.set(this, own)
        own.set(key, own.get(key) ?? new RestartWindow())
        this.restarts = own.get(key)!
        return restart.call(this, key, spec, reason)
      },
  ),
  'intensity.never_ends_it': patch(RestartWindow.prototype, 'count', () => () => false),
  'intensity.never_forgets': patch(
    RestartWindow.prototype,
    'count',
    (count) =>
      function (this: RestartWindow, nowMs, limits) {
        return count.call(this, nowMs, { ...limits, periodMs: Infinity })
      },
  ),
  'intensity.counts_by_fixed_periods': patch(
    RestartWindow.prototype,
    'count',
    () =>
      function (this: RestartWindow, nowMs, { intensity, periodMs }) {
        const period = Math.floor(nowMs / periodMs)
        const before = periods.get(this)
        const count = before?.period === period ? before.count + 1 : 1
        periods.set(this, { period, count })
        return count > intensity
      },
  ),

  'retry.gives_up_at_once': patch(
    inside,
    'restarted',
    (restarted) =>
      async function (this: Inside, key) {
        await restarted.call(this, key)
        return null
      },
  ),
  'retry.is_not_counted': patch(
    inside,
    'again',
    (again) =>
      function (this: Inside, key) {
        // For a while: what goes on for ever takes long to be noticed.
        const tries = (uncounted.get(this) ?? 0) + 1
        uncounted.set(this, tries)
        if (tries < 10) this.restarts = new RestartWindow()
        return again.call(this, key)
      },
  ),
  'retry.holds_the_supervisor': patch(
    inside,
    'restarted',
    (restarted) =>
      async function (this: Inside, key) {
        let failed: string | null = key
        for (let tries = 0; failed !== null && tries < 50; tries++) failed = await restarted.call(this, failed)
        if (failed !== null) this.children.set(this.children.get(failed)!.spec, null)
        return null
      },
  ),
  'retry.is_shown_as_none': patch(
    Children.prototype,
    'list',
    (list) =>
      function (this: Children) {
        return list.call(this).map((child) => ({ ...child, restarting: false }))
      },
  ),
  'retry.starts_only_the_one_that_failed': patch(
    inside,
    'again',
    (again) =>
      function (this: Inside, key) {
        const { flags } = this
        this.flags = { ...flags, strategy: 'oneForOne' }
        try {
          return again.call(this, key)
        } finally {
          this.flags = flags
        }
      },
  ),

  'stop.never_kills': stopping(({ shutdownMs }) => ({ shutdownMs: shutdownMs === 'kill' ? shutdownMs : Infinity })),
  'stop.brutal_kill_is_polite': stopping(({ shutdownMs }) => ({
    shutdownMs: shutdownMs === 'kill' ? 5000 : shutdownMs,
  })),
  'stop.waits_for_the_link': patch(
    inside,
    'stopOne',
    (stopOne) =>
      function (this: Inside, child) {
        const { links } = this.self.processInfo(this.self.pid, ['links'])!
        return child.pid === null || links.includes(child.pid) ? stopOne.call(this, child) : new Promise(() => {})
      },
  ),

  'significant.never_ends_it': exiting({ autoShutdown: 'never' }),
  'significant.one_is_enough': exiting({ autoShutdown: 'anySignificant' }),
  'significant.by_hand_counts': patch(
    inside,
    'stopOne',
    (stopOne) =>
      async function (this: Inside, child) {
        const stopped = await stopOne.call(this, child)
        if (child.spec.significant) this.self.exit('shutdown')
        return stopped
      },
  ),

  'dynamic.terminates_the_newest': patch(
    insideDynamic,
    'stopOne',
    (stopOne) =>
      function (this: InsideDynamic) {
        const { pid, spec } = [...this.children.list()].at(-1)!
        return stopOne.call(this, pid, spec)
      },
  ),
  'dynamic.restarts_without_arguments': patch(
    insideDynamic,
    'restarted',
    (restarted) =>
      function (this: InsideDynamic, pid) {
        this.children.set(pid, this.children.get(pid)!.spec, [], true)
        return restarted.call(this, pid)
      },
  ),
  'dynamic.keeps_what_did_not_start': patch(
    insideDynamic,
    'startOne',
    (startOne) =>
      async function (this: InsideDynamic, spec, arg) {
        const outcome = await startOne.call(this, spec, arg)
        if (this.children.size === 0) this.children.set(this.self.pid, spec, arg)
        return outcome
      },
  ),
  'dynamic.keeps_who_ended': patch(insideDynamic, 'lost', () => () => {}),
  'dynamic.stops_one_by_one': patch(
    insideDynamic,
    'stopAll',
    () =>
      async function (this: InsideDynamic) {
        for (const { pid, spec } of [...this.children.list()]) await this.stopOne(pid, spec)
      },
  ),

  'bridge.forgets_to_stop': patch(insideBridge, 'ending', () => () => {}),
  'bridge.does_not_look_behind': patch(
    insideBridge,
    'ordinary',
    () =>
      function (this: unknown) {
        return this
      },
  ),
} as const satisfies Record<string, Fault>

/**
 * Task supervisors: whom tasks belong to that are to outlive a crash of their owner, or not to take it with them
 * (Task.Supervisor of Elixir).
 *
 *     supervisor ──links──► task ◄──waits for the result── owner       no link between these two
 *
 * It is a dynamic supervisor with temporary children: a task is never started again. When it stops, its tasks do.
 */
import type { AnyPid, AnyProcess, AsyncBody, Down, Process } from '@agner/core'
import type { Starter } from '../gen/start.ts'
import type { Caller } from '../protocol/client.ts'
import { heardBy } from '../protocol/heard.ts'
import {
  defineDynamicSupervisor,
  startDynamicChild,
  startDynamicSupervisor,
  type DynamicSupervisor,
  type DynamicSupervisorPid,
  type DynamicTarget,
} from '../supervisor/dynamic/dynamic-supervisor.ts'
import type { SupervisorOptions } from '../supervisor/supervisor.ts'
import { owned, taskBody, type CheckedResult, type Owner, type Task, type TaskRun } from './task.ts'

/** What a task under a supervisor is started with. */
export interface TaskSpec {
  readonly run: TaskRun<unknown>
  /** Who has its result; null for nobody. */
  readonly owner: Owner | null
}

export type TaskSupervisorPid = DynamicSupervisorPid<TaskSpec>
/** Where a task supervisor is: its pid, or `dynamicSupervisorAt('name')`. */
export type TaskSupervisorTarget = DynamicTarget<TaskSpec, AnyPid>

export interface TaskSupervisorSettings {
  /** More tasks than this at once are refused with `supervisor.full`. Default Infinity. */
  readonly maxChildren?: number
}

/** Defines a task supervisor, to be started on its own or under another one: `defineTaskSupervisor().child({ id, name })`. */
export function defineTaskSupervisor(settings: TaskSupervisorSettings = {}): DynamicSupervisor<TaskSpec, AnyPid> {
  return defineDynamicSupervisor<TaskSpec, AnyPid>({
    module: '@agner/task_supervisor',
    ...settings,
    children: {
      id: 'task',
      restart: 'temporary',
      start: (above, { run, owner }) => Promise.resolve(above.spawnLink(bodyOf(run, owner))),
    },
  })
}

/** Starts a task supervisor (Task.Supervisor.start_link/1). */
export function startTaskSupervisor(
  parent: Starter,
  { maxChildren, ...options }: TaskSupervisorSettings & SupervisorOptions = {},
): Promise<TaskSupervisorPid> {
  const settings = maxChildren === undefined ? {} : { maxChildren }
  return startDynamicSupervisor(parent, defineTaskSupervisor(settings), options)
}

/**
 * Starts a task under a supervisor of this node, whose result comes to this process (Task.Supervisor.async_nolink/2;
 * with `link`, async/2). Without the link neither takes the other with it: the task's crash is its outcome, and it goes
 * on when its owner ends.
 *
 * Rejects with `supervisor.full`, `call.no_process`.
 */
export function startTaskUnder<R>(
  self: AnyProcess,
  supervisor: TaskSupervisorTarget,
  run: TaskRun<R> & CheckedResult<R>,
  options: { readonly link?: boolean } = {},
): Promise<Task<R>> {
  const start = async (): Promise<Task<R>> => {
    const owner: Owner = { pid: self.pid, link: options.link === true }
    return owned(self, await startDynamicChild(self, supervisor, { run, owner }))
  }
  return heardBy(self, start())
}

/** Starts a task that nobody waits for: what it returns is dropped (Task.Supervisor.start_child/2). */
export function startTaskChild(from: Caller, supervisor: TaskSupervisorTarget, run: TaskRun<unknown>): Promise<AnyPid> {
  return startDynamicChild(from, supervisor, { run, owner: null })
}

function bodyOf(run: TaskRun<unknown>, owner: Owner | null): AsyncBody<Down> {
  if (owner !== null) return taskBody(run, owner)
  return async function task(self) {
    await run(self as unknown as Process<never>)
  }
}

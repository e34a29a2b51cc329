/**
 * What becomes of tasks: waiting for them, and ending them (Task.await/2, yield/2, shutdown/2 and those for many).
 *
 *     awaitTask      the value; rejected when the task failed, or is late
 *     yieldTask      what became of it, or `timedOut`: then it may be asked again
 *     shutdownTask   ends it, and tells if it was quicker
 */
import { timedOut, type AgnerError, type AnyProcess, type ExitReason } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { explain } from '../explain.ts'
import { heardBy } from '../protocol/heard.ts'
import { receiveResponse, waitResponse, type CallResponse, type Waited } from '../protocol/requests/responses.ts'
import type { Task } from './task.ts'

/** What became of a task: its value, or its exit reason. */
export type TaskOutcome<R> =
  | { readonly type: 'ok'; readonly value: R }
  | { readonly type: 'exit'; readonly reason: ExitReason }

export interface TaskOptions {
  /** Milliseconds to wait. Default 5,000; Infinity waits for ever. */
  readonly timeoutMs?: number
}

export interface ShutdownOptions extends TaskOptions {
  /** Ends it with `kill` at once. Default false: with `shutdown`, and with `kill` when the time is up. */
  readonly kill?: boolean
}

type Results<Tasks extends readonly Task<unknown>[]> = {
  -readonly [K in keyof Tasks]: Tasks[K] extends Task<infer R> ? R : never
}

type Outcomes<Tasks extends readonly Task<unknown>[]> = {
  -readonly [K in keyof Tasks]: Tasks[K] extends Task<infer R> ? TaskOutcome<R> | typeof timedOut : never
}

const usualMs = 5000

/**
 * The value of a task (Task.await/2).
 *
 * Rejects with `task.failed` (`details.reason` is its exit reason, and `cause` the error), `task.timeout`: then its value
 * is given up, and it goes on, unless this process ends over that and is linked to it. Once only: after that
 * `request.over`.
 */
export function awaitTask<R>(self: AnyProcess, task: Task<R>, options: TaskOptions = {}): Promise<R> {
  const { timeoutMs = usualMs } = options
  return heardBy(self, valueOf(self, task, { timeoutMs }, timeoutMs))
}

/** The values of several tasks, in their order, within one time for all (Task.await_many/2). Rejects as `awaitTask`. */
export function awaitTasks<const Tasks extends readonly Task<unknown>[]>(
  self: AnyProcess,
  tasks: Tasks,
  options: TaskOptions = {},
): Promise<Results<Tasks>> {
  const { timeoutMs = usualMs } = options
  const all = async (): Promise<unknown[]> => {
    const untilMs = self.node.monotonicTimeMs() + timeoutMs
    const values: unknown[] = []
    for (const task of tasks) values.push(await valueOf(self, task, { untilMs }, timeoutMs))
    return values
  }
  return heardBy(self, all()) as Promise<Results<Tasks>>
}

/** What became of a task by now, or within a time (Task.yield/2). Rejects with `request.over` if that was told before. */
export function yieldTask<R>(self: AnyProcess, task: Task<R>, options: TaskOptions = {}): Waited<TaskOutcome<R>> {
  return heardBy(self, outcomeWithin(self, task, { timeoutMs: options.timeoutMs ?? usualMs }))
}

/** The same of several, in their order, within one time for all (Task.yield_many/2). */
export function yieldTasks<const Tasks extends readonly Task<unknown>[]>(
  self: AnyProcess,
  tasks: Tasks,
  options: TaskOptions = {},
): Promise<Outcomes<Tasks>> {
  const all = async (): Promise<unknown[]> => {
    const untilMs = self.node.monotonicTimeMs() + (options.timeoutMs ?? usualMs)
    const outcomes: unknown[] = []
    for (const task of tasks) outcomes.push(await outcomeWithin(self, task, { untilMs }))
    return outcomes
  }
  return heardBy(self, all()) as Promise<Outcomes<Tasks>>
}

/**
 * Unlinks a task, ends it with `shutdown`, and with `kill` if it has not ended in time; resolves when it has
 * (Task.shutdown/2). The result is what became of it before: its value, or an exit reason that is not of this; null if
 * it was ended by this, or its outcome is known already.
 */
export function shutdownTask<R>(
  self: AnyProcess,
  task: Task<R>,
  options: ShutdownOptions = {},
): Promise<TaskOutcome<R> | null> {
  return heardBy(self, shutDown(self, task, options))
}

async function shutDown<R>(
  self: AnyProcess,
  task: Task<R>,
  { kill = false, timeoutMs = usualMs }: ShutdownOptions,
): Promise<TaskOutcome<R> | null> {
  self.unlink(task.pid)
  self.sendExit(task.pid, kill ? 'kill' : 'shutdown')
  let outcome: TaskOutcome<R> | typeof timedOut
  try {
    outcome = await outcomeWithin(self, task, { timeoutMs: kill ? Infinity : timeoutMs })
    if (outcome === timedOut) {
      self.sendExit(task.pid, 'kill')
      outcome = await outcomeWithin(self, task, {})
    }
  } catch (error) {
    if ((error as AgnerError).code === 'request.over') return null
    throw error
  }
  if (outcome === timedOut) return null
  const endedByThis = outcome.type === 'exit' && (outcome.reason === 'shutdown' || outcome.reason === 'killed')
  return endedByThis ? null : outcome
}

/** When the time is up the value is given up. */
async function valueOf<R>(
  self: AnyProcess,
  { pid, result }: Task<R>,
  wait: { readonly timeoutMs?: number; readonly untilMs?: number },
  timeoutMs: number,
): Promise<R> {
  const come = await receiveResponse(self, result, wait)
  if (come === timedOut) throw taskTimeout(pid, timeoutMs)
  const outcome = toOutcome(come)
  if (outcome.type === 'ok') return outcome.value
  const { reason } = outcome
  const error = behavioursError('task.failed', { pid, reason, why: explain(reason) })
  if (reason instanceof Error) error.cause = reason
  throw error
}

async function outcomeWithin<R>(
  self: AnyProcess,
  { result }: Task<R>,
  wait: { readonly timeoutMs?: number; readonly untilMs?: number },
): Waited<TaskOutcome<R>> {
  const come = await waitResponse(self, result, wait)
  return come === timedOut ? timedOut : toOutcome(come)
}

export function taskTimeout(pid: Task<unknown>['pid'], timeoutMs: number): AgnerError {
  return behavioursError('task.timeout', { pid: String(pid), timeoutMs })
}

/** @internal */
export function toOutcome<R>(response: CallResponse<R>): TaskOutcome<R> {
  if (response.type === 'reply') return { type: 'ok', value: response.value }
  const { error } = response
  return { type: 'exit', reason: 'reason' in error.details ? (error.details['reason'] as ExitReason) : error }
}

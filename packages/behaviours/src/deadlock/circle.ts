/**
 * A circle of calls in words and as data. Pure: what the kernel found goes in, what people read comes out.
 *
 *     <0.7.0> "stock" calls reserve of <0.8.0> "orders", which calls price of <0.7.0> "stock"
 */
import { describeProcess, type AnyPid } from '@agner/core'
import type { CircleStep } from '@agner/core/kernel'
import { isCall, isSystem } from '../protocol/envelope.ts'

/** One of a circle: a process, and the call of the next one that it waits for. */
export interface DeadlockStep {
  readonly pid: AnyPid
  readonly name: string | null
  readonly label: unknown
  /** What it runs: the module of a server, as process info calls it. Null if it has no name. */
  readonly module: string | null
  /** The call's name; of a start or another request of the system, that. */
  readonly call: string
}

export function toSteps(circle: readonly CircleStep[]): DeadlockStep[] {
  return circle.map(({ pid, name, label, code, payload }) => ({
    pid,
    name,
    label,
    module: code,
    call: nameOfCall(payload),
  }))
}

/** @param steps at least one */
export function toPath(steps: readonly DeadlockStep[]): string {
  const parts = steps.map(({ call }, index) => `calls ${call} of ${show(steps[(index + 1) % steps.length]!)}`)
  return `${show(steps[0]!)} ${parts.join(', which ')}`
}

/** Whether this call wants to fail rather than to wait. */
export function wantsToFail(payload: unknown): boolean {
  return isCall(payload) && payload.deadlock === 'fail'
}

function show(step: DeadlockStep): string {
  const { name, label, module } = step
  return name === null && label === null && module !== null ? `${String(step.pid)} (${module})` : describeProcess(step)
}

function nameOfCall(payload: unknown): string {
  if (isCall(payload)) return payload.call
  if (isSystem(payload)) return payload.system
  return isTask(payload) ? 'the result' : 'a request'
}

function isTask(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'task' in payload
}

/**
 * What is told of a machine: by `getStatus`, and by the report of its crash. `formatStatus` has the last word, and when
 * it throws nothing is shown of state and data: they may hold secrets.
 */
import { describeReason, type ExitReason } from '@agner/core'
import type { CallbackStack } from './callback-stack.ts'
import type { StatemStatus } from './definition.ts'
import type { EventQueue } from './event-queue.ts'
import type { AnyEvent } from './events.ts'
import { eventOfTimer } from './timer-message.ts'
import type { TimerTable } from './timer-table.ts'

/** What a machine is made of, as seen from here. */
export interface Seen {
  readonly state: unknown
  readonly data: unknown
  readonly modules: CallbackStack
  readonly queue: EventQueue<AnyEvent>
  readonly timers: TimerTable
}

export function statusOf({ state, data, modules, queue, timers }: Seen): Readonly<Record<string, unknown>> {
  const { mode, module, formatStatus } = modules.current
  const status: StatemStatus<unknown, unknown> = {
    state,
    data,
    callbackMode: mode,
    callbackModules: modules.modules,
    postponed: queue.postponed.map(asData),
    timeouts: timers.running.map(([key, content]) => eventOfTimer(key, content)),
  }
  if (formatStatus === null) return { ...status }
  try {
    return formatStatus({ ...status }) as Readonly<Record<string, unknown>>
  } catch (error) {
    const failed = `formatStatus of ${module} threw ${describeReason(error as ExitReason)}`
    return { state: failed, data: failed }
  }
}

/** An event as data: who called, in place of what is needed to answer. */
export function asData(event: AnyEvent): unknown {
  return event.type === 'call' ? { ...event, from: (event.from as unknown as { readonly from: unknown }).from } : event
}

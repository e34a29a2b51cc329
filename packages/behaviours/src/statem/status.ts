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

/** What a crash adds to it. */
type OfCrash = Pick<StatemStatus<unknown, unknown>, 'message' | 'reason'>

export function statusOf(seen: Seen): Readonly<Record<string, unknown>> {
  return shown(seen, {})
}

/** The last message stands apart, as in every crash report; the reason is in it already. */
export function crashDetailsOf(seen: Seen, reason: ExitReason, message: unknown): Readonly<Record<string, unknown>> {
  const { message: lastMessage, reason: _, ...details } = shown(seen, { message, reason })
  return { ...details, lastMessage }
}

function shown({ state, data, modules, queue, timers }: Seen, ofCrash: OfCrash): Readonly<Record<string, unknown>> {
  const { mode, module, formatStatus } = modules.current
  const status: StatemStatus<unknown, unknown> = {
    ...ofCrash,
    state,
    data,
    callbackMode: mode,
    callbackModules: modules.modules,
    postponed: queue.postponed.map(asData),
    timeouts: timers.running.map(([key, content]) => eventOfTimer(key, content)),
  }
  if (formatStatus === null) return { ...status }
  try {
    const given = formatStatus({ ...status })
    if (typeof given === 'object' && given !== null) return { ...given }
    return nothingOf(ofCrash, `formatStatus of ${module} gave no object`)
  } catch (error) {
    return nothingOf(ofCrash, `formatStatus of ${module} threw ${describeReason(error as ExitReason)}`)
  }
}

function nothingOf(ofCrash: OfCrash, why: string): Readonly<Record<string, unknown>> {
  return { state: why, data: why, ...('message' in ofCrash && { message: why }) }
}

/** An event as data: who called, in place of what is needed to answer. */
export function asData(event: AnyEvent): unknown {
  return event.type === 'call' ? { ...event, from: (event.from as unknown as { readonly from: unknown }).from } : event
}

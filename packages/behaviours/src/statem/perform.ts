/**
 * One action of a step. Answers and changes of the callbacks are done at once; the rest is noted in the transition.
 */
import type { AnyProcess } from '@agner/core'
import type { Act } from './actions.ts'
import type { CallbackStack } from './callback-stack.ts'
import { knownMachine } from './callbacks-of.ts'
import type { AnyEvent } from './events.ts'
import type { Transition } from './transition.ts'

const eventTypes: ReadonlySet<unknown> = new Set<AnyEvent['type']>([
  'call',
  'cast',
  'info',
  'internal',
  'timeout',
  'stateTimeout',
  'eventTimeout',
])

/** What a state enter call cannot do. */
const concernsEvent: ReadonlySet<Act['kind']> = new Set<Act['kind']>([
  'postpone',
  'nextEvent',
  'changeCallbackModule',
  'pushCallbackModule',
  'popCallbackModule',
])

/** @returns what is wrong with it, in words, or the error that it met; null if it is done. */
export function perform(
  transition: Transition,
  action: Act,
  callbacks: CallbackStack,
  self: AnyProcess,
): string | Error | null {
  const { kind } = action
  if (concernsEvent.has(kind) && !transition.takesAll)
    return 'it has no place in a state enter call, since the event is over'
  switch (kind) {
    case 'reply':
      return answered(transition, action, self)
    case 'timeout':
      transition.setTimer(action)
      return null
    case 'hibernate':
      transition.hibernates = true
      return null
    case 'postpone':
      transition.postpones = true
      return null
    case 'nextEvent':
      return inserted(transition, action.value)
    case 'changeCallbackModule':
    case 'pushCallbackModule':
      return changed(action, callbacks)
    case 'popCallbackModule':
      return callbacks.pop() ? null : 'no callback module was pushed'
  }
}

function answered(transition: Transition, action: Act, self: AnyProcess): Error | null {
  try {
    transition.answer(self, action)
    return null
  } catch (error) {
    // A value that cannot be sent is the callback's fault.
    return error as Error
  }
}

function inserted(transition: Transition, event: unknown): string | null {
  if (typeof event !== 'object' || event === null || !('type' in event) || !eventTypes.has(event.type))
    return 'it needs an event: { type: "internal", name, content }, for example'
  transition.insert(event as AnyEvent)
  return null
}

function changed({ kind, value }: Act, callbacks: CallbackStack): string | null {
  const next = knownMachine(value)
  if (next === undefined) return 'it needs what defineStatem returned'
  if (kind === 'pushCallbackModule') callbacks.push(next)
  else callbacks.current = next
  return null
}

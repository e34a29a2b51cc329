/**
 * What an event manager tells the operator. A handler that goes in order is no news.
 */
import type { AnyProcess, ExitReason } from '@agner/core'
import { explain } from '../explain.ts'
import { unlessSensitive } from '../gen/sensitive.ts'
import { describeHandler, type HandlerId } from './handler-protocol.ts'

/** @param last the event, message or request that it failed at. */
export function reportCrash(
  self: AnyProcess,
  module: string,
  handler: { readonly id: HandlerId; readonly state: unknown },
  reason: ExitReason,
  last: unknown,
): void {
  const { id, state } = handler
  self.node.report({
    type: 'notice',
    level: 'error',
    source: 'events',
    text: `handler ${describeHandler(id)} of ${module} ${String(self.pid)} crashed and was removed: ${explain(reason)}`,
    details: { pid: self.pid, module, handler: id, reason, ...unlessSensitive(self, { lastMessage: last, state }) },
  })
}

export function reportUnhandled(self: AnyProcess, module: string, message: unknown): void {
  self.node.report({
    type: 'notice',
    level: 'warning',
    source: 'events',
    text: `no handler of ${module} ${String(self.pid)} takes a message that it got: it was dropped`,
    details: { pid: self.pid, module, ...unlessSensitive(self, { message }) },
  })
}

/**
 * What goes over the wire to an event manager, beside what every behaviour takes: plain data, part of the protocol between
 * versions.
 *
 *     notify       a message with the type '$agner/event', and the event
 *     the others   requests with a payload that has `events`: what is asked for
 */
import type { AnyPid, ExitReason } from '@agner/core'
import type { HandlerId } from './handler-protocol.ts'

export const eventType = '$agner/event'

export interface EventEnvelope {
  readonly type: typeof eventType
  readonly event: { readonly type: string }
}

/** Which handler to install: on its own node by its ticket (see luggage), elsewhere by its name and version. */
export interface Installation {
  readonly ticket: number | null
  readonly module: string
  readonly version: string
  readonly id: HandlerId
  readonly arg: unknown
}

export type EventsRequest =
  | { readonly events: 'notify'; readonly event: { readonly type: string } }
  | { readonly events: 'call'; readonly handler: HandlerId; readonly call: string; readonly arg: unknown }
  | { readonly events: 'add'; readonly install: Installation; readonly owner: AnyPid | null }
  | { readonly events: 'delete'; readonly handler: HandlerId; readonly arg: unknown }
  | {
      readonly events: 'swap'
      readonly handler: HandlerId
      readonly leaving: unknown
      readonly install: Installation
      readonly owner: AnyPid | null
    }
  | { readonly events: 'which' }

/** Requests are answered with one of these. */
export type EventsAnswer =
  | { readonly ok: unknown }
  /** No handler of that id. */
  | { readonly missing: HandlerId }
  /** The module is not registered on the manager's node. */
  | { readonly unknownModule: string }
  /** Its init, or the call, failed. */
  | { readonly failed: ExitReason }

export function isEvent(message: unknown): message is EventEnvelope {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === eventType
}

export function isEventsRequest(payload: unknown): payload is EventsRequest {
  return typeof payload === 'object' && payload !== null && 'events' in payload && typeof payload.events === 'string'
}

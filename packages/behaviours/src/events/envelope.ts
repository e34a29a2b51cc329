/**
 * What goes over the wire to an event manager, beside what every behaviour takes: plain data, part of the protocol between
 * versions.
 *
 *     notify       a message with the type '$agner/event', and the event
 *     the others   requests with a payload that has `events`: what is asked for
 */
import { Pid, type AnyPid, type ExitReason } from '@agner/core'
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

/** One of those, whole: what a broken one would end are all handlers. */
export function isEventsRequest(payload: unknown): payload is EventsRequest {
  if (!isObject(payload)) return false
  switch (payload['events']) {
    case 'which':
    case 'notify':
      return true
    case 'call':
      return isHandlerId(payload['handler']) && typeof payload['call'] === 'string'
    case 'add':
      return isInstallation(payload['install']) && isOwner(payload['owner'])
    case 'delete':
      return isHandlerId(payload['handler'])
    case 'swap':
      return isHandlerId(payload['handler']) && isInstallation(payload['install']) && isOwner(payload['owner'])
    default:
      return false
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isHandlerId(value: unknown): value is HandlerId {
  if (!isObject(value)) return typeof value === 'string'
  const { handler, id } = value
  return typeof handler === 'string' && (typeof id === 'string' || typeof id === 'number' || id instanceof Pid)
}

function isInstallation(value: unknown): value is Installation {
  if (!isObject(value)) return false
  const { ticket, module, version, id } = value
  const isTicket = ticket === null || typeof ticket === 'number'
  return isTicket && typeof module === 'string' && typeof version === 'string' && isHandlerId(id)
}

function isOwner(value: unknown): value is AnyPid | null {
  return value === null || value instanceof Pid
}

/**
 * The protocol of an event handler: its name, and the calls that it takes. It is all that a client imports.
 *
 *     door.api.ts      export const door: Protocol<DoorApi> = protocol('@acme/door')
 *                      export const journal: HandlerProtocol<DoorApi, JournalApi> = handlerProtocol(door, '@acme/journal')
 *     journal.ts       defineHandler(journal, { … })                        the handler is defined against it
 *     elsewhere        await callHandler(self, door, journal, 'recent', 10)  a client is checked against it
 *
 * A manager may have several handlers of one kind: `journal.as('front door')` is one of them ({Module, Id} of OTP).
 */
import type { AnyPid } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { CheckedApi, Nothing } from '../protocol/api.ts'
import type { Protocol } from '../protocol/protocol.ts'

/** Tells handlers of one kind apart. Compared by `===`. */
export type HandlerTag = string | number | AnyPid

/** How a manager knows a handler: by its name, or, where there are several of that name, by name and tag. */
export type HandlerId = string | { readonly handler: string; readonly id: HandlerTag }

/** Names a handler for the events of `Api`; `HandlerApi` is what it can be called for. */
export interface HandlerProtocol<in out Api, in out HandlerApi = Nothing> {
  /** Exists in the types only. */
  readonly '~handler'?: readonly [Api, HandlerApi]
  /** Unique in the cluster; by custom a package name. */
  readonly handler: string
  /** Null: the one that has no tag. */
  readonly id: HandlerTag | null
  /** Milliseconds that a call of it waits when it says nothing itself: those of the events' protocol. */
  readonly timeoutMs: number
  /** The handler of this kind with that tag. */
  as(id: HandlerTag): HandlerProtocol<Api, HandlerApi>
}

/** The shape that what a handler can be called for has. */
export interface HandlerApiShape {
  readonly calls?: object
}

/** What it must be: where it is wrong, a sentence stands in place of the offending part. */
export type CheckedHandlerApi<HandlerApi> = Pick<CheckedApi<HandlerApi>, 'calls'>

/** Makes a handler's protocol. @throws `protocol.bad_name` */
export function handlerProtocol<Api, HandlerApi extends HandlerApiShape & CheckedHandlerApi<HandlerApi> = Nothing>(
  events: Protocol<Api>,
  handler: string,
): HandlerProtocol<Api, HandlerApi> {
  if (typeof handler !== 'string' || handler === '')
    throw behavioursError('protocol.bad_name', { value: handler === '' ? 'an empty string' : typeof handler })
  return withTag(handler, null, events.timeoutMs)
}

function withTag<Api, HandlerApi>(
  handler: string,
  id: HandlerTag | null,
  timeoutMs: number,
): HandlerProtocol<Api, HandlerApi> {
  return Object.freeze({
    handler,
    id,
    timeoutMs,
    as: (tag: HandlerTag) => withTag<Api, HandlerApi>(handler, tag, timeoutMs),
  })
}

/** @internal */
export function idOf({ handler, id }: { readonly handler: string; readonly id: HandlerTag | null }): HandlerId {
  return id === null ? handler : Object.freeze({ handler, id })
}

/** An id for people. */
export function describeHandler(id: HandlerId): string {
  return typeof id === 'string' ? id : `${id.handler} (${String(id.id)})`
}

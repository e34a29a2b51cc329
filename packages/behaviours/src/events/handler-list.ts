/**
 * The handlers of a manager, as a list: the newest first, in the order in which they are told of an event. Pure.
 *
 * The same id may stand in it twice; whoever names it means the newer one (gen_event of OTP: search, split, replace).
 */
import type { HandlerId } from './handler-protocol.ts'

interface WithId {
  readonly id: HandlerId
}

export function added<H>(list: readonly H[], handler: H): readonly H[] {
  return [handler, ...list]
}

export function without<H>(list: readonly H[], handler: H): readonly H[] {
  return list.filter((each) => each !== handler)
}

/** Many at once: one after the other would take the square of their number. */
export function withoutAll<H>(list: readonly H[], handlers: readonly H[]): readonly H[] {
  const gone = new Set(handlers)
  return list.filter((each) => !gone.has(each))
}

/** In the same place: a handler that takes over from another is told of the next event when that one would have been. */
export function replaced<H>(list: readonly H[], old: H, by: H): readonly H[] {
  return list.map((each) => (each === old ? by : each))
}

export function find<H extends WithId>(list: readonly H[], id: HandlerId): H | undefined {
  return list.find((each) => sameId(each.id, id))
}

export function sameId(one: HandlerId, other: HandlerId): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other
  return one.handler === other.handler && one.id === other.id
}

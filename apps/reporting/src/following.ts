/**
 * How far each process of the log was followed: what of a run of its events is new. Pure.
 */
import type { AnyPid } from '@agner/core'
import type { LogEvent } from '@agner-chat/cluster/log'
import type { Feed } from './feed.api.ts'

/** The place of the last event that was taken, by the process of the log; the newest process last. */
export type Places = ReadonlyMap<AnyPid, number>

/** Processes of the log that are remembered: the last of them, and those that what is late may come from. */
const remembered = 4

export interface Followed {
  readonly places: Places
  readonly fresh: readonly LogEvent[]
  /** Something before these was not seen: they are not taken, and whoever subscribes again is told all of it. */
  readonly isBehind: boolean
}

/** @param isAnswer what was asked for: what is before it is not to be had any more */
export function follow(places: Places, { log, events, upTo }: Feed, isAnswer: boolean): Followed {
  const place = places.get(log) ?? 0
  const first = upTo - events.length
  if (first > place && !isAnswer) return { places, fresh: [], isBehind: true }
  const others = [...places].filter(([other]) => other !== log).slice(1 - remembered)
  const fresh = events.slice(Math.max(0, place - first))
  return { places: new Map([...others, [log, Math.max(place, upTo)]]), fresh, isBehind: false }
}

/**
 * Posting a message to a room, with what a caller outside has to live through: rooms that move, a database that moves or is away.
 *
 * Every post has an idempotency key, the client's or one made here, so that asking again is safe: whatever became of the first attempt,
 * the message is stored once. So it is asked again here, until it is stored, refused for good, or the caller's patience ends.
 *
 * That nothing was stored is said only if it is so of every attempt: one whose answer never came may have stored it.
 */
import { call } from '@agner/behaviours'
import { AgnerError, type Node, type AnyProcess } from '@agner/core'
import { room, type Posted } from './room.api.ts'
import { RoomUnavailable, type RoomDirectory } from './directory.ts'

export interface Post {
  readonly room: string
  readonly user: string
  readonly text: string
  readonly key: string
}

/** Longer than a failover, shorter than clients wait for an answer. */
const patienceMs = 6000
/** A room's process that says nothing for so long is asked no more: the next attempt may find another. */
const roomTimeoutMs = 4000
const againAfterMs = 50

/** `unavailable` when it is not known whether it is stored. */
export async function post(
  from: AnyProcess | Node,
  rooms: Pick<RoomDirectory, 'open'>,
  { room: name, ...message }: Post,
): Promise<Posted> {
  const { runtime } = 'node' in from ? from.node : from
  const endMs = runtime.nowMs() + patienceMs
  let mayBeStored = false
  for (;;) {
    const leftMs = endMs - runtime.nowMs()
    if (leftMs <= 0) return { error: 'unavailable' }
    try {
      const timeoutMs = Math.min(leftMs, roomTimeoutMs)
      const posted = await call(from, room.at(await rooms.open(name)), 'post', message, { timeoutMs })
      if (!('error' in posted) || posted.error === 'keyReused') return posted
      mayBeStored ||= posted.error === 'unavailable'
      if (posted.error !== 'unavailable') return mayBeStored ? { error: 'unavailable' } : posted
    } catch (error) {
      // The room has ended, its node was lost, or its name changes hands: it is found elsewhere, or started.
      if (!(error instanceof AgnerError) && !(error instanceof RoomUnavailable)) throw error
      mayBeStored ||= error instanceof AgnerError && error.code !== 'call.no_process'
    }
    await new Promise<void>((resolve) => runtime.setTimer(againAfterMs, resolve))
  }
}

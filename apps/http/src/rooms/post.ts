/**
 * Posting a message to a room, with what a caller outside has to live through: rooms that move, a database that is away.
 *
 * Every post has an idempotency key, the client's or one made here, so that asking again is safe: whatever became of the first attempt,
 * the message is stored once.
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

const attempts = 3
const roomTimeoutMs = 4000

/** `unavailable` when it is not known to be stored. */
export async function post(
  from: AnyProcess | Node,
  rooms: Pick<RoomDirectory, 'open'>,
  { room: name, ...message }: Post,
): Promise<Posted> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return await call(from, room.at(await rooms.open(name)), 'post', message, { timeoutMs: roomTimeoutMs })
    } catch (error) {
      if (error instanceof RoomUnavailable) break
      if (!(error instanceof AgnerError)) throw error
      // The room has ended, or its node was lost: the next attempt finds it elsewhere, or starts it.
      if (error.code === 'call.timeout') break
    }
  }
  return { error: 'unavailable' }
}

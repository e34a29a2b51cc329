/**
 * A room as sessions and HTTP handlers see it.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { Down, Pid } from '@agner/core'
import type { Appended, Message } from '@agner-chat/database/api'

/** What a room sends to its sessions. */
export type FromRoom =
  /** `previous` is the message before it in the room, 0 for none: one that was not seen has to be read from the history first. */
  | { readonly type: 'message'; readonly message: Message; readonly previous: number }
  /** Some of the users who are there, in the order of the alphabet, and how many more there are. */
  | { readonly type: 'presence'; readonly users: readonly string[]; readonly more: number }
  /** Something may have been stored that the room did not see: read the history from where you are. */
  | { readonly type: 'resync' }

/** `unavailable`: not known to be stored. The same key makes it safe to try again. */
export type Posted = Appended | { readonly error: 'unavailable' }

export interface RoomApi {
  calls: {
    /** Answered when the message is on disk; by then every session of the room has been sent it. */
    post(message: { readonly user: string; readonly text: string; readonly key: string }): Posted
    /**
     * From the answer on the session gets what the room sends, until it ends. Who begins here, with no message, is told the newest one, 0 for none: whatever is
     * stored later comes after it. Null: the newest is not known. Then who begins here has not been let in, and has to ask again.
     */
    join(who: { readonly session: Pid<FromRoom>; readonly user: string; readonly begins: boolean }): number | null
  }
  info: Down | { readonly type: 'idle' } | { readonly type: 'recover' } | { readonly type: 'presence' }
}

export const room: Protocol<RoomApi> = protocol('@agner-chat/room')

/** The name of a room's process in the front group. */
export function roomProcessName(name: string): string {
  return `room/${name}`
}

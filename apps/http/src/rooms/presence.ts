/**
 * Who is in a room, and when its sessions are told.
 *
 *     comes, goes ──► all are told at once, if that was not so a moment ago
 *                     else all are told when the moment is over, once for all changes in it; who comes is told at once what it finds
 *
 * So a crowd that comes through the door costs each of those inside a few frames, not one for each of the others; and the moment is longer the more have
 * to be told. The list ends after some names, and says how many more there are.
 */
import type { AnyProcess, Pid, Process } from '@agner/core'
import type { FromRoom, RoomApi } from './room.api.ts'

/** Names in a frame; those of the others are only counted. */
export const listedUsers = 100
const leastMomentMs = 250
/** What a room sends to say who is there, beside one frame for each who comes. */
const framesPerSecond = 1000

export class Presence {
  /** How many sessions each has, in the order of coming. */
  readonly #users = new Map<string, number>()
  #toldMs = -Infinity
  #isDue = false

  came(self: Process<RoomApi['info']>, user: string, session: Pid<FromRoom>, sessions: Sessions): void {
    this.#users.set(user, (this.#users.get(user) ?? 0) + 1)
    if (!this.#changed(self, sessions)) self.send(session, this.#frame())
  }

  went(self: Process<RoomApi['info']>, user: string, sessions: Sessions): void {
    const left = (this.#users.get(user) ?? 0) - 1
    if (left > 0) this.#users.set(user, left)
    else this.#users.delete(user)
    this.#changed(self, sessions)
  }

  /** The moment is over. */
  tell(self: AnyProcess, sessions: Sessions): void {
    this.#isDue = false
    this.#toldMs = self.node.runtime.nowMs()
    const frame = this.#frame()
    for (const session of sessions.keys()) self.send(session, frame)
  }

  /** Whether all were told. */
  #changed(self: Process<RoomApi['info']>, sessions: Sessions): boolean {
    if (this.#isDue) return false
    const momentMs = Math.max(leastMomentMs, (sessions.size * 1000) / framesPerSecond)
    const leftMs = this.#toldMs + momentMs - self.node.runtime.nowMs()
    this.#isDue = leftMs > 0
    if (this.#isDue) self.sendAfter(Math.ceil(leftMs), self.pid, { type: 'presence' })
    else this.tell(self, sessions)
    return !this.#isDue
  }

  #frame(): FromRoom {
    const users = [...this.#users.keys().take(listedUsers)].sort()
    return { type: 'presence', users, more: this.#users.size - users.length }
  }
}

type Sessions = ReadonlyMap<Pid<FromRoom>, unknown>

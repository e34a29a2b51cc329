/**
 * Finds the process of a room, and starts it here when nobody has it.
 *
 * Two http nodes may start the same room at once: the name decides, and the loser's process ends before anyone has heard of it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import {
  defineDynamicSupervisor,
  startDynamicChild,
  terminateChild,
  type DynamicSupervisor,
  type ServerPid,
} from '@agner/behaviours'
import type { AnyPid, Node } from '@agner/core'
import type { Groups } from '@agner/groups'
import type { MessagesClient } from '@agner-chat/database/client'
import { defineRoom } from './room.ts'
import { roomProcessName, type RoomApi } from './room.api.ts'

/** The local name of the supervisor that rooms are started under. */
export const roomSupervisor = '@agner-chat/rooms'

const attempts = 40
const retryAfterMs = 25

/** The room's name could not be had in time. */
export class RoomUnavailable extends Error {
  constructor(name: string) {
    super(`the room ${name} could not be started: its name changes hands`)
  }
}

export class RoomDirectory {
  readonly #node: Node
  readonly #groups: Groups
  readonly #opening = new Map<string, Promise<AnyPid>>()
  /** Rooms are started under it, each with its name. */
  readonly supervisor: DynamicSupervisor<string, ServerPid<RoomApi> | null>

  constructor(node: Node, groups: Groups, messages: MessagesClient) {
    this.#node = node
    this.#groups = groups
    const Room = defineRoom(messages)
    this.supervisor = defineDynamicSupervisor({ children: Room.children({ restart: 'temporary' }) })
  }

  /** The process of a room, wherever it is. @throws RoomUnavailable; an AgnerError when the group has no member that decides. */
  open(name: string): Promise<AnyPid> {
    const known = this.#groups.whereis('front', roomProcessName(name))
    if (known !== undefined) return Promise.resolve(known)
    const opening = this.#opening.get(name) ?? this.#start(name).finally(() => this.#opening.delete(name))
    this.#opening.set(name, opening)
    return opening
  }

  async #start(name: string): Promise<AnyPid> {
    const pid = await startDynamicChild(this.#node, this.supervisor.at(roomSupervisor), name)
    for (let attempt = 1; pid !== null; attempt++) {
      if (await this.#groups.register(this.#node, 'front', roomProcessName(name), pid)) return pid
      const winner = this.#groups.whereis('front', roomProcessName(name))
      if (winner !== undefined || attempt === attempts) {
        await terminateChild(this.#node, roomSupervisor, pid)
        if (winner !== undefined) return winner
        break
      }
      // Whoever has the name is not known here yet, or is being forgotten by the one who decides.
      await pause(retryAfterMs)
    }
    throw new RoomUnavailable(name)
  }
}

/**
 * Finds the process of a room, and starts it here when nobody has it.
 *
 * Two http nodes may start the same room at once: the name decides, and the loser's process ends before anyone has heard of it.
 */
import { startChild, startSupervisor } from '@agner/behaviours'
import type { AnyPid, Node } from '@agner/core'
import type { Groups } from '@agner/groups'
import { defineRoom } from './room.ts'
import { roomProcessName } from './room.api.ts'


const attempts = 5

export class RoomDirectory {
  readonly #node: Node
  readonly #groups: Groups
  readonly #rooms: AnyPid
  readonly #Room: ReturnType<typeof defineRoom>
  readonly #opening = new Map<string, Promise<AnyPid>>()
  #started = 0

  private constructor(node: Node, groups: Groups, rooms: AnyPid) {
    this.#node = node
    this.#groups = groups
    this.#rooms = rooms
    this.#Room = defineRoom(() => groups.whereis('front', 'database'))
  }

  static async start(node: Node, groups: Groups): Promise<RoomDirectory> {
    const rooms = await startSupervisor(node, { strategy: 'oneForOne', intensity: 100, periodMs: 10_000, children: [] }, { name: '@agner-chat/rooms' })
    return new RoomDirectory(node, groups, rooms)
  }

  /** The process of a room, wherever it is. @throws what registering the name throws when the group has no member that decides. */
  open(name: string): Promise<AnyPid> {
    const known = this.#groups.whereis('front', roomProcessName(name))
    if (known !== undefined) return Promise.resolve(known)
    const opening = this.#opening.get(name) ?? this.#start(name).finally(() => this.#opening.delete(name))
    this.#opening.set(name, opening)
    return opening
  }

  async #start(name: string): Promise<AnyPid> {
    for (let attempt = 1; ; attempt++) {
      const pid = await startChild(this.#node, this.#rooms, this.#Room.child({ id: `${name}/${++this.#started}`, arg: name, restart: 'temporary' }))
      if (await this.#groups.register(this.#node, 'front', roomProcessName(name), pid)) return pid
      this.#node.sendExit(pid, 'kill')
      const winner = this.#groups.whereis('front', roomProcessName(name))
      if (winner !== undefined) return winner
      if (attempt === attempts) throw new Error(`the room ${name} could not be started: its name changes hands all the time`)
    }
  }

  async stop(): Promise<void> {
    this.#node.sendExit(this.#rooms, 'shutdown')
    await this.#node.exited(this.#rooms)
  }
}


/**
 * A database in memory, behind the gate that its clients ask. It can fall silent: what it stores then is not answered for, as when a node dies between the
 * commit and the answer. It can be away, it can refuse to store, and then there may be a copy that has only some of it.
 */
import { answer, defineServer, noreply, reply, startServer, type Server } from '@agner/behaviours'
import type { AnyPid, Node } from '@agner/core'
import { startGate } from '@agner/release'
import { database, type DatabaseApi, type Message } from '@agner-chat/database/api'
import { replica, type ReplicaApi } from '@agner-chat/database/log/replica'
import { startMessagesClient, type MessagesClient } from '@agner-chat/database/client'

export class MemoryDatabase {
  readonly stored: Message[] = []
  readonly #byKey = new Map<string, Message>()
  readonly messages: MessagesClient
  isSilent = false
  isAway = false
  /** Stores, and answers later. */
  holdsBack = false
  /** Messages of a page, whatever was asked for: long ones make short pages. */
  longestPage = Infinity
  readonly #heldBack: (() => void)[] = []
  isReadOnly = false
  /** Nobody serves, and there is a copy that has so many messages. */
  copied: number | null = null
  pid: AnyPid | null = null

  private constructor(messages: MessagesClient) {
    this.messages = messages
  }

  static async start(node: Node): Promise<MemoryDatabase> {
    const memory = new MemoryDatabase(await startMessagesClient({ node, nodes: [node.name] }))
    node.spawn(async (self) => {
      await startGate(self, {
        running: () => (memory.isAway || memory.copied !== null ? null : { token: 1, isHeld: () => true }),
      })
      await self.receive()
    })
    memory.pid = await startServer(node, memory.#define(), undefined, { name: database.module })
    await startServer(node, memory.#defineCopy(), undefined, { name: replica.module })
    return memory
  }

  /** Gives the answers that were held back. */
  letGo(): void {
    for (const give of this.#heldBack.splice(0)) give()
  }

  #define(): Server<DatabaseApi, void, null> {
    return defineServer(database, {
      init: (_: void): null => null,
      calls: {
        append: (state, { room, user, text, key }, { from }) => {
          if (this.isReadOnly) return reply({ error: 'readOnly' }, state)
          const known = key === null ? undefined : this.#byKey.get(key)
          const ok = known ?? { id: this.stored.length + 1, room, user, text, at: 'now' }
          if (known === undefined) this.stored.push(ok)
          if (key !== null) this.#byKey.set(key, ok)
          if (this.holdsBack) this.#heldBack.push(() => answer(from, { ok, previous: ok.id - 1 }))
          return this.isSilent || this.holdsBack ? noreply(state) : reply({ ok, previous: ok.id - 1 }, state)
        },
        history: (state, { after, limit }) => (this.isSilent ? noreply(state) : reply(this.#page(after, limit), state)),
        since: (state) => reply(this.stored, state),
        rooms: (state) => (this.isSilent ? noreply(state) : reply([], state)),
      },
      info: { write: (state) => noreply(state) },
    })
  }

  #page(after: number, limit: number): { messages: readonly Message[]; more: boolean } {
    const all = this.stored.filter(({ id }) => id > after)
    const messages = all.slice(0, Math.min(limit, this.longestPage))
    return { messages, more: messages.length < all.length }
  }

  #defineCopy(): Server<ReplicaApi, void, null> {
    const ignore = (): ReturnType<typeof noreply<null>> => noreply(null)
    const page = (after: number, limit: number): readonly Message[] =>
      this.stored
        .slice(0, this.copied ?? 0)
        .filter(({ id }) => id > after)
        .slice(0, limit)
    return defineServer(replica, {
      init: (_: void): null => null,
      calls: {
        look: (state) => reply({ error: 'notHere' }, state),
        byIds: (state) => reply([], state),
        history: (state, { after, limit }) => reply(page(after, limit), state),
        since: (state, { after, limit }) => reply(page(after, limit), state),
        rooms: (state) => reply([], state),
        rows: (state) => reply([], state),
        status: (state) => {
          const lastId = this.copied ?? 0
          return reply({ serves: this.copied === null ? 'nothing' : 'reads', isWhole: true, lastId }, state)
        },
      },
      info: {
        raftRole: ignore,
        raftApplied: ignore,
        synced: ignore,
        failed: ignore,
        fetched: ignore,
        fetch: ignore,
        write: ignore,
      },
    })
  }
}

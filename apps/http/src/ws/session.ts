/**
 * A session: one WebSocket's process.
 *
 *     browser ── {"text","key"} ──► session ── post ──► room
 *     browser ◄─ message, presence ── session ◄──────── room
 *
 * It belongs to a room and survives it: when the room's process ends, it joins the next one and sends what was stored meanwhile, from the last
 * message it had sent on. The socket is the session's own: it closes with the process, and the process ends with it.
 */
import { call } from '@agner/behaviours'
import type { Down, Process, Ref } from '@agner/core'
import type { Message } from '@agner-chat/database/api'
import type { MessagesClient } from '@agner-chat/database/client'
import type { RoomDirectory } from '../rooms/directory.ts'
import { post } from '../rooms/post.ts'
import { room, type FromRoom } from '../rooms/room.api.ts'
import { messageFor } from '../api/errors.ts'

export type FromSocket =
  | { readonly type: 'said'; readonly text: string; readonly key: string }
  | { readonly type: 'closed' }

export type SessionMessage = FromRoom | FromSocket | { readonly type: 'rejoin' } | Down

/** The browser's end, as the session uses it. */
export interface Outlet {
  /** False when the browser takes too little for too long. */
  send(message: object): boolean
  /** One of the messages that the browser said is dealt with. */
  took(): void
  close(): void
}

export interface SessionSettings {
  readonly room: string
  readonly user: string
  /** The last message that the browser has; null: only what comes from now on. */
  readonly after: number | null
  readonly rooms: Pick<RoomDirectory, 'open'>
  readonly messages: MessagesClient
  readonly outlet: Outlet
  /** Called for each message that the browser said and that is stored. */
  readonly stored: () => void
}

const rejoinAfterMs = 200
/** What was read from a copy, since nothing can be stored, is read again after this time: the copy may lack what was stored last. */
const rereadAfterMs = 2000
const page = 500
/** What comes meanwhile waits in the mailbox. */
const catchUpWithinMs = 2000

export function session(settings: SessionSettings): (self: Process<SessionMessage>) => Promise<void> {
  return async (self) => {
    self.own(settings.outlet)
    self.label(`session of ${settings.user} in ${settings.room}`)
    await new Session(self, settings).run()
  }
}

class Session {
  readonly #self: Process<SessionMessage>
  readonly #settings: SessionSettings
  /** The newest message that the browser has, or that was there before it came; null until that is known: it is in no room by then. */
  #lastId: number | null
  #resync: Ref | null = null

  constructor(self: Process<SessionMessage>, settings: SessionSettings) {
    this.#self = self
    this.#settings = settings
    this.#lastId = settings.after
  }

  async run(): Promise<void> {
    await this.#join()
    for (;;) {
      const message = await this.#self.receive()
      switch (message.type) {
        case 'message':
          if (this.#hasMissed(message.previous)) await this.#catchUp()
          else this.#deliver(message.message)
          break
        case 'presence':
          this.#push({ type: 'presence', users: message.users, more: message.more })
          break
        case 'resync':
          await this.#catchUp()
          break
        case 'said':
          await this.#say(message.text, message.key)
          this.#settings.outlet.took()
          break
        case 'down':
        case 'rejoin':
          await this.#join()
          break
        case 'closed':
          return
      }
    }
  }

  /** Joins first and reads the history then: what is posted in between comes twice, and is sent on once. */
  async #join(): Promise<void> {
    const { rooms, room: name, user } = this.#settings
    const begins = this.#lastId === null
    try {
      const pid = await this.#self.wait(rooms.open(name))
      const newest = await call(this.#self, room.at(pid), 'join', { session: this.#self.pid, user, begins })
      if (begins && newest === null) return this.#rejoin()
      this.#self.monitor(pid)
      if (begins) this.#lastId = newest
      else await this.#catchUp()
    } catch {
      this.#rejoin()
    }
  }

  #rejoin(): void {
    this.#self.sendAfter(rejoinAfterMs, this.#self.pid, { type: 'rejoin' })
  }

  /** Sends what was stored after the last message that the browser has. A database that is away leads to a later attempt. */
  async #catchUp(): Promise<void> {
    const { room, messages } = this.#settings
    while (this.#lastId !== null) {
      const wanted = { room, after: this.#lastId, limit: page }
      const found = await this.#self.wait(messages.history(this.#self, wanted, catchUpWithinMs))
      if (found === null) return this.#later()
      for (const message of found.found) this.#deliver(message)
      if (!found.more) return found.copyOf === null ? undefined : this.#later(rereadAfterMs)
    }
  }

  #later(afterMs = rejoinAfterMs): void {
    // One at a time, whatever else asks for it.
    if (this.#resync !== null) this.#self.cancelTimer(this.#resync)
    this.#resync = this.#self.sendAfter(afterMs, this.#self.pid, { type: 'resync' })
  }

  /**
   * Whether the room held something between what the browser has and a message: an answer of the database got lost, or another process was the room for
   * a moment. The message is not sent on then: the history has both, in order.
   */
  #hasMissed(previous: number): boolean {
    return this.#lastId !== null && previous > this.#lastId
  }

  /** In order and once: an older one has been sent already, or comes with the history. */
  #deliver(message: Message): void {
    if (this.#lastId !== null && message.id <= this.#lastId) return
    this.#lastId = message.id
    this.#push({ type: 'message', ...message })
  }

  async #say(text: string, key: string): Promise<void> {
    const { room: name, user, rooms } = this.#settings
    const posted = await this.#self.wait(post(this.#self, rooms, { room: name, user, text, key }))
    if ('ok' in posted) {
      this.#settings.stored()
      // Said before the room could be joined: what comes from now on begins with it.
      this.#lastId ??= posted.previous
      this.#push({ type: 'sent', key, message: posted.ok })
    } else this.#push({ type: 'error', key, error: messageFor(posted.error) })
  }

  #push(message: object): void {
    // A browser that does not read is let go; it comes back and reads the history.
    if (!this.#settings.outlet.send(message)) this.#self.exit('normal')
  }
}

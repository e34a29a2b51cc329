/** Who listens to which room of the single-process chat. */
import { WebSocket } from 'ws'
import type { Message } from './store.ts'

interface Listener {
  readonly socket: WebSocket
  readonly user: string
}

const unreadLimitBytes = 1024 * 1024

export class Rooms {
  readonly #rooms = new Map<string, Set<Listener>>()

  join(room: string, user: string, socket: WebSocket): void {
    const listeners = this.#rooms.get(room) ?? new Set()
    const listener = { socket, user }
    this.#rooms.set(room, listeners.add(listener))
    this.#presence(listeners)
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#rooms.delete(room)
      this.#presence(listeners)
    })
  }

  /** Written as text once for all who listen. */
  tell(message: Message): void {
    const listeners = this.#rooms.get(message.room)
    if (listeners !== undefined) this.#send(listeners, { type: 'message', ...message })
  }

  #presence(listeners: ReadonlySet<Listener>): void {
    this.#send(listeners, { type: 'presence', users: [...new Set([...listeners].map(({ user }) => user))].toSorted() })
  }

  #send(listeners: ReadonlySet<Listener>, told: object): void {
    const text = JSON.stringify(told)
    for (const { socket } of listeners) {
      if (socket.bufferedAmount > unreadLimitBytes) socket.terminate()
      else if (socket.readyState === WebSocket.OPEN) socket.send(text)
    }
  }
}

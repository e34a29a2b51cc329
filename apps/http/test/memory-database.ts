/**
 * A database in memory that can fall silent: what it stores then is not answered for, as when a node dies between the commit and the answer.
 */
import { defineServer, noreply, reply, type Server } from '@agner/behaviours'
import { database, type DatabaseApi, type Message } from '@agner-chat/database/api'

export interface Mood {
  silent: boolean
  readOnly?: boolean
}

export function defineMemoryDatabase(stored: Message[], mood: Mood): Server<DatabaseApi, void, null> {
  return defineServer(database, {
    init: (_: void): null => null,
    calls: {
      append: (state, { room, user, text }) => {
        if (mood.readOnly === true) return reply({ error: 'readOnly' }, state)
        const message = { id: stored.length + 1, room, user, text, at: 'now' }
        const previous = stored.at(-1)?.id ?? 0
        stored.push(message)
        return mood.silent ? noreply(state) : reply({ ok: message, previous }, state)
      },
      history: (state, { after, limit }) =>
        mood.silent ? noreply(state) : reply(stored.filter(({ id }) => id > after).slice(0, limit), state),
      since: (state) => reply(stored, state),
      rooms: (state) => (mood.silent ? noreply(state) : reply([], state)),
    },
    info: { write: (state) => noreply(state) },
  })
}

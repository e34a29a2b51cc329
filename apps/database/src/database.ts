/**
 * The database server: owns the messages of the chat.
 *
 *     room ── append ──► database       joins the batch; answered later
 *                        (next turn)    the whole batch in one synced transaction, then every answer, in order
 *
 * What arrives while a batch is written makes the next one, so one sync serves many writers. A batch that cannot be written is a crash:
 * nobody got an answer, the supervisor starts the server again, and retries with the same key are safe.
 */
import { answer, defineServer, noreply, reply, type From, type Server } from '@agner/behaviours'
import { database, type Appended, type DatabaseApi, type NewMessage } from './database.api.ts'
import { MessageStore } from './message-store.ts'

interface Waiting {
  readonly message: NewMessage
  readonly from: From<Appended>
}

export interface DatabaseState {
  readonly store: MessageStore
  /** Messages of the batch that will be written next. */
  readonly batch: Waiting[]
}

/** More than this is a smaller page than asked for, not an error. */
const pageLimit = 1000

export const Database: Server<DatabaseApi, string, DatabaseState> = defineServer(database, {
  version: '1.0.0',
  init: (file: string, { self }): DatabaseState => ({ store: self.own(new MessageStore(file)), batch: [] }),
  calls: {
    append: (state, message, { self, from }) => {
      // The first of a batch asks for it to be written once all that has arrived with it is in.
      if (state.batch.length === 0) self.send(self.pid, { type: 'write' })
      state.batch.push({ message, from })
      return noreply(state)
    },
    history: (state, { room, after, limit }) =>
      reply(state.store.history(room, after, Math.min(limit, pageLimit)), state),
    since: (state, { after, limit }) => reply(state.store.since(after, Math.min(limit, pageLimit)), state),
    rooms: (state) => reply(state.store.rooms(), state),
  },
  info: {
    write: (state) => {
      const { store, batch } = state
      const results = store.append(
        batch.map(({ message }) => message),
        new Date().toISOString(),
      )
      for (const [index, { from }] of batch.entries()) answer(from, results[index]!)
      return noreply({ store, batch: [] })
    },
  },
})

/**
 * The analytics server: reads new messages from the database and answers with figures.
 *
 * It pulls, once a second, what it has not counted yet. Nothing is lost when either side restarts, and nothing is counted twice, since the
 * position is the id of the last message. When the database is away the figures stay as they are.
 */
import { call, defineServer, noreply, reply, type Server } from '@agner/behaviours'
import type { AnyPid, AnyProcess } from '@agner/core'
import { database } from '@agner-chat/database/api'
import { analytics, type AnalyticsApi } from './analytics.api.ts'
import { FiguresStore } from './figures-store.ts'

const pullEveryMs = 1000
const pageSize = 1000

/** @param findDatabase where the database is now, if it is known. */
export function defineAnalytics(findDatabase: () => AnyPid | undefined): Server<AnalyticsApi, void, FiguresStore> {
  const pull = async (self: AnyProcess, store: FiguresStore): Promise<void> => {
    for (;;) {
      const pid = findDatabase()
      if (pid === undefined) return
      const messages = await call(self, database.at(pid), 'since', { after: store.upTo, limit: pageSize })
      await store.add(messages)
      if (messages.length < pageSize) return
    }
  }
  return defineServer(analytics, {
    version: '1.0.0',
    init: async (_: void, { self }): Promise<FiguresStore> => {
      self.send(self.pid, { type: 'pull' })
      return self.own(await FiguresStore.open())
    },
    calls: {
      figures: async (store) => reply(await store.figures(new Date().toISOString()), store),
    },
    info: {
      pull: async (store, _, { self }) => {
        try {
          await pull(self, store)
        } catch {
          // The database is away: the next pull goes on where this one began.
        }
        self.sendAfter(pullEveryMs, self.pid, { type: 'pull' })
        return noreply(store)
      },
    },
  })
}

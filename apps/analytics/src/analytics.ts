/**
 * The analytics server: reads new messages from the database and answers with figures.
 *
 * It pulls, once a second, what it has not counted yet. Nothing is lost when either side restarts, and nothing is counted twice, since the
 * position is the id of the last message. When the database is away the figures stay as they are.
 */
import { defineServer, noreply, reply, type Server } from '@agner/behaviours'
import type { AnyProcess } from '@agner/core'
import type { MessagesClient } from '@agner-chat/database/client'
import { analytics, type AnalyticsApi } from './analytics.api.ts'
import { FiguresStore } from './figures-store.ts'

const pullEveryMs = 1000
const pageSize = 1000
/** Questions about figures wait meanwhile. */
const pullWithinMs = 1000

export function defineAnalytics(messages: Pick<MessagesClient, 'since'>): Server<AnalyticsApi, void, FiguresStore> {
  const pull = async (self: AnyProcess, store: FiguresStore): Promise<void> => {
    for (;;) {
      const page = await messages.since(self, { after: store.upTo, limit: pageSize }, pullWithinMs)
      // The database is away: the next pull goes on where this one began.
      if (page === null) return
      await store.add(page.found)
      if (!page.more) return
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
        await pull(self, store)
        self.sendAfter(pullEveryMs, self.pid, { type: 'pull' })
        return noreply(store)
      },
    },
  })
}

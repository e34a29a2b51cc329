// visits.ts
import { defineServer, reply, type Server } from '@agner/behaviours'
import { visits, type VisitsApi } from './visits.api.ts'

/** Your database, whatever it is. */
export interface VisitStore {
  load(): Promise<Map<string, number>>
  save(page: string, count: number): Promise<void>
}

interface State {
  readonly store: VisitStore
  readonly counts: Map<string, number>
}

export const Visits: Server<VisitsApi, VisitStore, State> = defineServer(visits, {
  init: async (store: VisitStore): Promise<State> => ({ store, counts: await store.load() }),
  calls: {
    visit: async (state, page) => {
      const count = (state.counts.get(page) ?? 0) + 1
      await state.store.save(page, count)
      state.counts.set(page, count)
      return reply(count, state)
    },
    count: (state, page) => reply(state.counts.get(page) ?? 0, state),
  },
})

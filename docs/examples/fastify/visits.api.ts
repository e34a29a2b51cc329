// visits.api.ts
import { protocol, type Protocol } from '@agner/behaviours'

export interface VisitsApi {
  calls: {
    /** Counts a visit of a page; answered with the new count once that is stored. */
    visit(page: string): number
    count(page: string): number
  }
}

export const visits: Protocol<VisitsApi> = protocol('@acme/visits', { timeoutMs: 2000 })

/**
 * What the front may ask of the back, over the node that is in both groups.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { Figures } from '@agner-chat/analytics/api'
import type { Report } from '@agner-chat/reporting/api'

/** `unavailable`: the service in the back does not answer at present. */
export type Relayed<T> = { readonly ok: T } | { readonly error: 'unavailable' }

export interface GatewayApi {
  calls: {
    figures(): Relayed<Figures>
    report(): Relayed<Report>
  }
}

export const gateway: Protocol<GatewayApi> = protocol('@agner-chat/gateway')

/**
 * The gateway: passes questions of the front on to the back, and the answers back.
 *
 * Front and back have no connections to each other's nodes; this process is in both. It answers each question when its own answer
 * comes, so that a service that hangs holds up nobody else's.
 */
import { answer, call, defineServer, noreply, type From, type Server } from '@agner/behaviours'
import type { AnyPid } from '@agner/core'
import type { Groups } from '@agner/groups'
import { analytics } from '@agner-chat/analytics/api'
import { reporting } from '@agner-chat/reporting/api'
import { gateway, type GatewayApi, type Relayed } from './gateway.api.ts'

const askTimeoutMs = 1500

export function defineGateway(groups: Groups): Server<GatewayApi, void, null> {
  const relay = <T>(name: string, from: From<Relayed<T>>, ask: (pid: AnyPid) => Promise<T>): void => {
    const pid = groups.whereis('back', name)
    if (pid === undefined) return answer(from, { error: 'unavailable' })
    void ask(pid).then(
      (ok) => answer(from, { ok }),
      () => answer(from, { error: 'unavailable' }),
    )
  }
  return defineServer(gateway, {
    version: '1.0.0',
    init: (_: void): null => null,
    calls: {
      figures: (state, _, { self, from }) => {
        relay('analytics', from, (pid) =>
          call(self, analytics.at(pid), 'figures', undefined, { timeoutMs: askTimeoutMs }),
        )
        return noreply(state)
      },
      report: (state, _, { self, from }) => {
        relay('reporting', from, (pid) =>
          call(self, reporting.at(pid), 'report', undefined, { timeoutMs: askTimeoutMs }),
        )
        return noreply(state)
      },
    },
  })
}

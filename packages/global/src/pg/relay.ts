/**
 * The relay of a scope: hands what other nodes broadcast to the members of its node. One message comes for all of them, whatever their number.
 *
 * What one process broadcasts arrives in the order in which it did so: it goes to one relay, over one connection, and from there to each
 * member. A relay that dies loses what waits for it, and nothing else.
 */
import type { CallbackBody } from '@agner/core'
import type { LocalScope } from './local.ts'
import { readDelivery } from './messages.ts'

export function relayBody(scope: LocalScope, name: string): CallbackBody<unknown, null> {
  return {
    name: `${name}: relay`,
    init: () => null,
    message: (self, message) => {
      const delivery = readDelivery(message)
      if (delivery === null) {
        scope.counts.refused++
        return null
      }
      scope.counts.broadcastsDelivered++
      for (const pid of scope.table.localBag(delivery.group)?.processes() ?? [])
        self.send(pid as never, delivery.message as never)
      return null
    },
  }
}

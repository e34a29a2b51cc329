/**
 * Requests whose answers are waited for later, calls to many nodes, and how calls fail (gen_server's client side).
 */
import { known, verified, type Item } from './item.ts'

export const requests: readonly Item[] = [
  verified('G03', 'a call that is late leaves nothing'),
  verified('G04', 'how calls fail', { left: 'a node that is lost: needs a second node' }),
  known('G05', 'an answer that raced in wins over the timeout', {
    notCovered: 'a race that Erlang decides by luck; packages/core/test/requests.test.ts tries it under every schedule',
  }),
  known('G06', 'no second connection for one call', { notCovered: 'needs a second node' }),
  verified('G08', 'requests whose answers are waited for later'),
  verified('G09', 'collections of requests'),
  verified('S13', 'one call to many nodes', {
    left: 'more than one node that answers: packages/behaviours/test/many.test.ts',
  }),
  verified('S14', 'one cast to many nodes'),
]

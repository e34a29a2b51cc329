/**
 * Requests whose answers are waited for later, calls to many nodes, and how calls fail (gen_server's client side).
 */
import { known, verified, type Item } from './item.ts'

export const requests: readonly Item[] = [
  verified('G03', 'a call that is late leaves nothing'),
  verified('G04', 'how calls fail'),
  known('G05', 'an answer that raced in wins over the timeout', {
    left: 'the race itself, which Erlang decides by luck: packages/core/test/requests.test.ts tries it under every schedule',
  }),
  known('G06', 'no second connection for one call', {
    notCovered: 'of the connection that a call makes there is nothing to see from outside',
  }),
  verified('G08', 'requests whose answers are waited for later'),
  verified('G09', 'collections of requests'),
  verified('S13', 'one call to many nodes'),
  verified('S14', 'one cast to many nodes'),
]

/**
 * The logger.
 */
import { known, type Item } from './item.ts'

export const logging: readonly Item[] = [
  known('O01', 'levels and filters of the logger and of its handlers'),
  known('O02', 'levels of modules and applications'),
  known('O03', 'filters and handlers that fail'),
  known('O04', 'metadata: primary, of the process, of the event'),
  known('O05', 'formatting of texts and reports'),
  known('O06', 'protection from overload', {
    left: 'how long a client waits, and memory: see packages/behaviours/test/logger-overload.test.ts',
  }),
  known('O07', 'logging happens in the client', { left: 'group leaders on other nodes: have no meaning here' }),
]

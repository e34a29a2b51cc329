/**
 * The 25 semantics that naive clones get wrong.
 */
import { known, type Item } from './item.ts'

export const naive: readonly Item[] = [
  known('9.1', 'late replies'),
  known('9.2', 'noconnection', { left: 'lost connections: need a second node' }),
  known('9.3', 'the unlink race'),
  known('9.4', 'kill and killed'),
  known('9.5', 'normal'),
  known('9.6', 'signal order'),
  known('9.7', 'resources before notifications'),
  known('9.8', 'demonitor, and links as a set'),
  known('9.20', 'selective receive and after 0'),
  known('9.21', 'handlers are isolated in gen_event'),
  known('9.22', 'dead code keeps running'),
  known('9.23', 'applications', { left: 'takeover: distributed applications' }),
]

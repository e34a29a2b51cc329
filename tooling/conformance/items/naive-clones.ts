/**
 * The 25 semantics that naive clones get wrong.
 */
import { known, type Item } from './item.ts'

export const naive: readonly Item[] = [
  known('9.1', 'late replies'),
  known('9.2', 'noconnection'),
  known('9.3', 'the unlink race'),
  known('9.4', 'kill and killed'),
  known('9.5', 'normal'),
  known('9.6', 'signal order'),
  known('9.7', 'resources before notifications'),
  known('9.8', 'demonitor, and links as a set'),
  known('9.9', 'a start waits for init'),
  known('9.10', 'the exit of the parent'),
  known('9.11', 'terminate'),
  known('9.12', 'timeouts, and continue'),
  known('9.13', 'restart intensity'),
  known('9.14', 'a restart that fails'),
  known('9.15', 'shutdown escalation'),
  known('9.16', 'transient, temporary, significant'),
  known('9.17', 'postpone order'),
  known('9.18', 'state timers'),
  known('9.19', 'zero timers and state enter'),
  known('9.20', 'selective receive and after 0'),
  known('9.21', 'handlers are isolated in gen_event'),
  known('9.22', 'dead code keeps running'),
  known('9.23', 'applications', { left: 'takeover: distributed applications' }),
  known('9.24', 'names of all nodes under partition, and process groups'),
  known('9.25', 'nodes that come and go', {
    left: 'ticks and the wall clock: the tests of distribution try them',
  }),
]

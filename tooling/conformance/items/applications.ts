/**
 * Applications.
 */
import { known, verified, type Item } from './item.ts'

export const applications: readonly Item[] = [
  known('A01', 'the keys of an application; load, unload', { left: 'runtime_dependencies: packages have them' }),
  verified('A02', 'dependencies: start, ensure_started, ensure_all_started', {
    left: 'the concurrent mode (26): Agner has tests of it',
  }),
  verified('A03', 'permanent, transient and temporary'),
  verified('A04', 'stop never affects others'),
  verified('A05', 'the order of a stop'),
  verified('A06', 'a start that fails'),
  verified('A07', 'start phases'),
  known('A08', 'included applications'),
  known('A09', 'the environment', { left: 'files and the command line: the program reads those' }),
  known('A10', 'the node stops its applications in reverse'),
  known('A11', 'the controller survives crashes'),
  known('D01', 'an application has nodes, some of them equal', { left: 'a table that changes while it is in force' }),
  known('D02', 'a node waits for others before it begins'),
  verified('D03', 'one node starts what all are told to start'),
  verified('D04', 'failover: another node starts it, after a time'),
  verified('D05', 'a node that is back in time starts it again'),
  verified('D06', 'takeover: the new one is up before the old one stops'),
  known('D07', 'takeover by hand, and permissions'),
  known('D08', 'a stop is for one node'),
]

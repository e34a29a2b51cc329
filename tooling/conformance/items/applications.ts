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
]

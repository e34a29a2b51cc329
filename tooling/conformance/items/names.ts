/**
 * Names for all nodes, groups of nodes, groups of processes.
 */
import { known, verified, type Item } from './item.ts'

export const names: readonly Item[] = [
  verified('K01', 'only own processes join, and leave as often'),
  verified('K02', 'members of all nodes; an empty group does not exist'),
  known('K03', 'scopes are apart; one that restarts has lost its own members'),
  known('K04', 'a death ends all memberships'),
  verified('K05', 'process groups under partition'),
  known('K06', 'process groups are monitored without a gap'),
  known('K07', "pg's messages between nodes", { notCovered: 'the wire is our own: docs/differences.md' }),
]

/**
 * Names for all nodes, groups of nodes, groups of processes.
 */
import { known, verified, type Item } from './item.ts'

export const names: readonly Item[] = [
  verified('B01', 'a name is known on all nodes at once, or not given'),
  verified('B02', 'a process has one global name'),
  verified('B03', 'names go with processes and nodes, and over to others'),
  known('B04', 'a name gives its old owner until the death is noticed', {
    notCovered: 'how long that is, is chance; on the node of the process the name goes first of all',
  }),
  verified('B05', 'locks, and transactions'),
  known('B06', 'hidden nodes have names of their own'),
  verified('B07', 'a conflict after a heal is resolved once'),
  known('B08', 'notifying resolve functions, and those that fail'),
  known('B09', 'those who come know all names after a sync'),
  verified('B10', 'a lost connection of two, and the third'),
  known('B11', 'a visible node that does not speak global', {
    notCovered: 'nodes of Erlang do not connect to nodes of ours: docs/differences.md',
  }),
  known('B12', 'many nodes die at once'),
  known('R01', 'groups of nodes', {
    notCovered:
      'groups are made and changed while nodes run, by agreement: docs/differences.md; packages/groups/test tries them',
  }),
  known('R02', 'configurations of groups that differ', {
    notCovered: "a group's log says who is in it, and no file: packages/groups/test tries members with other tables",
  }),
  verified('K01', 'only own processes join, and leave as often'),
  verified('K02', 'members of all nodes; an empty group does not exist'),
  known('K03', 'scopes are apart; one that restarts has lost its own members'),
  known('K04', 'a death ends all memberships'),
  verified('K05', 'process groups under partition'),
  known('K06', 'process groups are monitored without a gap'),
  known('K07', "pg's messages between nodes", { notCovered: 'the wire is our own: docs/differences.md' }),
]

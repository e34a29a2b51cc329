/**
 * Nodes: who connects to whom, who is told, and what a node that is not there does to processes.
 */
import { verified, type Item } from './item.ts'

export const distribution: readonly Item[] = [
  verified('N05', 'connections that make themselves, or not'),
  verified('N06', 'connections are transitive by global'),
  verified('N07', 'nodes of each kind'),
  verified('N08', 'a cookie for each peer'),
  verified('N23', 'a node is monitored by its name, counted'),
  verified('N24', 'all nodes are monitored, with options'),
  verified('N25', 'why a node went', {
    left: 'reasons that need a network that fails, or a node that stops: packages/distribution/test tries them',
  }),
  verified('N26', 'nodeup comes first, nodedown last'),
  verified('N30', 'processes on a node that is not there'),
  verified('N32', 'links, monitors and exits to a node that is not there'),
  verified('N33', 'names that nobody has on another node'),
  verified('N34', 'a lost connection fires every monitor; a new one works'),
  verified('N35', 'a call ends with its connection'),
]

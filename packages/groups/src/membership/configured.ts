/**
 * Groups of the configuration, and what a group has to look like at all.
 */
import { groupsError } from '../errors.ts'
import type { Consistency, GroupView } from './view.ts'

const longestName = 64

/** As a node may be called. */
const nodeName = /^[^@\s]{1,120}@[^@\s]{1,120}$/

/** Names are well-formed: others become other names on their way to other nodes. @throws `groups.bad_group` */
export function checkGroup(group: string, nodes: readonly string[]): void {
  const wellFormed =
    typeof group === 'string' &&
    group !== '' &&
    group.length <= longestName &&
    group.isWellFormed() &&
    Array.isArray(nodes) &&
    nodes.every((name) => typeof name === 'string' && nodeName.test(name) && name.isWellFormed()) &&
    new Set(nodes).size === nodes.length
  if (!wellFormed) throw groupsError('groups.bad_group', { group })
}

/** The id of a configured group: the same on every node, without a word between them. */
export function configuredId(group: string): string {
  return `configured/${group}`
}

/** What the configuration says, as the view that every later one is newer than. @throws `groups.bad_group` */
export function configuredView(
  name: string,
  given: readonly string[] | { readonly nodes: readonly string[]; readonly mode?: Consistency },
): GroupView {
  if (typeof given !== 'object' || given === null) throw groupsError('groups.bad_group', { group: name })
  const { nodes, mode = 'merge' } = 'nodes' in given ? given : { nodes: given }
  checkGroup(name, nodes)
  if (mode !== 'merge' && mode !== 'agree')
    throw groupsError('groups.bad_option', { option: `groups.${name}.mode`, wanted: "'merge' or 'agree'" })
  return { name, id: configuredId(name), mode, generation: 0, epoch: 0, founding: '', nodes, isDeleted: false }
}

/** What a change makes of a configuration, or why it must not be. Pure. */
import type { Change, Configuration, Refusal } from './interface.ts'

/**
 * One member at a time: then each majority before the change and each after it have a member in common.
 *
 * A learner may become a voter and a voter a learner. A witness stays what it is, and nobody becomes one: it has not the state that a voter has.
 */
export function changed(configuration: Configuration, change: Change): Configuration | Refusal {
  const known = configuration.find((member) => member.id === change.id)
  if (change.type === 'add') {
    const { id, role } = change
    if (known === undefined) return [...configuration, { id, role }]
    if (known.role === role) return { why: 'is_member' }
    if (known.role === 'witness' || role === 'witness') return { why: 'other_role' }
    return guarded(configuration.map((member) => (member.id === id ? { id, role } : member)))
  }
  if (known === undefined) return { why: 'no_such_member' }
  return guarded(configuration.filter((member) => member.id !== change.id))
}

/** Witnesses cannot go on without somebody who leads. */
function guarded(configuration: Configuration): Configuration | Refusal {
  return configuration.some((member) => member.role === 'voter') ? configuration : { why: 'last_voter' }
}

export function isRefusal(result: Configuration | Refusal): result is Refusal {
  return 'why' in result
}

/**
 * Which kind of names a group has: by its mode. Those of free nodes are of the merging kind.
 */
import { configuredView } from '../membership/configured.ts'
import type { Membership } from '../membership/membership.ts'
import type { OwnGroup } from '../membership/own-group.ts'
import type { GroupView } from '../membership/view.ts'
import { AgreeNames } from './agree-names.ts'
import type { GroupNames } from './group-names.ts'
import { MergeNames } from './merge-names.ts'

/** The names of a group that this node is in. */
export function namesOf(membership: Membership, own: OwnGroup, view: GroupView): GroupNames {
  const { node, settings, edges } = membership
  if (view.mode === 'merge') {
    const scope = view.id === configuredView(view.name, []).id ? `group/${view.name}` : `group/${view.name}/${view.id}`
    const connected = (): string[] => edges.connected().filter((other) => own.view?.nodes.includes(other) === true)
    return MergeNames.start(node, { scope, connected })
  }
  return new AgreeNames({
    node,
    group: view.name,
    timeoutMs: settings.times.timeoutMs,
    withdrawAfterMs: settings.times.graceMs,
    limit: settings.limits.namesPerGroup,
    log: () => own.log,
    view: () => own.view,
    incarnation: (name) => membership.peers.get(name)?.keeper.incarnation ?? null,
    acknowledged: (name) => {
      const { log } = own
      const id = membership.memberId(name, log?.name)
      return log?.status?.followers.find((follower) => follower.id === id)?.match ?? 0
    },
  })
}

/** The names of free normal nodes. */
export function freeNames(membership: Membership): MergeNames {
  const connected = (): string[] =>
    [...membership.peers].filter(([, { free }]) => free === 'normal').map(([name]) => name)
  return MergeNames.start(membership.node, { scope: 'free', connected })
}

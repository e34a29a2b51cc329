/**
 * What has to be done about the log of a group by and by: by its leader, or by everybody when it has none.
 */
import type { Membership } from './membership.ts'
import { endedKey, type OwnGroup, type Seat } from './own-group.ts'
import { deadOf, foundConfigured, nodeOf, refound } from './founding.ts'
import { account, nextChange } from './roster.ts'

/** Entries that a learner may lack and still be given a vote. */
const nearEnough = 64

/** Looks at what was applied, and does what comes next. Harmless however often. */
export function manage(membership: Membership, own: OwnGroup): void {
  for (const log of [own.pending?.log, own.log]) {
    const view = log?.state?.view ?? null
    if (view !== null) membership.learn(view, null)
  }
  if (membership.byId(own.id) !== own) return
  membership.logEnded(own)
  own.names?.applied?.()
  const { pending } = own
  if (pending !== null && pending.log.isLeader && pending.log.state?.view === null)
    pending.log.propose({ type: 'found', genesis: pending.genesis, claims: pending.claims })
  lead(membership, own)
}

/** If this node leads the log: the voters follow the members, one change at a time. */
export function lead(membership: Membership, seat: Seat): void {
  const { log, view } = seat
  const status = log?.status ?? null
  if (log === null || view === null || status === null || !log.isLeader || view.isDeleted || seat.isChanging) return
  const change = nextChange({
    self: log.memberId,
    nodes: view.nodes,
    configuration: status.members,
    present: presentIn(membership, seat, log.name),
    isCaughtUp: (id) =>
      id === log.memberId || status.followers.some((each) => each.id === id && each.lag <= nearEnough),
    nodeOf,
  })
  if (change === null) return
  seat.isChanging = true
  void log.change(change, view.nodes, membership.settings.times.askMs).finally(() => {
    seat.isChanging = false
    if (change.type === 'remove') membership.tell(nodeOf(change.id), 'released', { log: log.name })
    // The next one: what has come of this one shows in the log.
    if (membership.keeper !== null)
      membership.node.send(membership.keeper as never, { type: 'log', log: log.name } as never)
  })
}

/** Members and voters that are there, with the ids of their present lives. */
function presentIn(membership: Membership, { view, log, ended }: Seat, name: string): Map<string, string> {
  const present = new Map<string, string>()
  for (const { id } of log?.status?.members ?? []) {
    const living = membership.memberId(nodeOf(id))
    if (living !== null) present.set(nodeOf(id), living)
  }
  for (const node of view?.nodes ?? []) {
    const id = membership.memberId(node)
    if (id !== null && !ended.has(endedKey(name, id))) present.set(node, id)
  }
  return present
}

/** What time brings about: foundings, their end, and a log that has no leader and never will. */
export function tend(membership: Membership, own: OwnGroup): void {
  manage(membership, own)
  if (membership.byId(own.id) !== own) return
  const nowMs = membership.node.monotonicTimeMs()
  const { pending } = own
  if (pending !== null && nowMs - pending.sinceMs >= membership.settings.times.pendingMs) membership.drop(own)
  if (membership.byId(own.id) !== own) return
  foundConfigured(membership, own)
  recover(membership, own, nowMs)
}

function recover(membership: Membership, own: OwnGroup, nowMs: number): void {
  const status = own.log?.status ?? null
  const { log } = own
  if (log === null || status === null || own.pending !== null) return
  if (status.leader !== null) own.ledAtMs = nowMs
  if (nowMs - own.ledAtMs < membership.settings.times.leaderlessMs) return
  const living = new Set(
    status.members
      .map(({ id }) => id)
      .filter((id) => membership.memberId(nodeOf(id)) === id && !own.ended.has(endedKey(log.name, id))),
  )
  const accounting = account(status.members, living, deadOf(membership, own, status.members))
  if (accounting.type === 'wait') return
  const first = accounting.living.toSorted()[0]
  if (first === log.memberId) void refound(membership, own, false)
}

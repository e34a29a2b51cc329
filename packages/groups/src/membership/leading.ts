/**
 * What has to be done about the log of a group by and by: by its leader, or by everybody when it has none.
 */
import type { Membership } from './membership.ts'
import type { OwnGroup, Seat } from './own-group.ts'
import { foundConfigured, nodeOf } from './founding.ts'
import { account, nextChange } from './roster.ts'
import type { GroupView } from './view.ts'
import { deadOf, refound, promiseMs } from './refounding.ts'

/** How long one of those who might found the next generation tries, with time for the others to forget it. */
const turnMs = 1.5 * promiseMs
/** Entries that a learner may lack and still be given a vote. */
const nearEnough = 64

/** Looks at what was applied, and does what comes next. Harmless however often. */
export function manage(membership: Membership, own: OwnGroup): void {
  for (const log of [own.pending?.log, own.log]) {
    const view = log?.state?.view ?? null
    if (view !== null) membership.learn(view, null)
  }
  if (membership.byId(own.id) !== own) return
  own.names?.applied?.()
  const { pending } = own
  if (pending !== null && pending.log.isLeader && pending.log.state?.view === null)
    pending.log.propose({ type: 'found', genesis: pending.genesis, claims: pending.claims })
  removeDeclined(own)
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
    present: presentIn(membership, seat),
    isCaughtUp: (id) =>
      id === log.memberId ||
      status.followers.some((each) => each.id === id && each.match > 0 && each.lag <= nearEnough),
    nodeOf,
  })
  if (change === null) return
  seat.isChanging = true
  void log.change(change, view.nodes, membership.settings.times.askMs).then((isDone) => {
    seat.isChanging = false
    // What was refused would be so again at once: it waits for the next tick.
    if (!isDone) return
    if (change.type === 'remove') membership.tell(nodeOf(change.id), 'released', { log: log.name })
    // The next one: what has come of this one shows in the log.
    if (membership.keeper !== null)
      membership.node.send(membership.keeper as never, { type: 'log', log: log.name } as never)
  })
}

/** Members and voters that are there, with the ids of their present lives. */
function presentIn(membership: Membership, { view, log }: Seat): Map<string, string> {
  const present = new Map<string, string>()
  const voting = log?.status?.members.map(({ id }) => nodeOf(id)) ?? []
  for (const node of [...voting, ...(view?.nodes ?? [])]) {
    const id = membership.memberId(node, log?.name)
    if (id !== null) present.set(node, id)
  }
  return present
}

/** What time brings about: foundings, their end, and a log that has no leader and never will. */
export function tend(membership: Membership, own: OwnGroup): void {
  membership.logs.renew(own)
  manage(membership, own)
  if (membership.byId(own.id) !== own) return
  const nowMs = membership.node.monotonicTimeMs()
  const { pending } = own
  if (pending !== null && nowMs - pending.sinceMs >= membership.settings.times.pendingMs) membership.drop(own)
  if (membership.byId(own.id) !== own) return
  foundConfigured(membership, own)
  recover(membership, own, nowMs)
}

/** A member says that it is none. Whoever leads has it removed. */
export function decline(membership: Membership, own: OwnGroup, node: string): void {
  own.declined.add(node)
  manage(membership, own)
}

function removeDeclined({ log, view, declined }: OwnGroup): void {
  const remove = view?.nodes.filter((node) => declined.has(node)) ?? []
  if (remove.length > 0 && log?.isLeader === true) log.propose({ type: 'change', add: [], remove })
  else if (remove.length === 0) declined.clear()
}

/** A log without a leader, and perhaps without a hope of one: the first of those that are there finds out. */
function recover(membership: Membership, own: OwnGroup, nowMs: number): void {
  const { log, view, pending } = own
  if (view === null || view.generation === 0 || pending !== null) return
  const status = log?.status ?? null
  if (status !== null && status.leader !== null) own.ledAtMs = nowMs
  if (nowMs - own.ledAtMs < membership.settings.times.leaderlessMs) return
  if (log === null || status === null || status.members.length === 0) return recoverWithout(membership, own, view)
  const living = new Set(
    status.members.map(({ id }) => id).filter((id) => membership.memberId(nodeOf(id), log.name) === id),
  )
  const accounting = account(status.members, living, deadOf(membership, own, status.members))
  if (accounting.type === 'wait') return
  // They take turns, the first of them first, since they may see it differently; a turn is longer than what was promised in the one before is kept.
  const sinceMs = nowMs - own.ledAtMs - membership.settings.times.leaderlessMs
  const turn = Math.floor(sinceMs / turnMs) % accounting.living.length
  const isOwn = accounting.living.toSorted()[turn] === log.memberId
  if (isOwn && sinceMs % turnMs < turnMs - promiseMs) void refound(membership, own, false)
}

/** This node has a view of the group, and no log: when all members are there, and none has one, the first of them founds the next. Those who say that they are none are not waited for. */
function recoverWithout(membership: Membership, own: OwnGroup, { nodes }: GroupView): void {
  const left = nodes.filter((node) => !own.declined.has(node))
  const first = left.toSorted()[0]
  if (first === membership.node.name && left.every((node) => membership.memberId(node) !== null))
    void refound(membership, own, false)
}

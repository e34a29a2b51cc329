/**
 * What two nodes tell each other when they are connected: who they are, and which groups they are in.
 */
import { logNameOf } from './group-log.ts'
import type { Membership } from './membership.ts'
import type { Hello } from './protocol.ts'
import { isMember, type GroupView } from './view.ts'

export function sayHello(membership: Membership, node: string, wantsAnswer: boolean): void {
  const { keeper, own, logs, edges, freeKind } = membership
  if (keeper === null) return
  const shared: GroupView[] = []
  const others: GroupView[] = []
  const lives: Record<string, number> = {}
  for (const { view } of own.values()) {
    if (view === null) continue
    const list = isMember(view, node) ? shared : others
    list.push(view)
    const life = logs.life(logNameOf(view))
    if (life !== undefined) lives[logNameOf(view)] = life
  }
  membership.tell(node, 'hello', {
    keeper,
    free: freeKind,
    isForGroups: edges.isForGroups(node),
    shared,
    others,
    lives,
    freeNodes: freeKind === 'normal' ? membership.freeNodes().filter((each) => each !== node) : [],
    wantsAnswer,
  })
}

export function heardHello(membership: Membership, hello: Hello): void {
  const { keeper, free, isForGroups, shared, others, lives, freeNodes, wantsAnswer } = hello
  const { node } = keeper
  if (!membership.edges.isConnected(node)) return
  const before = membership.peers.get(node)
  // It says how it stands with groups that it is in. What it has said of others stays so, as long as it is the same node.
  const known = before?.keeper.incarnation === keeper.incarnation ? before.lives : membership.logs.livesOfPeer()
  for (const [log, life] of Object.entries(lives)) known.set(log, life)
  membership.peers.set(node, { keeper, free, lives: known })
  membership.changed()
  if (isForGroups) membership.edges.toldForGroups(node)
  membership.knowledge.hear([...shared, ...others])
  for (const view of shared) membership.learn(view, node)
  // It may count on a vote that is no more, also of one that has left.
  for (const view of [...shared, ...others]) membership.logs.tellLife(node, logNameOf(view))
  if (wantsAnswer) sayHello(membership, node, false)
  if (free === 'normal' && membership.freeKind === 'normal') membership.metFree(node, freeNodes)
  membership.candidate(node)
}

/** One free neighbour hears now and then whom this node is meshed with, so that a mesh with a hole closes. */
export function spreadFree(membership: Membership): void {
  const free = membership.freeNodes()
  const chosen = free[Math.floor(membership.node.runtime.random() * free.length)]
  if (chosen === undefined || free.length < 2) return
  membership.tell(
    chosen,
    'free',
    free.filter((node) => node !== chosen),
  )
}

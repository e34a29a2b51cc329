/**
 * Starting the groups of a node, and ending them: their membership, the keeper that speaks for it, and what reaches beyond them.
 */
import { startServer } from '@agner/behaviours'
import type { Node } from '@agner/core'
import { setLongTimer } from '@agner/core/kernel'
import type { Distribution } from '@agner/distribution'
import type { Groups, GroupsOptions } from './groups-interface.ts'
import { NodeGroups } from './groups.ts'
import { configuredView } from './membership/configured.ts'
import { sayHello } from './membership/greeting.ts'
import { defineKeeper } from './membership/keeper.ts'
import { Membership } from './membership/membership.ts'
import { keeperProtocol } from './membership/protocol.ts'
import type { GroupView } from './membership/view.ts'
import { freeNames, namesOf } from './names/kinds.ts'
import { MergeNames } from './names/merge-names.ts'
import { startReach, type ReachWorld, type RunningReach } from './reach.ts'
import { checkReach } from './reach-options.ts'
import { toSettings, type Settings } from './settings.ts'

/**
 * Starts the groups of a node, once; after `stop`, again. Rejects as it throws, and whatever it had begun is undone then.
 *
 * @throws `groups.bad_group`, `groups.bad_option`, `groups.too_many`; `start.already_started` if they run on this node already
 */
export async function startGroups(
  node: Node,
  distribution: Distribution,
  options: GroupsOptions = {},
): Promise<Groups> {
  const settings = toSettings(options)
  checkReach(node.name, options)
  const views = Object.entries(options.groups ?? {}).map(([name, given]) => configuredView(name, given))
  // Those that were stopped may not have ended yet, and have the names that these will have.
  await endings.get(node)
  const started = new Start(node, distribution, settings, options)
  try {
    return await started.run(views)
  } catch (error) {
    await started.stop()
    throw error
  }
}

/** For each node the groups on it that are ending. */
const endings = new WeakMap<Node, Promise<unknown>>()

class Start {
  readonly #node: Node
  readonly #distribution: Distribution
  readonly #options: GroupsOptions
  readonly #membership: Membership
  #free: MergeNames | null = null
  #reach: RunningReach | null = null

  constructor(node: Node, distribution: Distribution, settings: Settings, options: GroupsOptions) {
    const membership: Membership = new Membership({
      node,
      distribution,
      settings,
      makeNames: (own, view) => namesOf(membership, own, view),
      freed: (isFree) => this.#freed(isFree),
      metFree: (other) => this.#free?.candidate(other),
    })
    this.#node = node
    this.#distribution = distribution
    this.#options = options
    this.#membership = membership
  }

  async run(views: readonly GroupView[]): Promise<Groups> {
    const membership = this.#membership
    for (const view of views) membership.knowledge.configure(view)
    const mine = views.filter((view) => view.nodes.includes(this.#node.name))
    for (const view of mine) membership.learn(view, null)
    if (mine.length === 0) this.#freed(true)
    // Names can be given from the first moment on.
    for (const { names } of membership.own.values()) if (names instanceof MergeNames) await names.ready
    await startKeeper(membership)
    this.#reach = startReach(this.#node, this.#distribution, worldOf(membership), this.#options)
    return new NodeGroups(
      membership,
      () => this.#free,
      this.#reach,
      () => void this.stop(),
    )
  }

  #freed(isFree: boolean): void {
    const membership = this.#membership
    // Nobody would stop names that begin now.
    if (membership.isStopped) return
    const kind = this.#options.free ?? 'hidden'
    membership.freeKind = isFree ? kind : null
    this.#free?.stop()
    this.#free = isFree && kind === 'normal' ? freeNames(membership) : null
    for (const other of membership.edges.connected()) sayHello(membership, other, false)
  }

  /** Resolves when the names of its processes are free; whoever starts groups here next waits for it. */
  stop(): Promise<unknown> {
    const { keeper, isStopped } = this.#membership
    if (isStopped) return endings.get(this.#node) ?? Promise.resolve()
    const processes = [...(this.#reach?.processes() ?? []), ...(keeper === null ? [] : [keeper])]
    this.#reach?.stop()
    this.#free?.stop()
    const logs = this.#membership.stop()
    if (keeper !== null) this.#node.sendExit(keeper, 'shutdown')
    const ended = Promise.all([endings.get(this.#node), logs, ...processes.map((pid) => this.#node.exited(pid))])
    endings.set(this.#node, ended)
    return ended
  }
}

/** What is known of groups does not hang on the process that speaks for them: if it fails, another goes on. */
async function startKeeper(membership: Membership): Promise<void> {
  const { node, settings } = membership
  const keeper = await startServer(node, defineKeeper(membership), undefined, { name: keeperProtocol.module })
  // They were stopped meanwhile.
  if (membership.isStopped) node.sendExit(keeper, 'shutdown')
  // What ended it may be there still: not at once.
  const again = (): void => {
    if (membership.isStopped || node.isStopped) return
    membership.keeper = null
    setLongTimer(node, settings.times.redialMs, () => {
      if (!membership.isStopped && !node.isStopped) startKeeper(membership).catch(again)
    })
  }
  void node.exited(keeper).then(again)
}

/** What those ask who reach beyond own groups. */
function worldOf({ knowledge, own, edges }: Membership): ReachWorld {
  return {
    view: knowledge,
    whereis: (group, name) => own.get(group)?.names?.whereis(name),
    names: (group) => own.get(group)?.names?.names() ?? [],
    attempt: (node) => edges.attempt(node),
  }
}

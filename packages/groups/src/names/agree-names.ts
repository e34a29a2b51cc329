/**
 * Names that a majority has before anybody is told so: claims are commands in the group's log.
 *
 *     caller ── claim ──► leader ── log ──► majority ──► applied ──► true, once the caller's node has it too
 *     a process ends ──► its own node has the claim withdrawn; a node is lost ──► the leader has those of its processes withdrawn
 *
 * A minority gives no names, and says so. Every member reads its own copy, which may be behind.
 */
import type { AnyPid, Node } from '@agner/core'
import { setLongTimer } from '@agner/core/kernel'
import type { RegisterOptions } from '@agner/global'
import { groupsError } from '../errors.ts'
import type { GroupLog } from '../membership/group-log.ts'
import type { GroupView } from '../membership/view.ts'
import type { Claim, ClaimCommand, Claims } from './claims.ts'
import type { Caller, GroupNames, SyncOptions } from './group-names.ts'
import { checkName, checkPid } from './sound.ts'

export interface AgreeNamesOptions {
  readonly node: Node
  readonly group: string
  readonly timeoutMs: number
  /** How long a node may be lost before the names of its processes are withdrawn. */
  readonly withdrawAfterMs: number
  readonly limit: number
  readonly log: () => GroupLog | null
  readonly view: () => GroupView | null
  /** The incarnation of a member that is connected; null: it is not there. */
  readonly incarnation: (node: string) => number | null
  /** The last entry of the log that this life of a node has said that it has; 0: none. */
  readonly acknowledged: (node: string) => number
}

/** A process whose node is not there as it was: since when it is missing, or what another life of that node has to acknowledge first. */
type Doubt =
  | { readonly why: 'missing'; readonly sinceMs: number }
  | { readonly why: 'otherLife'; readonly log: GroupLog; readonly index: number }

/** @throws `global.bad_name`, `groups.bad_option` */
function checkClaim(name: string, pid: AnyPid, { resolve }: RegisterOptions): void {
  checkName(name)
  checkPid(pid)
  if (resolve === undefined) return
  const wanted = 'for groups in mode merge: where a majority agrees there is no conflict to resolve'
  throw groupsError('groups.bad_option', { option: 'resolve', wanted })
}

/** Between two attempts to have a name withdrawn. */
const retryMs = 500

const noClaims: Claims = new Map()

export class AgreeNames implements GroupNames {
  readonly #options: AgreeNamesOptions
  readonly #watched = new Set<AnyPid>()
  #doubts: ReadonlyMap<AnyPid, Doubt> = new Map()
  readonly #waiters = new Set<() => void>()
  #isStopped = false

  constructor(options: AgreeNamesOptions) {
    this.#options = options
  }

  get #claims(): Claims {
    return this.#options.log()?.state?.claims ?? noClaims
  }

  whereis(name: string): AnyPid | undefined {
    return this.#claims.get(name)?.pid
  }

  names(): string[] {
    return [...this.#claims.keys()]
  }

  async register(_from: Caller, name: string, pid: AnyPid, options: RegisterOptions = {}): Promise<boolean> {
    checkClaim(name, pid, options)
    return this.#claim({ type: 'claim', name, pid, replace: false }, `register("${name}")`)
  }

  async reregister(_from: Caller, name: string, pid: AnyPid, options: RegisterOptions = {}): Promise<boolean> {
    checkClaim(name, pid, options)
    return this.#claim({ type: 'claim', name, pid, replace: true }, `reregister("${name}")`)
  }

  async unregister(_from: Caller, name: string): Promise<boolean> {
    checkName(name)
    return this.#claim({ type: 'unclaim', name }, `unregister("${name}")`)
  }

  async #claim(command: ClaimCommand, what: string): Promise<boolean> {
    const { group, view, node, limit } = this.#options
    const stranger = (): Error => {
      const home = command.type === 'claim' ? command.pid.node : node.name
      return groupsError('groups.not_a_member', { node: home, group, own: 'not known here' })
    }
    if (command.type === 'claim' && view()?.nodes.includes(command.pid.node) === false) throw stranger()
    const result = await this.#submit(command, what)
    if (result.type === 'stranger') throw stranger()
    if (result.type === 'full')
      throw groupsError('groups.too_many', {
        node: node.name,
        what: 'names in a group',
        limit,
        option: 'limits.namesPerGroup',
      })
    return result.type === 'done'
  }

  /** Resolves once this node has applied it too. */
  async #submit(command: ClaimCommand, what: string): Promise<{ readonly type: string }> {
    const { node, group, timeoutMs, view } = this.#options
    const untilMs = node.monotonicTimeMs() + timeoutMs
    const about = { group, what, timeoutMs, nodes: view()?.nodes ?? [] }
    await this.#until(() => this.#options.log() !== null, untilMs)
    const log = this.#options.log()
    if (log === null) throw groupsError('groups.no_majority', about)
    const result = await log.submit(command, about)
    if (!('index' in result)) throw groupsError('groups.no_majority', about)
    await this.#until(() => log.applied >= result.index || log.isOver, untilMs)
    return result
  }

  /** Resolves when it is so, or the time is over. */
  #until(isSo: () => boolean, untilMs: number): Promise<void> {
    if (isSo()) return Promise.resolve()
    const { node } = this.#options
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo() && !this.#isStopped && node.monotonicTimeMs() < untilMs) return
        timer.clear()
        this.#waiters.delete(look)
        resolve()
      }
      const timer = setLongTimer(node, Math.max(0, untilMs - node.monotonicTimeMs()), look)
      this.#waiters.add(look)
    })
  }

  present(): string[] {
    const { view, node, incarnation } = this.#options
    return (view()?.nodes ?? []).filter((name) => name === node.name || incarnation(name) !== null).toSorted()
  }

  async sync({ nodes, timeoutMs = 5000 }: SyncOptions): Promise<boolean> {
    const { view, node } = this.#options
    const wanted = (): readonly string[] => nodes ?? view()?.nodes ?? []
    const isDone = (): boolean => {
      const present = new Set(this.present())
      return this.#options.log()?.state?.view !== undefined && wanted().every((name) => present.has(name))
    }
    await this.#until(isDone, node.monotonicTimeMs() + timeoutMs)
    return isDone()
  }

  candidate(): void {
    this.applied()
  }

  lost(): void {
    this.applied()
  }

  applied(): void {
    for (const look of [...this.#waiters]) look()
    const { node } = this.#options
    const log = this.#options.log()
    const isLeader = log?.isLeader === true
    const doubts = new Map<AnyPid, Doubt>()
    const gone: AnyPid[] = []
    for (const claim of this.#claims.values()) {
      const { pid } = claim
      if (pid.node === node.name && pid.incarnation === node.incarnation) this.#watch(claim)
      if (!isLeader || this.#isThere(pid)) continue
      const doubt = this.#doubtOf(pid, log, this.#doubts.get(pid))
      doubts.set(pid, doubt)
      if (this.#isGone(pid, doubt)) gone.push(pid)
    }
    this.#doubts = doubts
    if (gone.length > 0) log?.propose({ type: 'withdraw', pids: gone })
  }

  #isThere({ node, incarnation }: AnyPid): boolean {
    const { node: own } = this.#options
    return (node === own.name ? own.incarnation : this.#options.incarnation(node)) === incarnation
  }

  #doubtOf({ node }: AnyPid, log: GroupLog, before: Doubt | undefined): Doubt {
    const isMissing = this.#options.incarnation(node) === null
    if (isMissing)
      return before?.why === 'missing' ? before : { why: 'missing', sinceMs: this.#options.node.monotonicTimeMs() }
    return before?.why === 'otherLife' && before.log === log
      ? before
      : { why: 'otherLife', log, index: log.status?.last ?? Infinity }
  }

  #isGone({ node }: AnyPid, doubt: Doubt): boolean {
    const { node: own, withdrawAfterMs, acknowledged } = this.#options
    if (node === own.name) return true
    if (doubt.why === 'missing') return own.monotonicTimeMs() - doubt.sinceMs >= withdrawAfterMs
    // Which of the two lives is the later? The one that is connected, if it says something now that the claim is here. If it says nothing, it may be the one
    // that ended, and not be missed yet.
    return acknowledged(node) >= doubt.index
  }

  /** A process of this node has a name: when it ends, the group is told, as often as it takes. */
  #watch({ pid }: Claim): void {
    if (this.#watched.has(pid)) return
    this.#watched.add(pid)
    void this.#options.node.exited(pid).then(() => this.#withdraw(pid))
  }

  async #withdraw(pid: AnyPid): Promise<void> {
    const isNamed = (): boolean => [...this.#claims.values()].some((claim) => claim.pid === pid)
    while (!this.#isStopped && isNamed()) {
      const done = await this.#submit({ type: 'withdraw', pids: [pid] }, 'the end of a name').catch(() => null)
      if (done === null) await this.#pause()
    }
    this.#watched.delete(pid)
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#options.node.runtime.setTimer(retryMs, resolve))
  }

  stop(): void {
    this.#isStopped = true
    for (const look of [...this.#waiters]) look()
  }
}

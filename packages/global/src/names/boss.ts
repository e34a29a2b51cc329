/**
 * The boss: decides about names while its node is the smallest member.
 *
 *     callers ── claim ──► boss ── put: all that was decided in this turn ──► every member
 *             ◄── true ───      ◄── took ─────────────────────────────────
 *
 * Two round trips, whatever the number of members, and one message to each for all that comes in a turn. Names are decided independently of each
 * other; who asks for a name, or for a process, that is being decided on waits for that. A member that is lost meanwhile counts as having
 * agreed, unless the process is its own. When views differ for a moment there may be two bosses: then some member has both claims and
 * says so, and the boss asks the node of the other process whether that claim still holds.
 */
import { reply, type Request, type AnyPid, type AnyProcess } from '@agner/core'
import { refuse } from '@agner/core/kernel'
import { globalError } from '../errors.ts'
import { Batch, type Op, type Verdict } from './batch.ts'
import { Lately } from './lately.ts'
import { isNewer, lossOf, overOf, type Claim, type Loss } from './claim.ts'
import type { Put, Question, Took } from './messages.ts'
import type { Post } from './post.ts'
import type { Replica } from './replica.ts'
import type { ScopeState } from './scope-state.ts'

type Asked = Request<unknown, unknown>
type Decision = Exclude<Question, { readonly ask: 'ready' }>

export class Boss {
  readonly #self: AnyProcess
  readonly #state: ScopeState
  readonly #replica: Replica
  readonly #post: Post
  /** Counts up through all lives of this boss, so that no late answer is taken for another batch's. */
  #lastBatch = 0
  #next: Batch | null = null
  readonly #batches = new Map<number, Batch>()
  /** What is being decided on, by name and by process. */
  readonly #byName = new Map<string, Op>()
  readonly #byPid = new Map<AnyPid, Op>()
  /** Those that wait to hear whether another claim still holds. */
  readonly #doubting = new Set<Op>()
  #isTimed = false

  /** Whose claims were decided on in the last while. */
  readonly #lately: Lately

  constructor(self: AnyProcess, state: ScopeState, replica: Replica, post: Post) {
    this.#lately = new Lately(state.limits.installTimeoutMs)
    this.#self = self
    this.#state = state
    this.#replica = replica
    this.#post = post
  }

  // — what callers ask —

  asked(request: Asked, question: Decision): void {
    const { counts, limits } = this.#state
    if (counts.waiting >= limits.waiting) {
      counts.refusedWaiting++
      return refuse(request, globalError('global.busy', { scope: this.#state.scope, limit: limits.waiting }))
    }
    for (const loss of question.gone) this.#replica.lose(loss, 'owner')
    counts.waiting++
    this.#decide(request, question)
  }

  #decide(request: Asked, question: Decision): void {
    if (!request.isPending) return void this.#state.counts.waiting--
    const name = question.ask === 'claim' ? question.claim.name : question.name
    const before =
      this.#byName.get(name) ?? (question.ask === 'claim' ? this.#byPid.get(question.claim.pid) : undefined)
    if (before !== undefined) return void before.waiters.push(() => this.#decide(request, question))
    if (question.ask === 'unclaim') this.#unclaim(request, name)
    else this.#claim(request, question)
  }

  #claim(request: Asked, { claim: { name, pid, resolve }, replace }: Extract<Decision, { ask: 'claim' }>): void {
    const { table, members } = this.#state
    const present = table.all(name)
    const own = present.find((each) => each.pid === pid)
    // Its node may not have heard of it, and a boss that was lost may be about to take it back: asked again, it is registered anew.
    if (own !== undefined && (!replace || present.length === 1)) {
      const again = { ...own, ...this.#anew(), over: overOf([...(own.over ?? []), lossOf(own)]) }
      return this.#begin(toOp({ name, claim: again, replaced: null, losses: [], request, isAgain: true }))
    }
    if (present.length > 0 && !replace) return this.#answer(request, false)
    const other = table.nameOf(pid)
    if (other !== undefined && other !== name) return this.#answer(request, false)
    if (!members.isOfMember(pid, this.#self.node.incarnation))
      return this.#answer(request, globalError('global.not_a_member', { pid: String(pid), node: pid.node }))
    const over = overOf(
      present.filter((each) => each.pid !== pid).flatMap((each) => [...(each.over ?? []), lossOf(each)]),
    )
    const claim: Claim = {
      name,
      pid,
      ...this.#anew(),
      ...(resolve !== undefined && { resolve }),
      ...(over.length > 0 && { over }),
    }
    const replaced = present.reduce<Claim | null>((best, each) => (best && isNewer(best, each) ? best : each), null)
    this.#begin(toOp({ name, claim, replaced, losses: [], request }))
  }

  #unclaim(request: Asked, name: string): void {
    const present = this.#state.table.all(name)
    if (present.length === 0) return this.#answer(request, false)
    this.lose(
      name,
      present.flatMap((each) => [...(each.over ?? []), lossOf(each)]),
      request,
    )
  }

  /** Takes claims to a name back, everywhere. */
  lose(name: string, losses: readonly Loss[], request: Asked | null = null): void {
    this.#after(name, () => this.#begin(toOp({ name, claim: null, replaced: null, losses, request })))
  }

  /** When nothing is being decided on the name. */
  #after(name: string, act: () => void): void {
    const before = this.#byName.get(name)
    if (before === undefined) act()
    else before.waiters.push(() => this.#after(name, act))
  }

  /**
   * The node of a process says that it lost its name. Who became a member of that node after it said so, and was told of the claim by this one
   * after that, would keep it: those that were decided on lately are taken back from here, too.
   */
  lostLately(losses: readonly Loss[]): void {
    for (const loss of losses) if (this.#lately.has(loss.pid)) this.lose(loss.name, [loss])
  }

  isDeciding(name: string): boolean {
    return this.#byName.has(name)
  }

  #answer(request: Asked | null, answer: Verdict): void {
    if (request === null) return
    this.#state.counts.waiting--
    if (typeof answer === 'boolean') reply(request, answer)
    else refuse(request, answer)
  }

  // — a turn's decisions —

  #begin(op: Op): void {
    const { claim, losses } = op
    for (const loss of losses) this.#replica.lose(loss, 'boss')
    if (claim !== null) {
      const { refused, rivals } = this.#replica.take(claim)
      if (refused !== null)
        return losses.length === 0 ? this.#finish(op, this.#refusal(op, refused)) : this.#begin({ ...op, claim: null })
      this.#doubt(op, rivals)
      this.#byPid.set(claim.pid, op)
      this.#lately.add(claim.pid, this.#self.node.monotonicTimeMs())
    }
    this.#byName.set(op.name, op)
    if (this.#next === null) {
      this.#next = new Batch(++this.#lastBatch)
      // What is in the mailbox already comes before it, and joins the batch.
      this.#self.send(this.#self.pid as never, { type: 'decide' } as never)
    }
    this.#next.add(op)
  }

  /** Tells the members what was decided in this turn. */
  send(): void {
    const batch = this.#next
    if (batch === null) return
    this.#next = null
    const { members, limits } = this.#state
    const { claims, losses } = batch.content()
    const put: Put = {
      type: 'put',
      batch: batch.id,
      boss: this.#self.pid,
      view: members.view,
      claims,
      losses,
    }
    batch.sentTo(members.others, this.#self.node.monotonicTimeMs() + limits.installTimeoutMs)
    this.#batches.set(batch.id, batch)
    this.#watchTime(limits.installTimeoutMs)
    this.#post.tellAll(put)
    if (batch.isDone) this.#conclude(batch)
  }

  took({ batch: id, node, refused, rivals, skipped }: Took): void {
    const batch = this.#batches.get(id)
    if (batch === undefined || !batch.took(node)) return
    for (const { name, why } of refused) {
      const op = batch.op(name)
      if (op?.claim?.pid.node === node) op.refused = why
    }
    for (const rival of rivals) {
      const op = batch.op(rival.name)
      if (op !== undefined) this.#doubt(op, [rival])
    }
    for (const name of skipped) batch.skipped.add(name)
    if (batch.isDone) this.#conclude(batch)
  }

  memberLost(node: string): void {
    for (const batch of this.#batches.values()) if (batch.lost(node) && batch.isDone) this.#conclude(batch)
    for (const op of this.#doubting) this.#cleared(op, (pid) => pid.node === node)
  }

  /** One timer for all that is waited for. */
  #watchTime(ms: number): void {
    if (this.#isTimed) return
    this.#isTimed = true
    this.#self.sendAfter(ms, this.#self.pid as never, { type: 'late' } as never)
  }

  /** The time of some batch may be over: whoever has not answered counts as lost. */
  late(): void {
    this.#isTimed = false
    const nowMs = this.#self.node.monotonicTimeMs()
    for (const batch of this.#batches.values()) {
      if (batch.deadlineMs > nowMs) continue
      batch.giveUp()
      this.#conclude(batch)
    }
    for (const op of this.#doubting) if (op.doubtedUntilMs! <= nowMs) this.#withdraw(op)
    if (this.#batches.size + this.#doubting.size > 0) this.#watchTime(this.#state.limits.installTimeoutMs / 5)
  }

  #conclude(batch: Batch): void {
    this.#batches.delete(batch.id)
    const buried: Loss[] = []
    for (const op of batch.ops) {
      const { claim, losses } = op
      const isHeard = ({ pid }: Loss): boolean => this.#replica.isOwn(pid) || batch.hasTaken(pid.node)
      // An earlier registration of the same process is good until the later one is.
      const over = claim?.over?.filter(({ pid }) => pid !== claim.pid) ?? []
      buried.push(...[...losses, ...over].filter((loss) => !isHeard(loss)))
      // Another boss has decided for it meanwhile: it is what it was to be.
      if (claim !== null && this.#isConfirmed(claim)) this.#finish(op, true)
      else if (claim !== null && op.refused === null && !isHeard(claim)) this.#lost(op, claim)
      else if (op.refused !== null) this.#withdraw(op)
      else if (op.rivals.size > 0) this.#askAbout(op)
      else this.#finish(op, true)
      // Who was not told by this node is told by theirs, if they see each other.
      if (batch.hasFailed || batch.skipped.has(op.name)) this.#retell(op)
    }
    if (buried.length === 0) return
    // Their nodes have not heard of it: everybody remembers it for when they come back.
    for (const loss of buried) this.#replica.lose(loss, 'unheard')
    this.#post.tellAll({ type: 'bury', losses: buried })
  }

  #isConfirmed({ name, pid, born, version }: Claim): boolean {
    return this.#state.table.all(name).some((each) => each.pid === pid && each.born === born && each.version > version)
  }

  /** By now the nodes of these processes have it: they tell their members once more. */
  #retell({ name, claim, losses }: Op): void {
    // Of a claim that its node has not taken, too: who was told of it may have left this node's sight since.
    const gone = [...losses, ...(claim?.over ?? []), ...(claim === null ? [] : [lossOf(claim)])]
    const nodes = new Set([...(claim === null ? [] : [claim]), ...gone].map(({ pid }) => pid.node))
    for (const node of nodes) {
      const own = gone.filter(({ pid }) => pid.node === node)
      if (node === this.#self.node.name) this.#replica.retell([name], own)
      else this.#post.tell(node, { type: 'retell', names: [name], losses: own })
    }
  }

  #finish(op: Op, answer: Verdict): void {
    const { request, verdict, withdrawn } = op
    this.#end(op)
    this.#answer(request, withdrawn !== null && this.#isConfirmed(withdrawn) ? true : (verdict ?? answer))
    for (const again of op.waiters.splice(0)) again()
  }

  #end(op: Op): void {
    if (this.#byName.get(op.name) === op) this.#byName.delete(op.name)
    if (op.claim !== null && this.#byPid.get(op.claim.pid) === op) this.#byPid.delete(op.claim.pid)
  }

  #refusal({ claim }: Op, why: NonNullable<Op['refused']>): Verdict {
    const { counts, limits, scope } = this.#state
    if (why !== 'full') return false
    counts.refusedNames++
    return globalError('global.too_many_names', { scope, node: claim!.pid.node, limit: limits.names })
  }

  /** The node of the process has not said that it took it. It may have: then it says so itself, to whoever sees it. */
  #lost(op: Op, claim: Claim): void {
    const { pid } = claim
    const loss = lossOf(claim)
    this.#replica.doubt(loss)
    this.#finish(op, globalError('global.not_a_member', { pid: String(pid), node: pid.node }))
    this.#post.tellAll({ type: 'doubt', losses: [loss] })
  }

  /**
   * Nobody keeps it, and who had the name before has it again. Who asked hears only then that it was not to be had: if this node is lost before, nobody has been
   * told what may not be so.
   */
  #withdraw(op: Op): void {
    const { name, claim, replaced, request } = op
    this.#doubting.delete(op)
    const verdict = op.verdict ?? this.#refusal(op, op.refused ?? 'stale')
    if (claim === null) return this.#finish(op, verdict)
    this.#end(op)
    for (const again of op.waiters.splice(0)) again()
    const losses = [lossOf(claim)]
    this.#after(name, () => {
      const again = this.#again(replaced)
      this.#begin(toOp({ name, claim: again, replaced: null, losses, request, verdict, withdrawn: claim }))
    })
  }

  /** What was displaced for nothing, registered anew; null if there is nothing, or it cannot be. */
  #again(replaced: Claim | null): Claim | null {
    const { table, members } = this.#state
    if (replaced === null || !members.isOfMember(replaced.pid, this.#self.node.incarnation)) return null
    if (table.nameOf(replaced.pid) !== undefined || this.#byPid.has(replaced.pid)) return null
    const { name, pid, resolve } = replaced
    return { name, pid, ...this.#anew(), ...(resolve !== undefined && { resolve }) }
  }

  #anew(): Pick<Claim, 'born' | 'life' | 'version' | 'by'> {
    const version = this.#state.table.nextVersion()
    return { born: version, life: this.#self.node.incarnation, version, by: this.#self.node.name }
  }

  // — claims that others have and this node has not —

  /** A claim that replaces takes whatever there is; if it was not known of here, the two meet later. */
  #doubt(op: Op, rivals: readonly Claim[]): void {
    if (op.claim === null || op.isAgain || op.claim.over !== undefined) return
    for (const rival of rivals) if (rival.pid !== op.claim.pid) op.rivals.set(rival.pid, rival)
  }

  #askAbout(op: Op): void {
    const { members, limits } = this.#state
    for (const pid of op.rivals.keys()) {
      if (this.#replica.holds(op.name, pid)) return this.#withdraw(op)
      if (this.#replica.isOwn(pid)) continue
      // It is known to somebody, and its node is not: there is no telling.
      if (!members.has(pid.node)) return this.#withdraw(op)
      op.doubts.add(pid)
    }
    if (op.doubts.size === 0) return this.#finish(op, true)
    op.doubtedUntilMs = this.#self.node.monotonicTimeMs() + limits.installTimeoutMs
    this.#watchTime(limits.installTimeoutMs)
    this.#doubting.add(op)
    for (const pid of op.doubts) this.#post.tell(pid.node, { type: 'holds', boss: this.#self.pid, name: op.name, pid })
  }

  held(name: string, pid: AnyPid, holds: boolean): void {
    for (const op of this.#doubting) {
      if (op.name !== name || !op.doubts.has(pid)) continue
      if (holds) {
        this.#withdraw(op)
        continue
      }
      this.#cleared(op, (each) => each === pid)
      // Whoever still has a copy has it no longer.
      const rival = op.rivals.get(pid)
      if (rival !== undefined) this.lose(name, [lossOf(rival)])
    }
  }

  #cleared(op: Op, isCleared: (pid: AnyPid) => boolean): void {
    for (const pid of op.doubts) if (isCleared(pid)) op.doubts.delete(pid)
    if (op.doubts.size > 0) return
    this.#doubting.delete(op)
    this.#finish(op, true)
  }
}

type Asking = Pick<Op, 'name' | 'claim' | 'replaced' | 'losses'> &
  Partial<Pick<Op, 'request' | 'verdict' | 'withdrawn' | 'isAgain'>>

function toOp(op: Asking): Op {
  return {
    request: null,
    verdict: null,
    withdrawn: null,
    isAgain: false,
    ...op,
    waiters: [],
    refused: null,
    rivals: new Map(),
    doubts: new Set(),
  }
}

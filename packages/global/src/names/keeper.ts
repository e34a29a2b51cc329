/**
 * The keeper of a scope: the process of a node that others speak to about names. It never waits for anybody.
 *
 * It has four parts: the {@link Replica} (what this node knows), the {@link Boss} (what callers ask, while this node decides), the {@link Verdicts}
 * (conflicts), and the {@link Greeting} (who is a member). What makes no sense, or comes from who has no part in the scope, is counted and
 * dropped: no message ends it.
 */
import { Request, reply, type AnyPid, type CallbackBody, type Down, type Process } from '@agner/core'
import { refuse } from '@agner/core/kernel'
import { globalError } from '../errors.ts'
import { Boss } from './boss.ts'
import { choose } from './choosing.ts'
import type { Claim } from './claim.ts'
import { Greeting } from './greeting.ts'
import { readMessage, readQuestion, type NamesMessage, type Put, type Took } from './messages.ts'
import { Post } from './post.ts'
import { Replica } from './replica.ts'
import type { ScopeState } from './scope-state.ts'
import { Verdicts } from './verdicts.ts'

/** What it tells itself. */
type Own =
  | { readonly type: 'candidate'; readonly node: string }
  | { readonly type: 'flush' | 'decide' | 'late' | 'settled' | 'compare' }

export function keeperBody(state: ScopeState): CallbackBody<unknown, Keeper> {
  return {
    name: '@agner/global/names',
    init: (self) => new Keeper(self, state),
    message: (_self, message, keeper) => {
      keeper.hear(message)
      return keeper
    },
  }
}

export class Keeper {
  readonly #self: Process<unknown>
  readonly #state: ScopeState
  readonly #post: Post
  readonly #replica: Replica
  readonly #boss: Boss
  readonly #verdicts: Verdicts
  readonly #greeting: Greeting

  constructor(self: Process<unknown>, state: ScopeState) {
    this.#self = self
    this.#state = state
    this.#post = new Post(self, state)
    this.#replica = new Replica(self, state)
    this.#boss = new Boss(self, state, this.#replica, this.#post)
    this.#verdicts = new Verdicts(self, state, this.#replica, this.#boss, this.#post)
    this.#greeting = new Greeting(self, state, this.#replica, this.#post)
    for (const node of state.candidates()) this.#greeting.greet(node, false)
  }

  hear(message: unknown): void {
    try {
      if (message instanceof Request) this.#asked(message as Request<unknown, unknown>)
      else if (!this.#ownMessage(message as Own)) this.#told(message)
    } catch (error) {
      const text = 'A message about names could not be handled; it is dropped.'
      this.#self.node.report({ type: 'notice', level: 'error', source: 'global', text, details: { error } })
    }
    this.#verdicts.notice()
  }

  #asked(request: Request<unknown, unknown>): void {
    const question = readQuestion(request.payload)
    if (question === null) {
      this.#state.counts.rubbish++
      refuse(request, globalError('global.bad_question', { scope: this.#state.scope }))
    } else if (question.ask === 'ready') reply(request, true)
    else this.#boss.asked(request, question)
  }

  #ownMessage(message: Own | Down | null): boolean {
    switch (message?.type) {
      case 'candidate':
        this.#greeting.greet(message.node, false)
        return true
      case 'flush':
        this.#flush()
        return true
      case 'decide':
        this.#boss.send()
        return true
      case 'late':
        this.#boss.late()
        return true
      case 'settled':
        this.#verdicts.settled()
        return true
      case 'compare':
        this.#greeting.compare()
        return true
      case 'down': {
        const lost = this.#greeting.down(message)
        if (lost !== null) this.#boss.memberLost(lost)
        return true
      }
      default:
        return false
    }
  }

  #told(message: unknown): void {
    const known = readMessage(message)
    if (known === null) this.#state.counts.rubbish++
    else this.#take(known)
  }

  #take(message: NamesMessage): void {
    switch (message.type) {
      case 'hello': {
        const lost = this.#greeting.hello(message)
        if (lost !== null) this.#boss.memberLost(lost)
        return
      }
      case 'put':
        return this.#put(message)
      case 'took':
        return this.#boss.took(message)
      case 'retell':
        return this.#replica.retell(message.names, message.losses)
      case 'told':
        return this.#changed(message.keeper, message)
      case 'check':
        if (this.#isMember(message.keeper)) this.#greeting.check(message)
        return
      case 'mine':
        if (this.#isMember(message.keeper)) this.#greeting.replace(message.keeper, message.claims)
        return
      case 'holds': {
        const { name, pid, boss } = message
        return this.#post.to(boss, { type: 'held', name, pid, holds: this.#replica.holds(name, pid) })
      }
      case 'held':
        return this.#boss.held(message.name, message.pid, message.holds)
      case 'bury':
        for (const loss of message.losses) this.#replica.lose(loss, 'unheard')
        return
      case 'doubt':
        for (const loss of message.losses) this.#replica.doubt(loss)
        for (const node of new Set(message.losses.map(({ pid }) => pid.node))) this.#greeting.compareWith(node)
        return
      case 'choose': {
        const { boss, id } = message
        return choose(this.#self, this.#state, message, (pid) => this.#post.to(boss, { type: 'chosen', id, pid }))
      }
      case 'chosen':
        return this.#verdicts.chosen(message)
      case 'confirm':
        if (this.#replica.isOwn(message.claim.pid)) this.#replica.confirm(message.version, message.claim)
        return
    }
  }

  #put({ batch, boss, view, claims, losses }: Put): void {
    const { members, outbox } = this.#state
    // Who sees other members than the boss does tells them of its own processes.
    const tells = view !== members.view
    const refused: { name: string; why: Took['refused'][number]['why'] }[] = []
    const rivals: Claim[] = []
    const skipped: string[] = []
    for (const loss of losses) this.#replica.lose(loss, tells ? 'elsewhere' : 'boss')
    for (const claim of claims) {
      const outcome = this.#replica.take(claim)
      if (outcome.refused !== null) refused.push({ name: claim.name, why: outcome.refused })
      else if (tells && this.#replica.isOwn(claim.pid)) outbox.claimed(claim)
      if (outcome.rivals.length > 0) rivals.push(...outcome.rivals)
      if (outcome.isSkipped) skipped.push(claim.name)
    }
    this.#post.to(boss, { type: 'took', batch, node: this.#self.node.name, refused, rivals, skipped })
  }

  #changed(keeper: AnyPid, { claims, losses }: Pick<Put, 'claims' | 'losses'>): void {
    if (!this.#isMember(keeper)) return
    for (const loss of losses) if (loss.pid.node === keeper.node) this.#replica.lose(loss, 'owner')
    for (const claim of claims) if (claim.pid.node === keeper.node) this.#replica.take(claim, 'owner')
    this.#boss.lostLately(losses)
  }

  #flush(): void {
    const news = this.#state.outbox.take()
    if (news !== null) this.#post.tellAll({ type: 'told', keeper: this.#self.pid, ...news })
  }

  #isMember(keeper: AnyPid): boolean {
    return this.#state.members.keeperOf(keeper.node) === keeper
  }
}

/**
 * Conflicts: one name, several live processes. The boss that sees them decides, two claims at a time, until one is left.
 *
 *     chosen by lot, or by the function of the newer claim, on the node of that process
 *       a winner:  boss ── confirm ──► winner's node ── told: the claim in a newer version, over the loser's ──► members
 *       none:      boss takes both claims back, as it does for callers
 *
 * A confirmation compares and sets: a claim that has changed since is not confirmed. So two bosses, whose views differ for a moment, never
 * take the name from both: the winner of the one is a newer claim than the other has decided against.
 */
import type { AnyProcess } from '@agner/core'
import type { Boss } from './boss.ts'
import { isNewer, lossOf, overOf, type Claim, type Fate } from './claim.ts'
import type { Chosen } from './messages.ts'
import type { Post } from './post.ts'
import type { Replica } from './replica.ts'
import { choose } from './choosing.ts'
import type { ResolveMethod } from './resolve.ts'
import type { ScopeState } from './scope-state.ts'

/** Views settle before anything is decided: both sides of a partition have many members, and meet one after the other. */
const settleMs = 100
/** For how many such times the boss waits while members come and go. */
const settleRounds = 20
const handOverMs = 5000

interface Deciding {
  readonly id: number
  readonly a: Claim
  readonly b: Claim
  readonly untilMs: number
}

export class Verdicts {
  readonly #self: AnyProcess
  readonly #state: ScopeState
  readonly #replica: Replica
  readonly #boss: Boss
  readonly #post: Post
  readonly #deciding = new Map<string, Deciding>()
  #lastId = 0
  #view: number | null = null
  #rounds = 0

  constructor(self: AnyProcess, state: ScopeState, replica: Replica, boss: Boss, post: Post) {
    this.#self = self
    this.#state = state
    this.#replica = replica
    this.#boss = boss
    this.#post = post
  }

  /** Asked after every message: looks at conflicts in a while, if there are any and they are this node's to decide. */
  notice(): void {
    const { table, members } = this.#state
    if (this.#view !== null || table.contestedCount === 0 || !members.isBoss) return
    this.#wait()
  }

  #wait(): void {
    this.#view = this.#state.members.view
    this.#self.sendAfter(settleMs, this.#self.pid as never, { type: 'settled' } as never)
  }

  settled(): void {
    const { table, members } = this.#state
    const isCalm = this.#view === members.view || ++this.#rounds >= settleRounds
    this.#view = null
    if (!isCalm && members.isBoss) return this.#wait()
    this.#rounds = 0
    const contested = table.contested()
    for (const name of this.#deciding.keys()) if (!contested.includes(name)) this.#deciding.delete(name)
    if (!members.isBoss) return
    for (const name of contested) this.#look(name)
  }

  #look(name: string): void {
    const nowMs = this.#self.node.monotonicTimeMs()
    const all = this.#state.table.all(name)
    const before = this.#deciding.get(name)
    const isUnderWay =
      before !== undefined && before.untilMs > nowMs && all.includes(before.a) && all.includes(before.b)
    if (this.#boss.isDeciding(name) || isUnderWay) return
    const [a, b] = all.toSorted((one, other) => (isNewer(one, other) ? 1 : -1))
    const untilMs = nowMs + 2 * this.#state.limits.resolveTimeoutMs
    const deciding: Deciding = { id: ++this.#lastId, a: a!, b: b!, untilMs }
    this.#deciding.set(name, deciding)
    this.#decide(deciding)
  }

  #decide({ id, a, b }: Deciding): void {
    const method = b.resolve ?? 'randomExit'
    if (method === 'notifyAll') return this.#nobody(a, b, true)
    if (method === 'own' || (typeof method === 'object' && method.type === 'module')) {
      const { name } = a
      const question = { name, a: a.pid, b: b.pid, method: method === 'own' ? null : method, of: b.pid }
      if (this.#replica.isOwn(b.pid))
        choose(this.#self, this.#state, question, (pid) =>
          this.#self.send(this.#self.pid as never, { type: 'chosen', id, pid } as never),
        )
      else this.#post.tell(b.pid.node, { type: 'choose', boss: this.#self.pid, id, ...question })
      return
    }
    const [winner, loser] = this.#self.node.runtime.random() < 0.5 ? [a, b] : [b, a]
    this.#wins(winner, loser, fateOf(method, winner))
  }

  chosen({ id, pid }: Chosen): void {
    for (const { id: own, a, b } of this.#deciding.values()) {
      if (own !== id) continue
      if (pid === a.pid) this.#wins(a, b)
      else if (pid === b.pid) this.#wins(b, a)
      else this.#nobody(a, b, false)
    }
  }

  #wins(winner: Claim, loser: Claim, fate?: Fate): void {
    const { table, counts } = this.#state
    counts.decided++
    const claim: Claim = {
      ...winner,
      version: table.nextVersion(),
      by: this.#self.node.name,
      // Those that these two have beaten may not have heard of it yet.
      over: overOf([...(winner.over ?? []), ...(loser.over ?? []), lossOf(loser, fate)]),
    }
    if (this.#replica.isOwn(winner.pid)) this.#replica.confirm(winner.version, claim)
    else this.#post.tell(winner.pid.node, { type: 'confirm', version: winner.version, claim })
  }

  #nobody(a: Claim, b: Claim, tells: boolean): void {
    this.#state.counts.decided++
    const fate = (other: Claim): Fate | undefined => (tells ? { type: 'notify', other: other.pid } : undefined)
    if (!this.#boss.isDeciding(a.name)) this.#boss.lose(a.name, [lossOf(a, fate(b)), lossOf(b, fate(a))])
  }
}

function fateOf(method: Exclude<ResolveMethod, 'notifyAll'>, winner: Claim): Fate {
  if (method === 'randomNotify') return { type: 'notify' }
  if (typeof method === 'object' && method.type === 'handOver')
    return { type: 'handOver', to: winner.pid, timeoutMs: method.timeoutMs ?? handOverMs }
  return { type: 'kill' }
}

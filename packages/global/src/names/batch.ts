/**
 * What a boss has decided in one turn, and who has taken it.
 */
import type { AgnerError, AnyPid, Request } from '@agner/core'
import type { Claim, Loss } from './claim.ts'
import type { Refused } from './messages.ts'

/** What whoever asked is told. */
export type Verdict = boolean | AgnerError

/** One decision on its way. */
export interface Op {
  readonly name: string
  readonly claim: Claim | null
  /** What the claim displaces: if it comes to nothing, this is registered again. */
  readonly replaced: Claim | null
  readonly losses: readonly Loss[]
  readonly request: Request<unknown, unknown> | null
  /** What whoever asked is told when this is done, which then only cleans up; null: what came of this. */
  readonly verdict: Verdict | null
  /** What this takes back, and whoever asked is told of: unless another boss has confirmed it meanwhile. */
  readonly withdrawn: Claim | null
  /** What is to be decided after it. */
  readonly waiters: (() => void)[]
  /** It is registered already, and put once more, so that all have it: other claims to the name are no matter. */
  readonly isAgain: boolean
  /** Why the node of the process has not taken it. */
  refused: Refused | null
  /** Claims to the name that some member has, besides. */
  readonly rivals: Map<AnyPid, Claim>
  /** Those of them whose nodes have been asked. */
  readonly doubts: Set<AnyPid>
  doubtedUntilMs?: number
}

export class Batch {
  readonly id: number
  readonly #ops = new Map<string, Op>()
  deadlineMs: number = Infinity
  /** Names that some member was told of too early. */
  readonly skipped: Set<string> = new Set()
  /** Whether somebody may not have taken it. */
  hasFailed: boolean = false
  readonly #waitingFor = new Set<string>()
  readonly #taken = new Set<string>()

  constructor(id: number) {
    this.id = id
  }

  get ops(): Iterable<Op> {
    return this.#ops.values()
  }

  add(op: Op): void {
    this.#ops.set(op.name, op)
  }

  op(name: string): Op | undefined {
    return this.#ops.get(name)
  }

  content(): { readonly claims: readonly Claim[]; readonly losses: readonly Loss[] } {
    const ops = [...this.#ops.values()]
    const claims = ops.flatMap(({ claim }) => (claim === null ? [] : [claim]))
    return { claims, losses: ops.flatMap(({ losses }) => losses) }
  }

  sentTo(nodes: readonly string[], deadlineMs: number): void {
    for (const node of nodes) this.#waitingFor.add(node)
    this.deadlineMs = deadlineMs
  }

  /** False for an answer that was not waited for. */
  took(node: string): boolean {
    if (!this.#waitingFor.delete(node)) return false
    this.#taken.add(node)
    return true
  }

  lost(node: string): boolean {
    const hasTaken = this.#taken.delete(node)
    const isWaitedFor = this.#waitingFor.delete(node)
    this.hasFailed ||= hasTaken || isWaitedFor
    return isWaitedFor
  }

  giveUp(): void {
    this.hasFailed = true
    this.#waitingFor.clear()
  }

  hasTaken(node: string): boolean {
    return this.#taken.has(node)
  }

  get isDone(): boolean {
    return this.#waitingFor.size === 0
  }
}

/**
 * Sessions: what keeps a command from being applied twice (Ongaro 2014, 6.3). Replicated state, beside the user's.
 *
 *     client ── open ──► log          the session is called by its place in the log: a dropped one never comes back
 *     client ── request 7, all up to 4 are answered ──► log
 *                          5, 6, 7 … have a result kept: it is given again          new: applied, and its result kept
 *                          4 and below: refused, their results are gone             the session is not known: refused
 *
 * Every member goes through the same steps in the same order, so what is dropped is decided by nothing but the log: when there are too many sessions, the one
 * that was used least recently goes. The limits come with the request to open, so they are those of the leader of that moment, at every member. Requests of
 * one session may come in any order.
 */
import type { ClientRequest } from '../raft/interface.ts'
import { Unsendable } from './results.ts'

export interface SessionLimits {
  /** In the group. */
  readonly sessions: number
  /** Of one session. */
  readonly results: number
}

export type Admission =
  | { readonly type: 'new' }
  /** Applied before: this came of it. */
  | { readonly type: 'known'; readonly result: unknown }
  | { readonly type: 'refused'; readonly why: 'no_session' | 'answered_before' | 'too_many_results' }

/** As it stands in a snapshot: least recently used first. */
export interface StoredSession {
  readonly id: string
  readonly answered: number
  readonly limit: number
  /** In place of a result that cannot be sent: null, and why. */
  readonly results: readonly (readonly [sequence: number, result: unknown, why?: string])[]
}

interface Session {
  answered: number
  readonly limit: number
  readonly results: Map<number, unknown>
}

const isNew: Admission = { type: 'new' }

export class Sessions {
  /** In the order of use. */
  readonly #sessions = new Map<string, Session>()

  constructor(stored: readonly StoredSession[] = []) {
    for (const { id, answered, limit, results } of stored) {
      const kept = new Map(results.map(([sequence, ...result]) => [sequence, loaded(...result)] as const))
      this.#sessions.set(id, { answered, limit, results: kept })
    }
  }

  get size(): number {
    return this.#sessions.size
  }

  /** A new session, called by its place in the log. */
  open(index: number, owner: string, limits: SessionLimits): string {
    const id = `${owner}/${String(index)}`
    while (this.#sessions.size >= limits.sessions) this.#sessions.delete(this.#sessions.keys().next().value!)
    this.#sessions.set(id, { answered: 0, limit: limits.results, results: new Map() })
    return id
  }

  close(id: string): void {
    this.#sessions.delete(id)
  }

  /** Whether a request is to be applied; then `keep` what came of it. */
  admit({ session: id, sequence, answered }: ClientRequest): Admission {
    const session = this.#sessions.get(id)
    if (session === undefined) return { type: 'refused', why: 'no_session' }
    this.#sessions.delete(id)
    this.#sessions.set(id, session)
    forget(session, answered)
    if (session.results.has(sequence)) return { type: 'known', result: session.results.get(sequence) }
    if (sequence <= session.answered) return { type: 'refused', why: 'answered_before' }
    if (session.results.size >= session.limit) return { type: 'refused', why: 'too_many_results' }
    return isNew
  }

  keep({ session, sequence }: ClientRequest, result: unknown): void {
    this.#sessions.get(session)?.results.set(sequence, result)
  }

  /** A copy that later steps do not touch. */
  store(): StoredSession[] {
    return [...this.#sessions].map(([id, { answered, limit, results }]) => ({
      id,
      answered,
      limit,
      results: [...results].map(([sequence, result]) => [sequence, ...stored(result)] as const),
    }))
  }
}

function stored(result: unknown): [result: unknown, why?: string] {
  return result instanceof Unsendable ? [null, result.why] : [result]
}

function loaded(result: unknown, why?: string): unknown {
  return why === undefined ? result : new Unsendable(why)
}

/** The client has all results up to there. It may be any number: the work is bounded by what is kept. */
function forget(session: Session, answered: number): void {
  const { results, answered: before } = session
  if (answered <= before) return
  session.answered = answered
  if (answered - before > results.size) {
    for (const sequence of results.keys()) if (sequence <= answered) results.delete(sequence)
  } else for (let sequence = before + 1; sequence <= answered; sequence++) results.delete(sequence)
}

/**
 * One step of the reducer while it is made: a copy of the state that may be written to, and the effects so far.
 */
import type { Effect, Ended, HowEnded, Instance, Moment, Outcome, Peer, Stand, State, Waiter, Wish } from './state.ts'

type Draft = { -readonly [Key in keyof State]: State[Key] } & {
  grants: Set<string>
  granted: Map<string, number>
  peers: Map<string, Peer>
  greeting: Set<string>
  suspects: Set<string>
}

export class Turn {
  readonly state: Draft
  readonly moment: Moment
  readonly effects: Effect[] = []

  constructor(state: State, moment: Moment) {
    this.state = {
      ...state,
      grants: new Set(state.grants),
      granted: new Map(state.granted),
      peers: new Map(state.peers),
      greeting: new Set(state.greeting),
      suspects: new Set(state.suspects),
    }
    this.moment = moment
  }

  get name(): string {
    return this.state.row.name
  }

  do(effect: Effect): void {
    this.effects.push(effect)
  }

  report(level: 'info' | 'warning' | 'error', text: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.do({ type: 'report', level, text, details: { application: this.name, ...details } })
  }

  wish(why: Wish['why'], from: Instance | null = null): void {
    const { nowMs } = this.moment
    this.state.wish = { why, from, sinceMs: nowMs, after: this.state.highest, notBeforeMs: nowMs }
  }

  /** The next instance: greater than every one that this node has heard of. */
  number(): number {
    this.state.highest++
    return this.state.highest
  }

  /** Answers those who wait, of a kind. */
  answer(which: (waiter: Waiter) => boolean, outcome: Outcome): void {
    const { waiters } = this.state
    if (!waiters.some(which)) return
    this.state.waiters = waiters.filter((waiter) => !which(waiter))
    for (const waiter of waiters) if (which(waiter)) this.do({ type: 'answer', id: waiter.id, outcome })
  }

  refuse(ask: Waiter['ask'], outcome: Outcome): void {
    this.answer((waiter) => waiter.ask === ask, outcome)
  }

  /** Nothing of it is here any more. */
  over(how: HowEnded, why: string, isFirst = false): void {
    const { state } = this
    const { instance, row } = state
    const ended: Ended = { instance, how, why, isFirst }
    if (row.arbiter !== null) this.do({ type: 'unclaim' })
    // Whoever wanted it stopped has that, though somebody may want it started by now.
    this.refuse('stop', { ok: true })
    Object.assign(state, {
      standing: 'idle',
      instance: 0,
      from: null,
      token: null,
      ended,
      yieldTo: null,
      stopWhy: null,
    })
  }

  /** It does not claim any more, and waits again. */
  withdraw(): void {
    const { state } = this
    if (state.row.arbiter !== null) this.do({ type: 'unclaim' })
    state.grants.clear()
    Object.assign(state, { standing: 'waiting', instance: 0, from: null })
  }

  stop(how: HowEnded, withinMs: number | null = null): void {
    const { state } = this
    state.standing = 'stopping'
    state.stopWhy = how
    const to = how === 'handedOver' ? state.yieldTo : null
    this.do({ type: 'stop', instance: state.instance, withinMs, to })
  }
}

/** What others are told. */
export function standOf(state: State): Stand {
  const { standing, isPermitted, isStarted, isRetired, weight, instance, from, token, seen, wish, ended, highest } =
    state
  const sees = seen !== null && seen.via === null ? { node: seen.node, instance: seen.instance } : null
  // Of one that stops it is what took it over.
  const shown = standing === 'standby' || standing === 'stopping' ? sees : null
  return {
    standing,
    isPermitted,
    isStarted,
    isRetired,
    weight,
    instance,
    from,
    token,
    sees: shown,
    wishedAfter: wish?.after ?? 0,
    highest,
    ended,
  }
}

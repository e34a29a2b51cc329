/**
 * A transition in the making: what the step of an event, and those of the state enter calls that follow from it, add up
 * to. Nothing of it counts before it is whole, but for answers and changes of the callback module, which are done at
 * once.
 */
import type { AnyProcess } from '@agner/core'
import { answerNow, type Act } from './actions.ts'
import type { AnyEvent } from './events.ts'
import { isSameState } from './same-state.ts'
import { sameData, type Move } from './steps.ts'

const none: readonly never[] = Object.freeze([])

export class Transition {
  /** The event that it is about; null at the beginning. */
  readonly event: AnyEvent | null
  /** Where it leads, as far as is known. */
  state: unknown
  data: unknown
  postpones = false
  hibernates = false
  /** The event was handled, and now it is about the state enter call. */
  isEntering = false
  #inserted: AnyEvent[] | null = null
  #timeouts: Act[] | null = null

  constructor(event: AnyEvent | null, state: unknown, data: unknown) {
    this.event = event
    this.state = state
    this.data = data
  }

  /**
   * Where a step leads: whether to enter the state, for the first time or again; `nowhere` if it may not go there. Only
   * another state by value is a change (gen_statem: loop_state_callback_result).
   */
  go({ kind, state, data }: Move): 'enter' | 'stay' | 'nowhere' {
    const changes = kind === 'next' && !isSameState(state, this.state)
    if (changes && this.isEntering) return 'nowhere'
    if (data !== sameData) this.data = data
    if (changes) this.state = state
    return changes || kind === 'repeat' || kind === 'begin' ? 'enter' : 'stay'
  }

  /** Whether it leads away from `state`. */
  leaves(state: unknown): boolean {
    return !isSameState(this.state, state)
  }

  /** Whether actions that concern the event are in order: in a state enter call it is over. */
  get takesAll(): boolean {
    return !this.isEntering
  }

  /** @throws `copy.unsendable`, `reply.not_a_request` */
  answer(self: AnyProcess, action: Act): void {
    answerNow(self, action)
  }

  insert(event: AnyEvent): void {
    if (this.#inserted === null) this.#inserted = [event]
    else this.#inserted.push(event)
  }

  setTimer(action: Act): void {
    if (this.#timeouts === null) this.#timeouts = [action]
    else this.#timeouts.push(action)
  }

  get inserted(): readonly AnyEvent[] {
    return this.#inserted ?? none
  }

  /** What is asked of the timers: those of the enter call after those of the event. */
  get timeouts(): readonly (Act & { readonly ms: number | 'update' })[] {
    return this.#timeouts ?? none
  }
}

/**
 * The events that a machine has taken and not yet done with: a queue and the postponed ones.
 *
 *     inserted ─► front of the queue            in the order of the actions
 *     postponed ─► aside                        in the order of arrival
 *     the state has changed: the postponed ones ─► front of the queue, behind those that are inserted now
 *
 * So an event that is inserted while postponed ones are tried again goes before the rest of them, and those that are
 * postponed once more keep their order (gen_statem: loop_state_transition, loop_next_events, loop_done).
 *
 * No I/O and no clock. Each operation costs the same however many wait, but for a change of state, which touches each
 * postponed event once.
 */
interface Link<E> {
  readonly event: E
  readonly next: Link<E> | null
}

export class EventQueue<E> {
  #front: Link<E> | null = null
  /** The latest first. */
  #aside: Link<E> | null = null

  /** What became of an event, null at the beginning, and what it led to. */
  transition(event: E | null, postponed: boolean, changed: boolean, inserted: readonly E[]): void {
    if (postponed && event !== null) this.#aside = { event, next: this.#aside }
    if (changed) {
      for (let link = this.#aside; link !== null; link = link.next)
        this.#front = { event: link.event, next: this.#front }
      this.#aside = null
    }
    for (let index = inserted.length - 1; index >= 0; index--) {
      this.#front = { event: inserted[index]!, next: this.#front }
    }
  }

  /** Takes the first event; null if none waits. */
  take(): E | null {
    const front = this.#front
    if (front === null) return null
    this.#front = front.next
    return front.event
  }

  get isEmpty(): boolean {
    return this.#front === null
  }

  /** The events that wait, the next one first. */
  get waiting(): E[] {
    return listed(this.#front)
  }

  /** The events that are postponed, the oldest first. */
  get postponed(): E[] {
    return listed(this.#aside).toReversed()
  }
}

function listed<E>(first: Link<E> | null): E[] {
  const events: E[] = []
  for (let link = first; link !== null; link = link.next) events.push(link.event)
  return events
}

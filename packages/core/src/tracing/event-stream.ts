/**
 * Events to iterate over: they wait until they are asked for, up to {@link unreadLimit} of them.
 */
import { Ring } from '../kernel/ring.ts'
import { unreadLimit, type Outlet, type Refusal } from './outlet.ts'

type Take<Event> = (result: IteratorResult<Event, undefined>) => void

export class EventStream<Event> implements Outlet<Event>, AsyncIterator<Event, undefined> {
  readonly process = null
  readonly #unread = new Ring<Event>()
  readonly #waiting = new Ring<Take<Event>>()
  readonly #abandon: () => void
  #ended = false

  /** @param abandon is called when the iteration is left before the end. */
  constructor(abandon: () => void) {
    this.#abandon = abandon
  }

  tell(event: Event): Refusal | null {
    if (this.#unread.size >= unreadLimit) return 'behind'
    if (this.#waiting.size > 0) this.#waiting.shift()({ done: false, value: event })
    else this.#unread.push(event)
    return null
  }

  tellLast(event: Event): void {
    this.#ended = true
    if (this.#waiting.size > 0) this.#waiting.shift()({ done: false, value: event })
    else this.#unread.push(event)
    while (this.#waiting.size > 0) this.#waiting.shift()({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    if (this.#unread.size > 0) return Promise.resolve({ done: false, value: this.#unread.shift() })
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((take) => this.#waiting.push(take))
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.#abandon()
    this.#unread.clear()
    return Promise.resolve({ done: true, value: undefined })
  }
}

/**
 * Where events go: to a process, as messages, or to a function. Traces and system monitors have one each.
 *
 * A process gets them in its mailbox, in order; they do not count against its mailbox limit, since looking on must not end who looks on, and none is
 * put into a mailbox of {@link unreadLimit} messages. A function is called at once.
 */
import { isThenable } from '../kernel/thenable.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import { Signal } from '../kernel/signal.ts'

/** So many unread events mean that whoever gets them cannot keep up. */
export const unreadLimit = 10_000

export type Refusal = 'tracerExited' | 'behind'

export interface Outlet<Event> {
  /** The process that gets the events; null if none does. */
  readonly process: ProcessRecord | null
  /** @returns why the event could not be told, or null. @throws what a function throws. */
  tell(event: Event): Refusal | null
  /** The last one; it always fits. */
  tellLast(event: Event): void
}

/** An event on its way to a process. It is not traced itself. */
class EventSignal extends Signal {
  readonly #event: unknown

  constructor(event: unknown) {
    super()
    this.#event = event
  }

  handle(receiver: ProcessRecord): boolean {
    return receiver.lives && receiver.body.message(receiver, this.#event)
  }
}

export class ProcessOutlet<Event> implements Outlet<Event> {
  readonly process: ProcessRecord

  constructor(process: ProcessRecord) {
    this.process = process
  }

  tell(event: Event): Refusal | null {
    if (!this.process.lives) return 'tracerExited'
    if (this.process.mailboxLength >= unreadLimit) return 'behind'
    this.tellLast(event)
    return null
  }

  tellLast(event: Event): void {
    this.process.kernel.push(this.process, new EventSignal(event))
  }
}

export class FunctionOutlet<Event> implements Outlet<Event> {
  readonly process = null
  readonly #to: (event: Event) => unknown
  readonly #failed: (error: unknown) => void

  /** @param failed is told what a promise that the function returned was rejected with. */
  constructor(to: (event: Event) => unknown, failed: (error: unknown) => void) {
    this.#to = to
    this.#failed = failed
  }

  tell(event: Event): null {
    const result = this.#to(event)
    if (isThenable(result)) Promise.resolve(result).catch(this.#failed)
    return null
  }

  tellLast(event: Event): void {
    this.tell(event)
  }
}

/**
 * What one process that has had a context knows: the present one, and those that wait with their messages.
 *
 * A message that waits is known by where it stands in the mailbox, since two of them may be equal. Some are taken by those who do not ask what came
 * along, an answer that is waited for, say: what came with these is forgotten later.
 */
import type { MessageContext } from '../trace-context.ts'
import type { Follower, Ring } from './ring.ts'

export class Contexts implements Follower {
  now: MessageContext | null = null
  /** How many messages are being heard: the handler of one may make the process hear others. */
  hearing = 0
  readonly #waiting = new Map<number, MessageContext>()
  /** Behind the last place that a message was seen to be put at. */
  #seen = 0

  get isIdle(): boolean {
    return this.now === null && this.hearing === 0 && this.#waiting.size === 0
  }

  /** Whether the message that was heard just now waits: others, heard within its handler, may have been put at `position` as well. */
  sees(saved: Ring<unknown>, position: number): boolean {
    if (saved.end === position || this.#seen > position) return false
    this.#seen = position + 1
    return true
  }

  keep(saved: Ring<unknown>, position: number, context: MessageContext): void {
    const waiting = this.#waiting
    waiting.set(position, context)
    saved.follower = this
    if (waiting.size <= saved.size) return
    for (const each of waiting.keys()) if (each < saved.start || saved.at(each) === undefined) waiting.delete(each)
  }

  /** For the message at `from`, or the first one behind it, before it is taken. */
  take(saved: Ring<unknown>, from: number): MessageContext | null {
    const waiting = this.#waiting
    let position = from
    while (saved.at(position) === undefined) position++
    const context = waiting.get(position) ?? null
    if (saved.size === 1) waiting.clear()
    else waiting.delete(position)
    return context
  }

  moved(from: number, to: number): void {
    const context = this.#waiting.get(from)
    this.#waiting.delete(from)
    if (context === undefined) this.#waiting.delete(to)
    else this.#waiting.set(to, context)
  }
}

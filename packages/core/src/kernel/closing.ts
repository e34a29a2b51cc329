/**
 * What a dead process leaves open: its signal is aborted, then what it owned is closed, the newest first.
 *
 * That is code of the dead process, or of a library. It runs on a stack of its own, never on that of whoever ended the process, and what it
 * throws is reported and hurts nobody. The news of the death waits for it, within a bound; what is not closed by then is reported too.
 *
 *     die ──(microtask)──► abort ──► close, close, … ──all settled, or 5 s later──► announce
 */
import { coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import type { ClosingFailed } from '../report.ts'
import { TimerEntry } from '../timers/timer-queue.ts'
import { Exited } from './exited.ts'
import { Holding } from './holding.ts'
import type { Kernel } from './kernel.ts'
import type { Belongings, Closable } from './process-record.ts'
import { isThenable } from './thenable.ts'

/** How long the closing of owned things may hold up the news of a death. */
const limitMs = 5000

/** Whose things are closed. */
type Owner = Pick<ClosingFailed, 'pid' | 'name'>

/** The closing of all that one process left; it is the timer of its own end. */
export class Closing extends TimerEntry {
  readonly #kernel: Kernel
  readonly #owner: Owner
  readonly #done: () => void
  readonly #left = new Set<{ readonly thing: Closable }>()
  readonly #holdings: Holding[] = []
  #isOver = false

  /** @param done is called once, when all is closed or the time is up. */
  constructor(kernel: Kernel, owner: Owner, done: () => void) {
    super()
    this.#kernel = kernel
    this.#owner = owner
    this.#done = done
  }

  start({ abort, owned }: Belongings, reason: ExitReason): void {
    this.#kernel.runtime.microtask(() => {
      abort?.abort(reason)
      for (const thing of owned?.toReversed() ?? []) this.#close(thing, reason)
      if (this.#left.size > 0) this.#kernel.timers.set(this, limitMs)
      else this.#end()
    })
  }

  #close(thing: Closable, reason: ExitReason): void {
    if (thing instanceof Holding) this.#holdings.push(thing)
    const closing = close(this.#kernel, this.#owner, thing, reason)
    if (closing === null) return
    const left = { thing }
    this.#left.add(left)
    void closing.then(() => {
      this.#left.delete(left)
      if (this.#left.size === 0) this.#end()
    })
  }

  /** The time is up. */
  fire(): void {
    for (const { thing } of this.#left)
      closingFailed(this.#kernel, this.#owner, coreError('own.not_closed', { what: nameOf(thing), limitMs }))
    this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#kernel.timers.cancel(this)
    this.#done()
    for (const holding of this.#holdings) holding.announced()
  }
}

/** Closes one thing; what fails is reported. @returns what to wait for, which never rejects, or null for nothing. */
export function close(kernel: Kernel, owner: Owner, thing: Closable, reason: ExitReason): Promise<unknown> | null {
  const failed = (error: unknown): void => closingFailed(kernel, owner, error)
  try {
    const closing = closeOne(thing, reason)
    return isThenable(closing) ? Promise.resolve(closing).catch(failed) : null
  } catch (error) {
    failed(error)
    return null
  }
}

export function closingFailed(kernel: Kernel, { pid, name }: Owner, error: unknown): void {
  // Code that leaves by self.exit() has not failed.
  if (!(error instanceof Exited)) kernel.report({ type: 'closing_failed', pid, name, error })
}

function closeOne(thing: Closable, reason: ExitReason): unknown {
  if (thing instanceof Holding) return thing.release(reason)
  if (Symbol.asyncDispose in thing) return thing[Symbol.asyncDispose]()
  if (Symbol.dispose in thing) return thing[Symbol.dispose]()
  return thing.close()
}

/** What a thing is called, for a report. */
function nameOf(thing: Closable): string {
  try {
    const { name } = thing.constructor
    return name === '' || name === 'Object' ? 'an object' : `an instance of ${name}`
  } catch {
    return 'an object'
  }
}

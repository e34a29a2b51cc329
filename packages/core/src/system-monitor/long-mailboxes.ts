/**
 * Mailboxes that become long, and short again, for those who want to know.
 *
 *     on messages wait ──► long ──► looked at every 100 ms ──► off or fewer wait, or the process is dead ──► no longer
 *
 * The kernel asks here only about mailboxes longer than the least `on`: it has to look for those that overflow in any case. Between `on` and
 * `off` nothing is told, so that a mailbox that sways about one length does not tell of each message.
 */
import type { Kernel } from '../kernel/kernel.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { RuntimeTimer } from '../runtime/runtime.ts'

/** From how many messages on a mailbox is long, and at how many it no longer is. */
export interface MailboxLengths {
  readonly on: number
  readonly off: number
}

/** @param isLong whether it has become long. */
type Tell = (record: ProcessRecord, isLong: boolean) => void

interface Watcher {
  readonly lengths: MailboxLengths
  readonly tell: Tell
  readonly long: Set<ProcessRecord>
}

export const lookEveryMs = 100

export class LongMailboxes {
  readonly #kernel: Kernel
  readonly #watchers = new Set<Watcher>()
  #timer: RuntimeTimer | null = null

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Mailboxes that are no longer than this are of no concern. */
  get ofNoConcern(): number {
    let least = Infinity
    for (const { lengths } of this.#watchers) least = Math.min(least, lengths.on - 1)
    return least
  }

  /** @returns what ends it. */
  watch(lengths: MailboxLengths, tell: Tell): () => void {
    const watcher: Watcher = { lengths, tell, long: new Set() }
    this.#watchers.add(watcher)
    for (const record of this.#kernel.table) this.#look(watcher, record)
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size > 0) return
      this.#timer?.clear()
      this.#timer = null
    }
  }

  /** The mailbox of a process has grown. */
  grew(record: ProcessRecord): void {
    for (const watcher of this.#watchers) this.#look(watcher, record)
  }

  #look({ lengths, tell, long }: Watcher, record: ProcessRecord): void {
    if (record.mailboxLength < lengths.on || !record.visible || !record.lives || long.has(record)) return
    if (record.messagesWaiting < lengths.on) return
    long.add(record)
    if (this.#timer === null) this.#lookLater()
    tell(record, true)
  }

  #lookLater(): void {
    this.#timer = this.#kernel.runtime.setTimer(lookEveryMs, () => {
      this.#timer = null
      let isAnyLong = false
      for (const { lengths, tell, long } of this.#watchers) {
        for (const record of long) {
          if (record.lives && record.messagesWaiting > lengths.off) continue
          long.delete(record)
          tell(record, false)
        }
        isAnyLong ||= long.size > 0
      }
      if (isAnyLong) this.#lookLater()
    })
    this.#timer.unref()
  }
}

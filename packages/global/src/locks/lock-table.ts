/**
 * The locks that one node keeps, for all nodes. Pure data: whom to watch is for the keeper.
 *
 *     resource ─► requester, and a count for each time that a process has set it
 */
import type { AnyPid } from '@agner/core'
import type { LockId, LockKey } from './lock-id.ts'

interface Lock {
  readonly requester: LockKey
  /** Who has set it, as often as that, the latest last. */
  holders: AnyPid[]
}

export class LockTable {
  readonly #locks = new Map<LockKey, Lock>()
  readonly #ofHolder = new Map<AnyPid, LockKey[]>()

  get size(): number {
    return this.#locks.size
  }

  has(resource: LockKey): boolean {
    return this.#locks.has(resource)
  }

  /** False if another requester has it. Of the same one it is counted. */
  set({ resource, requester }: LockId, holder: AnyPid): boolean {
    const lock = this.#locks.get(resource)
    if (lock === undefined) this.#locks.set(resource, { requester, holders: [holder] })
    else if (lock.requester === requester) lock.holders.push(holder)
    else return false
    const held = this.#ofHolder.get(holder)
    if (held === undefined) this.#ofHolder.set(holder, [resource])
    else held.push(resource)
    return true
  }

  /** Takes one count of a holder back. Returns whether it has none of any lock any more; false, too, if there was nothing to take. */
  take({ resource, requester }: LockId, holder: AnyPid): boolean {
    const lock = this.#locks.get(resource)
    if (lock === undefined || lock.requester !== requester) return false
    const at = lock.holders.lastIndexOf(holder)
    if (at === -1) return false
    lock.holders.splice(at, 1)
    if (lock.holders.length === 0) this.#locks.delete(resource)
    const held = this.#ofHolder.get(holder)!
    held.splice(held.lastIndexOf(resource), 1)
    if (held.length > 0) return false
    this.#ofHolder.delete(holder)
    return true
  }

  /** Takes all that a holder has, for it is gone. */
  forget(holder: AnyPid): void {
    for (const resource of new Set(this.#ofHolder.get(holder))) {
      const lock = this.#locks.get(resource)!
      const left = lock.holders.filter((each) => each !== holder)
      if (left.length === 0) this.#locks.delete(resource)
      else lock.holders = left
    }
    this.#ofHolder.delete(holder)
  }
}

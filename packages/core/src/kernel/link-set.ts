/**
 * The processes that one is linked to, in order of linking.
 *
 * Most have one link or two, which stand here without a table: a Map of one takes three times the memory and five times the time.
 * Each has a state: {@link active}, {@link stillborn}, or the id of an unlink that is not acknowledged yet.
 */
import type { AnyPid } from '../identity/pid.ts'

export const active = 0

/** Set to a process that was dead already: only the news of that is still to come. */
export const stillborn = -1

export class LinkSet {
  #first: AnyPid | null = null
  #firstState = active
  #second: AnyPid | null = null
  #secondState = active
  /** From the third on all of them stand here. */
  #all: Map<AnyPid, number> | null = null

  /** Undefined if there is no link. */
  get(pid: AnyPid): number | undefined {
    if (this.#first === pid) return this.#firstState
    if (this.#second === pid) return this.#secondState
    return this.#all === null ? undefined : this.#all.get(pid)
  }

  set(pid: AnyPid, state: number): void {
    if (this.#all !== null) this.#all.set(pid, state)
    else if (this.#first === null || this.#first === pid) {
      this.#first = pid
      this.#firstState = state
    } else if (this.#second === null || this.#second === pid) {
      this.#second = pid
      this.#secondState = state
    } else {
      this.#all = new Map([
        [this.#first, this.#firstState],
        [this.#second, this.#secondState],
        [pid, state],
      ])
      this.#first = this.#second = null
    }
  }

  delete(pid: AnyPid): void {
    if (this.#first === pid) {
      this.#first = this.#second
      this.#firstState = this.#secondState
      this.#second = null
    } else if (this.#second === pid) this.#second = null
    else if (this.#all !== null) {
      this.#all.delete(pid)
      // Gives back the memory of a table that was once large.
      if (this.#all.size === 0) this.#all = null
    }
  }

  /** All that there are, whatever their state. */
  all(): AnyPid[] {
    if (this.#all !== null) return [...this.#all.keys()]
    if (this.#first === null) return []
    return this.#second === null ? [this.#first] : [this.#first, this.#second]
  }

  /** Those that are active. */
  active(): AnyPid[] {
    const pids: AnyPid[] = []
    this.forEachActive(collect, pids, null)
    return pids
  }

  /** Calls `act` with each active one. What it needs besides is handed on: a death makes no closure and no list. */
  forEachActive<A, B>(act: (pid: AnyPid, a: A, b: B) => void, a: A, b: B): void {
    if (this.#all !== null) {
      for (const [pid, state] of this.#all) if (state === active) act(pid, a, b)
      return
    }
    if (this.#first !== null && this.#firstState === active) act(this.#first, a, b)
    if (this.#second !== null && this.#secondState === active) act(this.#second, a, b)
  }
}

function collect(pid: AnyPid, pids: AnyPid[]): void {
  pids.push(pid)
}

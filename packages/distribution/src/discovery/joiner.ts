/**
 * Connects a node to all that its discoveries know of: at the start, whenever the list changes, and at intervals to those
 * that could not be reached, or were lost.
 *
 * It only ever connects: a node that is no longer on a list keeps its connection.
 */
import type { Runtime, RuntimeTimer } from '@agner/core'

export interface JoinerOptions {
  readonly runtime: Runtime
  readonly intervalMs: number
  /** Those that there should be. */
  nodes(): readonly string[]
  /** Whether a connection is missing: there is none, and nothing forbids one. */
  isMissing(name: string): boolean
  connect(name: string): Promise<unknown>
}

export class Joiner {
  readonly #options: JoinerOptions
  readonly #trying = new Set<string>()
  #timer: RuntimeTimer | null = null
  #stopped = false

  constructor(options: JoinerOptions) {
    this.#options = options
  }

  join(): void {
    if (this.#stopped) return
    const { runtime, intervalMs, nodes, isMissing, connect } = this.#options
    this.#timer?.clear()
    // Not all at the same moment, when many have lost the same one.
    this.#timer = runtime.setTimer(intervalMs * (1 + runtime.random() / 4), () => this.join())
    this.#timer.unref()
    for (const name of nodes()) {
      if (this.#trying.has(name) || !isMissing(name)) continue
      this.#trying.add(name)
      const forget = (): void => void this.#trying.delete(name)
      void connect(name).then(forget, forget)
    }
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.clear()
  }
}

/**
 * Whose callbacks a machine runs, and whose it goes back to (change_, push_ and pop_callback_module).
 */
import type { MachineCallbacks } from './callbacks.ts'

export class CallbackStack {
  current: MachineCallbacks
  /** Those that were pushed away, the latest last. */
  #below: MachineCallbacks[] | null = null

  constructor(callbacks: MachineCallbacks) {
    this.current = callbacks
  }

  push(callbacks: MachineCallbacks): void {
    this.#below ??= []
    this.#below.push(this.current)
    this.current = callbacks
  }

  /** @returns false if there is none to go back to. */
  pop(): boolean {
    const callbacks = this.#below?.pop()
    if (callbacks === undefined) return false
    this.current = callbacks
    return true
  }

  /** All of them by name, the current one first. */
  get modules(): string[] {
    return [this.current, ...(this.#below ?? []).toReversed()].map(({ module }) => module)
  }
}

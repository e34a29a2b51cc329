/**
 * The runtime of one life of a node: it is everything that the node lives on, so when it ends nothing of the node runs
 * any more, as after a power cut.
 *
 * What an async body awaits bare, past the runtime, may still be resumed; whatever it does then reaches nobody.
 */
import type { Runtime, RuntimeTimer } from '@agner/core'
import { Hold } from './hold.ts'

export class MortalRuntime implements Runtime {
  readonly #world: Runtime
  readonly #timers = new Set<RuntimeTimer>()
  /** Its thread, as far as somebody has it in his hands. */
  readonly hold: Hold
  readonly pick?: (count: number) => number
  readonly world?: object
  isOver = false
  #tellEnd: () => void = () => {}
  /** Resolves when it is over. */
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#tellEnd = resolve
  })

  constructor(world: Runtime) {
    this.#world = world
    this.hold = new Hold(world)
    if (world.pick !== undefined) this.pick = (count) => world.pick!(count)
    if (world.world !== undefined) this.world = world.world
  }

  /** At once, and for ever. */
  end(): void {
    this.isOver = true
    this.#tellEnd()
    for (const timer of this.#timers) timer.clear()
    this.#timers.clear()
  }

  nowMs(): number {
    return this.#world.nowMs()
  }

  wallClockMs(): number {
    return this.#world.wallClockMs()
  }

  random(): number {
    return this.#world.random()
  }

  randomBytes(length: number): Uint8Array {
    return this.#world.randomBytes(length)
  }

  microtask(task: () => void): void {
    if (!this.isOver) this.#world.microtask(() => this.hold.microtask(() => this.#run(task)))
  }

  afterMicrotasks(task: () => void): void {
    if (!this.isOver) this.#world.afterMicrotasks(() => this.hold.microtask(() => this.#run(task)))
  }

  macrotask(task: () => void): void {
    if (!this.isOver) this.#world.macrotask(() => this.hold.macrotask(() => this.#run(task)))
  }

  setTimer(delayMs: number, task: () => void): RuntimeTimer {
    const timers = this.#timers
    const timer = this.#world.setTimer(delayMs, () => {
      // It may be cleared after its time, as long as it has not run.
      this.hold.timer(() => {
        if (timers.delete(timer)) task()
      })
    })
    const own: RuntimeTimer = {
      clear() {
        timers.delete(timer)
        timer.clear()
      },
      ref: () => timer.ref(),
      unref: () => timer.unref(),
    }
    if (this.isOver) timer.clear()
    else timers.add(timer)
    return own
  }

  #run(task: () => void): void {
    if (!this.isOver) task()
  }
}

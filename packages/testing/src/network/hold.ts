/**
 * Holds the thread of one node: while it lasts nothing of the node runs, as in a long computation. Its kernel goes on: connections are
 * accepted, bytes arrive and are acknowledged.
 *
 * When it ends, what has come due runs as an event loop would run it: what was about to run, late timers, what the network brought, the
 * rest; each in a turn of its own.
 */
import type { Runtime } from '@agner/core'

type Task = () => void

export class Hold {
  readonly #runtime: Runtime
  #isHeld = false
  #microtasks: Task[] = []
  #timers: Task[] = []
  #brought: Task[] = []
  #macrotasks: Task[] = []
  /** What is still to run after a hold. */
  #late: Task[] = []
  #isScheduled = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  begin(): void {
    this.#isHeld = true
  }

  end(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#late.push(...this.#timers, ...this.#brought, ...this.#macrotasks)
    const microtasks = this.#microtasks
    this.#microtasks = []
    this.#timers = []
    this.#brought = []
    this.#macrotasks = []
    for (const task of microtasks) task()
    this.#next()
  }

  microtask(task: Task): void {
    if (this.#isHeld) this.#microtasks.push(task)
    else task()
  }

  timer(task: Task): void {
    this.#run(this.#timers, task)
  }

  /** What the network calls back. */
  brought(task: Task): void {
    this.#run(this.#brought, task)
  }

  macrotask(task: Task): void {
    this.#run(this.#macrotasks, task)
  }

  #run(waiting: Task[], task: Task): void {
    if (this.#isHeld) waiting.push(task)
    else if (this.#late.length > 0) this.#late.push(task)
    else task()
  }

  /** The first stays in the queue until the next turn, so that what comes meanwhile comes after all of it. */
  #next(): void {
    if (this.#late.length === 0 || this.#isScheduled) return
    this.#isScheduled = true
    this.#runtime.macrotask(() => {
      this.#isScheduled = false
      if (this.#isHeld) return
      try {
        this.#late[0]?.()
      } finally {
        this.#late.shift()
        this.#next()
      }
    })
  }
}

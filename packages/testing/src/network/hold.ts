/**
 * Holds the thread of one node: while it lasts nothing of the node runs, as in a long computation. Its kernel goes on: connections are
 * accepted, bytes arrive and are acknowledged.
 *
 * When it ends, what has come due runs as an event loop would run it: what was about to run, late timers, what the network brought, the
 * rest; each in a turn of its own.
 */
import type { Runtime } from '@agner/core'
import { Failures } from '../failures.ts'
import { Fifo } from '../fifo.ts'

type Task = () => void

export class Hold {
  readonly #runtime: Runtime
  #isHeld = false
  #microtasks: Task[] = []
  #timers: Task[] = []
  #brought: Task[] = []
  #macrotasks: Task[] = []
  /** What is still to run after a hold. */
  readonly #late = new Fifo<Task>()
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
    for (const waiting of [this.#timers, this.#brought, this.#macrotasks])
      for (const task of waiting) this.#late.push(task)
    const microtasks = this.#microtasks
    this.#microtasks = []
    this.#timers = []
    this.#brought = []
    this.#macrotasks = []
    // Should one of them throw, the others and all that is late have their turn all the same.
    const failures = new Failures()
    for (const task of microtasks) failures.during(task)
    this.#next()
    failures.tell()
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
    else if (this.#late.size > 0) this.#late.push(task)
    else task()
  }

  /** The first stays in the queue until the next turn, so that what comes meanwhile comes after all of it. */
  #next(): void {
    if (this.#late.size === 0 || this.#isScheduled) return
    this.#isScheduled = true
    this.#runtime.macrotask(() => {
      this.#isScheduled = false
      if (this.#isHeld) return
      try {
        this.#late.first()
      } finally {
        this.#late.shift()
        this.#next()
      }
    })
  }
}

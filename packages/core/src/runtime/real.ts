/**
 * The real runtime: the one file of the kernel that touches ambient time, timers and randomness.
 */
import { getRandomValues } from 'node:crypto'
import type { Runtime, RuntimeTimer } from './runtime.ts'

class RealTimer implements RuntimeTimer {
  #timeout: NodeJS.Timeout

  constructor(timeout: NodeJS.Timeout) {
    this.#timeout = timeout
  }

  clear(): void {
    clearTimeout(this.#timeout)
  }

  ref(): void {
    this.#timeout.ref()
  }

  unref(): void {
    this.#timeout.unref()
  }
}

const resolved = Promise.resolve()
// Kept: the one is a getter, and the other may be a fake where virtual time needs the real one.
const { performance, setImmediate } = globalThis

/** The clock, timers and randomness of Node.js. Every node uses it unless `createNode({ runtime })` says otherwise. */
export const realRuntime: Runtime = {
  nowMs: () => performance.now(),
  wallClockMs: () => Date.now(),
  random: () => Math.random(),
  randomBytes: (length) => getRandomValues(new Uint8Array(length)),
  // Several times faster than queueMicrotask, which makes an async resource for each call; tasks of the kernel do not throw.
  microtask: (task) => void resolved.then(task),
  // From a microtask, since outside of one the ticks run first.
  afterMicrotasks: (task) => void resolved.then(() => process.nextTick(task)),
  macrotask: (task) => void setImmediate(task),
  setTimer: (delayMs, task) => new RealTimer(setTimeout(task, delayMs)),
}

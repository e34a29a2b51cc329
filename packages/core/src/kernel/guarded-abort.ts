/**
 * The abort signal of a process.
 *
 * Node.js makes an uncaught exception of what a listener of an AbortSignal throws, which ends the program, with every other process in it. So
 * this signal wraps its listeners. It is a real AbortSignal in all else: fetch, streams, child processes and AbortSignal.any() take it.
 * (Listeners on what AbortSignal.any() makes of it are not wrapped.)
 */
import { isThenable } from './thenable.ts'

type Add = AbortSignal['addEventListener']
type Remove = AbortSignal['removeEventListener']
type Listener = Parameters<Add>[1]

/** @param failed is told what listeners throw, or reject with. */
export function guardedAbort(failed: (error: unknown) => void): AbortController {
  const controller = new AbortController()
  const { signal } = controller
  const known = new WeakMap<object, Listener>()

  /** The same wrapper each time for the same listener: else it could be added twice, and not be removed. */
  const guarded = (listener: Listener): Listener => {
    // What is no listener is refused, or ignored, as ever.
    if (typeof listener !== 'function' && (typeof listener !== 'object' || listener === null)) return listener
    const made = known.get(listener) ?? guard(signal, listener, failed)
    known.set(listener, made)
    return made
  }

  const add: Add = signal.addEventListener.bind(signal)
  const remove: Remove = signal.removeEventListener.bind(signal)
  const wrappedAdd: Add = (type, listener, options) => add(type, guarded(listener), options)
  const wrappedRemove: Remove = (type, listener, options) => remove(type, guarded(listener), options)
  Object.defineProperties(signal, {
    addEventListener: { value: wrappedAdd },
    removeEventListener: { value: wrappedRemove },
  })
  return controller
}

function guard(signal: AbortSignal, listener: Listener, failed: (error: unknown) => void): Listener {
  return (event) => {
    try {
      const result: unknown =
        typeof listener === 'function' ? listener.call(signal, event) : listener.handleEvent(event)
      if (isThenable(result)) Promise.resolve(result).catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}

/**
 * Plants a wrong implementation in the runtime under test, and takes it out again.
 *
 * The sources stay clean: a fault replaces methods of the kernel's classes for one run. Whatever runs meanwhile in this process has the fault,
 * so plays under a fault come one after the other.
 */
export type Undo = () => void

/** Plants a fault. */
export type Fault = () => Undo

/** Replaces a method of a prototype by what `make` makes of it. @throws if it has none of that name: what was renamed since would be planted nowhere. */
export function patch<T extends object, K extends keyof T>(
  prototype: T,
  method: K,
  make: (original: T[K]) => T[K],
): Fault {
  return () => {
    const original = prototype[method]
    if (typeof original !== 'function') throw new TypeError(`There is no method ${String(method)} to plant a fault in.`)
    prototype[method] = make(original)
    return () => {
      prototype[method] = original
    }
  }
}

/** The same for a getter. */
export function patchGetter<T extends object, K extends keyof T & string>(
  prototype: T,
  name: K,
  get: (self: T) => T[K],
): Fault {
  return () => {
    const original = Object.getOwnPropertyDescriptor(prototype, name)!
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: T): T[K] {
        return get(this)
      },
    })
    return () => void Object.defineProperty(prototype, name, original)
  }
}

/** Several patches as one fault. */
export function all(...faults: readonly Fault[]): Fault {
  return () => {
    const undos = faults.map((fault) => fault())
    return () => {
      for (const undo of undos.toReversed()) undo()
    }
  }
}

/**
 * Goes on with a value that may be a promise: at once if it is none, so that what is not async stays within its turn.
 */
export function settle<T, U>(value: T | Promise<T>, then: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(then) : then(value)
}

/**
 * Does a thing for one after the other, and waits for each that takes its time; while none does it stays within the turn.
 * A loop in either case: there may be thousands, and none of them takes stack.
 */
export function inTurn<T>(items: readonly T[], run: (item: T) => unknown): void | Promise<void> {
  for (let index = 0; index < items.length; index++) {
    const done = run(items[index]!)
    if (done instanceof Promise) return theRest(items, index + 1, run, done)
  }
}

async function theRest<T>(items: readonly T[], from: number, run: (item: T) => unknown, first: unknown): Promise<void> {
  await first
  for (let index = from; index < items.length; index++) {
    const done = run(items[index]!)
    if (done instanceof Promise) await done
  }
}

/** As {@link settle}, for what may throw or be rejected. */
export function attempt<U>(
  run: () => unknown,
  then: (value: unknown) => U | Promise<U>,
  failed: (error: unknown) => U | Promise<U>,
): U | Promise<U> {
  let value: unknown
  try {
    value = run()
  } catch (error) {
    return failed(error)
  }
  return value instanceof Promise ? value.then(then, failed) : then(value)
}

/**
 * Goes on with a value that may be a promise: at once if it is none, so that what is not async stays within its turn.
 */
export function settle<T, U>(value: T | Promise<T>, then: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(then) : then(value)
}

/** The same for what may throw or be rejected. */
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

/**
 * Rejections of a process's own operations.
 *
 * One that nobody awaits at the moment it comes would count as unhandled and end the whole OS process, with every other process in it. A process
 * may start two calls and await them one after the other: what fails is seen when it is awaited, and by nobody if it never is.
 */
export function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore)
  return promise
}

/** An operation that fails before it has begun. */
export function refused(error: unknown): Promise<never> {
  return heard(Promise.reject(error as Error))
}

function ignore(): void {}

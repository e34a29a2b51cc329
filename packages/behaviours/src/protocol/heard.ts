/**
 * Rejections on behalf of a process.
 *
 * A process may start two servers and await them one after the other. What fails is seen when it is awaited, and by
 * nobody if it never is: it must not count as an unhandled rejection, which would end the OS process with every other
 * process in it. The operations of `self` keep the same rule. Code outside any process gets what JavaScript does.
 */
import type { Caller } from './client.ts'

export function heardBy<T>(from: Caller, promise: Promise<T>): Promise<T> {
  if ('pid' in from) promise.catch(ignore)
  return promise
}

function ignore(): void {}

/** The functions that a program of a peer gives to be called: those of the object that its `start` returned, and of its class. */
import { testingError } from '../errors.ts'

export type Calls = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

/** To be called as a method of `calls`. @throws `testing.peer_no_call` */
export function findCall(calls: Calls, name: string): Calls[string] {
  const call = namesOf(calls).includes(name) ? calls[name] : undefined
  if (typeof call === 'function') return call
  throw testingError('testing.peer_no_call', { call: name, calls: namesOf(calls).join(', ') })
}

/** What every object and every class has is nothing that the program gave. */
function namesOf(calls: Calls): string[] {
  const names = new Set<string>()
  for (let from: unknown = calls; isOwnKind(from); from = Object.getPrototypeOf(from))
    for (const name of Object.getOwnPropertyNames(from)) if (name !== 'constructor') names.add(name)
  return [...names]
}

function isOwnKind(value: unknown): value is object {
  return typeof value === 'object' && value !== null && value !== Object.prototype
}

/**
 * The argument of a start on this node.
 *
 * Nothing is both shared and mutable, so what can be sent is copied, once per start: a restarted server begins with
 * what its specification said, whatever the one before did to it. Sockets, functions and instances of classes cannot be
 * copied and mean something on this node only: they go by reference.
 */
import { copy } from '@agner/core/kernel'

export function ownArgument(arg: unknown): unknown {
  try {
    return copy(arg)
  } catch {
    return isPlain(arg) ? Object.fromEntries(Object.entries(arg).map(([key, part]) => [key, copyOrKeep(part)])) : arg
  }
}

function copyOrKeep(part: unknown): unknown {
  try {
    return copy(part)
  } catch {
    return part
  }
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/**
 * What a node may be called: `name@host`, as createNode has it, and without control characters, since names go into logs
 * before anything is proven.
 */
import { nameLimitBytes } from '../wire/parties.ts'

export function isNodeName(text: string): boolean {
  return (
    /^[^@\s\p{C}]{1,120}@[^@\s\p{C}]{1,120}$/u.test(text) && new TextEncoder().encode(text).length <= nameLimitBytes
  )
}

/** What can be dialled, as far as its text says. Others throw where they are dialled, which no peer may make a node do. */
export function isHost(text: string): boolean {
  return /^[^\s\p{C}]{1,255}$/u.test(text)
}

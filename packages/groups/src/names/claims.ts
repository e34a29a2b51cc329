/**
 * The names of a group in mode `agree`, as its log makes them: pure, and the same on every member.
 *
 * A name stands for one process, and a process has one name in a group. What is displaced is told in the result, so that whoever asked need not look again.
 */
import type { AnyPid } from '@agner/core'
import { isName, isPid } from './sound.ts'

export interface Claim {
  readonly pid: AnyPid
  /** The place of the claim in the group's log: it grows, so it can be a fencing token. */
  readonly index: number
}

export type Claims = ReadonlyMap<string, Claim>

export type ClaimCommand =
  | { readonly type: 'claim'; readonly name: string; readonly pid: AnyPid; readonly replace: boolean }
  | { readonly type: 'unclaim'; readonly name: string }
  /** These processes are dead, or their node is gone. */
  | { readonly type: 'withdraw'; readonly pids: readonly AnyPid[] }

export type ClaimResult =
  | { readonly type: 'done'; readonly index: number }
  /** The name stands for another process, or this process has another name. */
  | { readonly type: 'taken'; readonly index: number }
  /** The node of the process is no member. */
  | { readonly type: 'stranger'; readonly index: number }
  /** Nobody had the name. */
  | { readonly type: 'absent'; readonly index: number }
  | { readonly type: 'full'; readonly index: number }
  /** That is no name, or no process: whoever claimed it did not look. */
  | { readonly type: 'unsound'; readonly index: number }

export function isClaimCommand(command: { readonly type: string }): command is ClaimCommand {
  return command.type === 'claim' || command.type === 'unclaim' || command.type === 'withdraw'
}

export function nameOf(claims: Claims, pid: AnyPid): string | undefined {
  for (const [name, claim] of claims) if (claim.pid === pid) return name
  return undefined
}

export function applyClaim(
  claims: Claims,
  command: ClaimCommand,
  { index, limit }: { readonly index: number; readonly limit: number },
): { readonly claims: Claims; readonly result: ClaimResult } {
  switch (command.type) {
    case 'claim':
      return claim(claims, command, index, limit)
    case 'unclaim': {
      if (!claims.has(command.name)) return { claims, result: { type: 'absent', index } }
      const left = new Map(claims)
      left.delete(command.name)
      return { claims: left, result: { type: 'done', index } }
    }
    case 'withdraw': {
      const gone = new Set(command.pids)
      const left = [...claims].filter(([, { pid }]) => !gone.has(pid))
      return {
        claims: left.length === claims.size ? claims : new Map(left),
        result: { type: 'done', index },
      }
    }
  }
}

function claim(
  claims: Claims,
  { name, pid, replace }: Extract<ClaimCommand, { type: 'claim' }>,
  index: number,
  limit: number,
): { readonly claims: Claims; readonly result: ClaimResult } {
  if (!isName(name) || !isPid(pid)) return { claims, result: { type: 'unsound', index } }
  const present = claims.get(name)
  if (present?.pid === pid) return { claims, result: { type: 'done', index } }
  if ((present !== undefined && !replace) || nameOf(claims, pid) !== undefined)
    return { claims, result: { type: 'taken', index } }
  if (present === undefined && claims.size >= limit) return { claims, result: { type: 'full', index } }
  return { claims: new Map(claims).set(name, { pid, index }), result: { type: 'done', index } }
}

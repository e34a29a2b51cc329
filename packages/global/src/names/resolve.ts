/**
 * What becomes of a name that two live processes have, when the two sides of a partition meet again: the resolve functions of
 * global:register_name/3.
 *
 *     randomExit      one keeps the name, drawn by lot; the other is killed (the default)
 *     randomNotify    one keeps it; the other lives, and gets a NameConflict message
 *     notifyAll       none keeps it; each gets a NameConflict message that names the other
 *     handOver        one keeps it, and is given the state of the other, which is then told to end
 *     a function      the process that it gives keeps the name; the other loses it, and nothing else happens to it
 *
 * Which one counts is said by the newer of the two claims. One node decides, the boss of the members that see both, and the verdict is the
 * winner's claim in a newer version, which names the claim that it beats: whoever has not heard of it learns it with that claim.
 */
import type { AnyPid } from '@agner/core'

/** What a process gets that loses its name and lives. */
export interface NameConflict {
  readonly type: 'globalNameConflict'
  readonly name: string
  /** With `notifyAll`, and when a state could not be handed over: who had, or has, the name, too. */
  readonly other?: AnyPid
}

/**
 * Chooses between two processes that have one name. Null, anything that is neither of the two, a throw, or no answer within
 * `limits.resolveTimeoutMs`: the name belongs to nobody.
 */
export type ResolveFunction = (name: string, a: AnyPid, b: AnyPid) => AnyPid | null | Promise<AnyPid | null>

/** The argument of a resolve function that stands in a module. */
export interface Conflict {
  readonly name: string
  readonly a: AnyPid
  readonly b: AnyPid
}

/**
 * A function of a registered module of the node of one of the two: `async (self, { name, a, b }) => pid or null`. It runs as a process of its
 * own.
 */
export interface ResolveModule {
  readonly type: 'module'
  readonly module: string
  readonly function: string
}

/**
 * The loser is called with `globalHandOver`, and answers with its state; the winner is called with `globalTakeOver`, and takes it; then the
 * loser gets an exit signal `{ shutdown: 'globalHandOver' }`. By then the name is the winner's everywhere, so nothing that is sent to the name is lost
 * between the two. Both servers have the calls of {@link HandOverCalls}.
 *
 * A loser that does not answer within the time is killed. If the winner does not take the state, the loser lives on without the name and
 * gets a {@link NameConflict}, so that no state is lost in silence.
 */
export interface HandOver {
  readonly type: 'handOver'
  /** For each of the two calls. Default 5,000. */
  readonly timeoutMs?: number
}

/** Two calls for the Api of a server whose name is registered with `handOver`. */
export interface HandOverCalls<State> {
  /** Gives what `to` is to have. */
  globalHandOver(request: { readonly name: string; readonly to: AnyPid }): State
  /** Takes what `from` had. */
  globalTakeOver(request: { readonly name: string; readonly from: AnyPid; readonly state: State }): void
}

export type ResolveMethod = 'randomExit' | 'randomNotify' | 'notifyAll' | HandOver | ResolveModule

/** A method, or a function of one's own, which stays on its node: then the process must be one of that node. */
export type Resolve = ResolveMethod | ResolveFunction

export interface RegisterOptions {
  /** What decides if another process turns out to have the name, too. Default `randomExit`. */
  readonly resolve?: Resolve
}

const plainMethods: readonly unknown[] = ['randomExit', 'randomNotify', 'notifyAll'] satisfies ResolveMethod[]

export function isMethod(value: unknown): value is ResolveMethod {
  if (plainMethods.includes(value)) return true
  if (typeof value !== 'object' || value === null) return false
  const { type, timeoutMs, module, function: name } = value as Readonly<Record<string, unknown>>
  if (type === 'handOver') return timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs > 0)
  return type === 'module' && typeof module === 'string' && typeof name === 'string'
}

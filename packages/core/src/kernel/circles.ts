/**
 * Circles of calls: processes of one node that wait for each other's answers.
 *
 *     a ──call──► b ──call──► c ──call──► a       each waits, so none of them comes to answer
 *
 * It is looked for when a call arrives at a process that waits itself, made by one that others wait for: the last call of a
 * circle always does, and at that moment all others of it have arrived. A call that closes no circle costs the reading of
 * two fields; one into a process that waits, a walk along what it waits for, up to a limit. What is found is looked at once
 * more when no microtask is left: a process that was about to receive, or to give up waiting, has done so by then.
 *
 * What is found is a circle of waiting, as far as the kernel can know. A process may have passed on to another one what it
 * would answer with, or may wait for whichever of several answers comes first: then the circle ends by itself.
 */
import type { AnyPid } from '../identity/pid.ts'
import type { Node } from '../node-interface.ts'
import { kernelOf } from '../node.ts'
import { show } from '../values/show.ts'
import { RunningAsync } from './async-body.ts'
import type { AgnerError } from '../errors.ts'
import type { ProcessRecord } from './process-record.ts'
import { describe, type Request } from './request.ts'

/** One of a circle: a process, and the call whose answer it waits for. */
export interface CircleStep {
  readonly pid: AnyPid
  readonly name: string | null
  readonly label: unknown
  /** What it runs: `module@version:function`, the name of its function, or null. */
  readonly code: string | null
  /** How it addresses the next one. */
  readonly target: string
  /** What it asks, as it is: not to be changed. */
  readonly payload: unknown
  /** Fails its call with this error; the other side is not touched. */
  readonly refuse: (error: AgnerError) => void
}

/**
 * Calls back for each circle, in the order of the calls, from the one that closed it. A node has one such watcher; another takes its place.
 *
 * @param limit how many waits are followed from one call; beyond it a circle is not found.
 * @returns what ends it.
 */
export function watchCircles(node: Node, limit: number, tell: (circle: readonly CircleStep[]) => void): () => void {
  const kernel = kernelOf(node)
  const look = (request: Request, server: ProcessRecord): void => {
    if (findCircle(request, server, limit) === null) return
    kernel.runtime.afterMicrotasks(() => {
      const circle = findCircle(request, server, limit)
      if (circle !== null) tell(circle.map(toStep))
    })
  }
  kernel.callIntoWaiting = look
  return () => {
    if (kernel.callIntoWaiting === look) kernel.callIntoWaiting = null
  }
}

/** The calls of the circle that `closing` closes, itself first; null if it closes none. */
export function findCircle(closing: Request, server: ProcessRecord, limit: number): readonly Request[] | null {
  const { caller } = closing
  if (caller === null || !closing.isAwaited || !isBlocked(caller) || !isBlocked(server)) return null
  const seen = new Set([server])
  /** The way here: what each process on it waits for, and what is left to be tried of it. */
  const way: { readonly by: Request; next: Request | null }[] = [{ by: closing, next: server.outgoing }]
  for (let left = limit; way.length > 0 && left > 0; left--) {
    const here = way.at(-1)!
    const request = here.next
    if (request === null) {
      way.pop()
      continue
    }
    here.next = request.laterOut
    const next = request.server
    if (next === null || !request.isAwaited) continue
    if (next === caller) return [...way.map(({ by }) => by), request]
    if (seen.has(next) || !isBlocked(next)) continue
    seen.add(next)
    way.push({ by: request, next: next.outgoing })
  }
  return null
}

/** Its code waits for something, and not for messages. */
function isBlocked({ lives, body, busy }: ProcessRecord): boolean {
  return lives && (body instanceof RunningAsync ? !body.receives && !busy : busy)
}

function toStep(request: Request): CircleStep {
  const { pid, name, belongings, code, kernel } = request.caller!
  return {
    pid,
    name,
    label: show(belongings?.label ?? null),
    code: code === null ? null : kernel.modules.nameOf(code),
    target: describe(request.target),
    payload: request.payload,
    refuse: (error) => request.refuse(error),
  }
}

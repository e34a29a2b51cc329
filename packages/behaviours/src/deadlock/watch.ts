/**
 * Deadlocks: servers of one node that wait for each other's answers, each in a handler that cannot go on.
 *
 *     a: handler awaits call(b) ──► b: handler awaits call(c) ──► c: handler awaits call(a) ──► a is busy: nobody ever answers
 *
 * OTP lets such calls run into their timeouts, which say nothing of the cause. Here the circle is reported when it closes,
 * as a warning of the source `deadlock` with its path, and a call that asked for it (`onDeadlock: 'fail'`) is rejected at
 * once with `call.deadlock`.
 *
 * **When it is looked for.** When a call arrives at a process that itself waits for an answer, from one that others wait
 * for. The last call of each circle does, and all others have arrived by then, so each circle is found once, with
 * no timer. A call from a process that handles no call, or to one that waits for none, is not looked at.
 *
 * **What is no deadlock, and told all the same.** A server may have handed on what it answers with (`from`) to a third
 * process, which will answer; or await whichever of two answers comes first. Nobody can know. So calls are left alone,
 * unless they asked to fail.
 *
 * **What is not found.** Circles over several nodes; over processes that wait by other means than calls and responses (a
 * `receive`, a promise of their own); over more than 1,000 waits, counted from one call. Those end by their timeouts.
 */
import type { Node } from '@agner/core'
import { watchCircles, type CircleStep } from '@agner/core/kernel'
import { behavioursError } from '../errors.ts'
import { toPath, toSteps, wantsToFail } from './circle.ts'

/** How many waits are followed from one call. */
const waitLimit = 1000

const watched = new WeakSet<Node>()

/** From now on the deadlocks of a node are reported. Once is enough: the first server of a node does it. */
export function watchDeadlocks(node: Node): void {
  if (watched.has(node)) return
  watched.add(node)
  watchCircles(node, waitLimit, (circle) => tell(node, circle))
}

function tell(node: Node, circle: readonly CircleStep[]): void {
  const steps = toSteps(circle)
  const path = toPath(steps)
  // Of those that want to fail one is enough: the last to have come, if it is one of them.
  const failing = circle.find(({ payload }) => wantsToFail(payload))
  const end =
    failing === undefined
      ? 'They wait until their time is up, unless another process answers for one of them.'
      : 'One of these calls fails because of it, as it asked for.'
  node.report({
    type: 'notice',
    level: 'warning',
    source: 'deadlock',
    text: `Calls wait for each other in a circle: ${path}. ${end}`,
    details: { circle: steps },
  })
  failing?.refuse(behavioursError('call.deadlock', { target: failing.target, path, circle: steps }))
}

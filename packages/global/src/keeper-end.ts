/**
 * The end of a process that keeps names or locks of a node, when nobody has stopped it: a crash, or somebody who killed it.
 */
import { isOrderlyExit, type AnyPid, type Node } from '@agner/core'

/** Says so, once it has happened. What it kept is gone: it is not started again behind the back of those who rely on it. */
export async function reportEnd(node: Node, keeper: AnyPid, what: string): Promise<void> {
  const reason = await node.exited(keeper)
  if (isOrderlyExit(reason)) return
  const text = `The process that keeps the ${what} on ${node.name} has ended, and they are not kept there any more. Stop them, and start them again.`
  node.report({ type: 'notice', level: 'error', source: 'global', text, details: { reason } })
}

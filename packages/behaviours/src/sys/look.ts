/**
 * A look at the status of a process of the same node, where it stands: what `look` makes of it travels, and not the
 * status. A state of a million entries is so not copied in order to show fifty.
 *
 * For the inspector: `look` runs in the process that is looked at, and may neither keep nor change what it sees.
 */
import type { AnyPid, Node } from '@agner/core'
import { behavioursError, type BehavioursErrorCode } from '../errors.ts'
import { leftLooks, type Status } from '../gen/system.ts'
import type { SysAnswer, SysEnvelope } from '../protocol/envelope.ts'

/** It waits for as long as the process lives. Rejects as `getStatus` does. */
export async function lookAtStatus<Seen>(node: Node, pid: AnyPid, look: (status: Status) => Seen): Promise<Seen> {
  const ticket = leftLooks.leave(node, look)
  try {
    const envelope: SysEnvelope = { system: 'look', ticket }
    const answer = (await node.request(pid, envelope, { timeoutMs: Infinity })) as SysAnswer
    if ('refused' in answer) throw behavioursError(answer.refused as BehavioursErrorCode, answer.details)
    return answer.value as Seen
  } finally {
    leftLooks.take(node, ticket)
  }
}

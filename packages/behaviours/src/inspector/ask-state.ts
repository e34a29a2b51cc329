/**
 * The state of a behaviour, for which its process is asked by sys; it shows what its `formatStatus` lets be seen. The
 * process prints it itself: lines travel, and not the state.
 */
import type { AnyPid, AnyProcess } from '@agner/core'
import type { Status } from '../gen/system.ts'
import { lookAtStatus } from '../sys/look.ts'
import { behaviourOf } from './behaviour-of.ts'
import type { StateView } from './inspector.api.ts'
import { printLines } from './print.ts'
import { ask } from './questions.ts'

export async function askState(self: AnyProcess, pid: AnyPid): Promise<StateView> {
  const { node } = self
  if (pid === self.pid || behaviourOf(node, pid) === null) return { kind: 'none' }
  try {
    const found = await ask(node, pid, 'state', () => lookAtStatus(node, pid, print))
    return found.kind === 'silent' ? found : found.value
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message.slice(0, 500) : 'it cannot be read' }
  }
}

function print({ version, status, details }: Status): StateView {
  const isStateAlone = 'state' in details && Object.keys(details).length === 1
  return { kind: 'state', version, status, lines: printLines(isStateAlone ? details['state'] : details) }
}

/** The state of a behaviour, for which its process is asked by sys; it shows what its `formatStatus` lets be seen. */
import { AgnerError, type AnyPid, type AnyProcess } from '@agner/core'
import { getStatus, type Status } from '../sys/sys.ts'
import { behaviourOf } from './behaviour-of.ts'
import type { StateView } from './inspector.api.ts'
import { answerTimeoutMs } from './limits.ts'
import { printLines } from './print.ts'

export async function askState(self: AnyProcess, pid: AnyPid): Promise<StateView> {
  if (pid === self.pid || behaviourOf(self.node, pid) === null) return { kind: 'none' }
  let found: Status
  try {
    found = await getStatus(self, pid, { timeoutMs: answerTimeoutMs })
  } catch (error) {
    if (error instanceof AgnerError && error.code === 'call.timeout')
      return { kind: 'silent', waitedMs: answerTimeoutMs }
    return { kind: 'failed', why: error instanceof Error ? error.message.slice(0, 500) : String(error) }
  }
  const { version, status, details } = found
  const isStateAlone = 'state' in details && Object.keys(details).length === 1
  return { kind: 'state', version, status, lines: printLines(isStateAlone ? details['state'] : details) }
}

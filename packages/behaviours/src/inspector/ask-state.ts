/** The state of a behaviour, for which its process is asked. */
import type { AnyPid, AnyProcess } from '@agner/core'
import { behaviourOf } from './behaviour-of.ts'
import type { StateView } from './inspector.api.ts'

export async function askState(self: AnyProcess, pid: AnyPid): Promise<StateView> {
  if (behaviourOf(self.node, pid) === null) return { kind: 'none' }
  return { kind: 'none' }
}

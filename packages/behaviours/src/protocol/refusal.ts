/**
 * What becomes of a payload that its schema refuses.
 *
 *     call      the caller is rejected with `call.bad_argument`
 *     others    dropped, and reported: with what is wrong, without what was sent
 */
import type { AnyProcess, Request } from '@agner/core'
import { refuse } from '@agner/core/kernel'
import { behavioursError } from '../errors.ts'
import { issuesInWords, type PayloadIssue } from './check.ts'

export interface Refused {
  readonly module: string
  /** As in `calls.add`. */
  readonly name: string
  readonly issues: readonly PayloadIssue[]
}

export function refusePayload(self: AnyProcess, { module, name, issues }: Refused, from: Request | undefined): void {
  const problems = issuesInWords(issues)
  if (from !== undefined) return refuse(from, behavioursError('call.bad_argument', { module, name, problems, issues }))
  self.node.report({
    type: 'notice',
    level: 'warning',
    source: 'server',
    text: `${module} ${String(self.pid)} dropped ${name}, which its schema refuses: ${problems}`,
    details: { pid: self.pid, module, name, issues },
  })
}

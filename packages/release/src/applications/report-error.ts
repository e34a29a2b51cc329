/** What goes wrong where no caller can be told: the node reports it as an error, with its code and what to do. */
import type { Node } from '@agner/core'
import { releaseError, type ReleaseErrorCode } from '../errors.ts'

/** @param cause what was thrown, or an exit reason; it is reported as it is */
export function reportError(
  node: Node,
  code: ReleaseErrorCode,
  details: Readonly<Record<string, unknown>>,
  cause: unknown,
): void {
  const text = `${releaseError(code, details).message} (${code})`
  node.report({
    type: 'notice',
    level: 'error',
    source: 'release.applications',
    text,
    details: { ...details, code, cause },
  })
}

/**
 * The seam for what reports often, and of what is well: a node whose reports are only printed drops what is below a warning.
 */
import type { AnyProcess } from '../process/process.ts'
import type { ProcessRecord } from './process-record.ts'

/** Whether a notice of level `info` or `debug` by this process would reach anybody. */
export function hearsInfo(self: AnyProcess): boolean {
  return (self as unknown as ProcessRecord).kernel.hearsInfo
}

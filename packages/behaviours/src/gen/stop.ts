/**
 * Stopping a process of a behaviour (proc_lib:stop): the request to end is never answered, since the exit is the answer.
 */
import { AgnerError, describeReason, type ExitReason, type ProcessAddress } from '@agner/core'
import { requestEnd } from '@agner/core/kernel'
import type { SystemEnvelope } from '../protocol/envelope.ts'
import { heardBy } from '../protocol/heard.ts'
import { reasonOf, type Starter } from './start.ts'

export interface StopOptions {
  /**
   * Milliseconds to wait for the end; then it is rejected with `call.timeout`, and the process goes on ending. Default
   * Infinity.
   */
  readonly timeoutMs?: number
}

export function stopGen(
  from: Starter,
  process: ProcessAddress,
  reason: ExitReason,
  { timeoutMs = Infinity }: StopOptions,
): Promise<void> {
  const envelope = { system: 'stop', reason } as const satisfies SystemEnvelope
  if (!('pid' in from)) return stopFromOutside(() => from.request(process, envelope, { timeoutMs }), reason)
  try {
    return requestEnd(from, process, envelope, timeoutMs) as Promise<void>
  } catch (error) {
    return heardBy(from, Promise.reject(error as Error))
  }
}

/** The right reason is success. */
async function stopFromOutside(ask: () => Promise<unknown>, reason: ExitReason): Promise<void> {
  try {
    await ask()
  } catch (error) {
    if (!(error instanceof AgnerError) || error.code !== 'call.exited') throw error
    if (describeReason(reasonOf(error)) !== describeReason(reason)) throw error
  }
}

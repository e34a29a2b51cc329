/**
 * A call to a name that nobody has at the moment: a server that is being restarted.
 *
 *     call ─► no_process ─► 1 ms ─► no_process ─► 2 ms ─► … ─► somebody has the name ─► asked, once
 *
 * Only a request that reached no process is made again, so no server ever sees it twice. The name is looked up each
 * time, with pauses that double from 1 to 50 ms.
 */
import { AgnerError, type ProcessAddress } from '@agner/core'
import { copy } from '@agner/core/kernel'
import { nodeOf, type Caller } from './client.ts'
import { clientError } from './errors.ts'
import { heardBy } from './heard.ts'

const longestPauseMs = 50

export function requestOnceNamed(
  from: Caller,
  address: () => ProcessAddress,
  payload: unknown,
  timeoutMs: number,
  waitMs: number,
): Promise<unknown> {
  return heardBy(from, ask(from, address, payload, timeoutMs, waitMs))
}

async function ask(
  from: Caller,
  address: () => ProcessAddress,
  payload: unknown,
  timeoutMs: number,
  waitMs: number,
): Promise<unknown> {
  if (typeof waitMs !== 'number' || !(waitMs >= 0)) throw clientError('call.bad_wait', { value: String(waitMs) })
  // What is asked is what it was at the call, whenever it is sent.
  const copied = copy(payload)
  const node = nodeOf(from)
  const startMs = node.monotonicTimeMs()
  for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const goneMs = node.monotonicTimeMs() - startMs
    try {
      return await from.request(address(), copied, { timeoutMs: Math.max(0, timeoutMs - goneMs) })
    } catch (error) {
      const leftMs = Math.min(waitMs, timeoutMs) - (node.monotonicTimeMs() - startMs)
      if (!(error instanceof AgnerError) || error.code !== 'call.no_process' || leftMs <= 0) throw error
      await pause(from, Math.min(pauseMs, leftMs))
    }
  }
}

function pause(from: Caller, ms: number): Promise<void> {
  if ('sleep' in from) return from.sleep(ms)
  return new Promise((resolve) => void from.runtime.setTimer(ms, resolve))
}

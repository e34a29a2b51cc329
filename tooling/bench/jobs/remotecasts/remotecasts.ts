/**
 * Casts to a server on another node, in another OS process, until a call at the end says that it has handled all of them. Of `bytes`, of
 * `text` characters, of the object of about 1 KiB (`kib`), or of a small object if all three are 0.
 *
 * The sender is never further ahead than two windows: each ends with a question, which must be answered before the window after the
 * next one begins. Erlang's is suspended by its own runtime.
 */
import { cast, receiveResponse, sendRequest, type RequestId } from '@agner/behaviours'
import { timedOut } from '@agner/core'
import { onTwoNodes } from '../../agner/on-two-nodes.ts'
import { newOrder } from '../../agner/order.ts'
import type { Cast } from '../../agner/taker.ts'
import type { Half, Halves } from '../../job.ts'

const windowBytes = 8 * 1024 * 1024
const windowCasts = 10_000
const castsPerTurn = 500

function toCast({
  bytes,
  text,
  kib,
}: {
  readonly bytes: number
  readonly text: number
  readonly kib: number
}): (n: number) => Cast {
  if (bytes + text + kib === 0) return (n) => ({ id: n, name: 'agner', ok: true })
  const same: Cast = bytes > 0 ? new Uint8Array(bytes).fill(7) : text > 0 ? 'x'.repeat(text) : newOrder()
  return () => same
}

const asAsync: Half<'casts' | 'bytes' | 'text' | 'kib'> = ({ casts, bytes, text, kib }) =>
  onTwoNodes(async (self, server) => {
    const what = toCast({ bytes, text, kib })
    const window = Math.min(windowCasts, Math.ceil(windowBytes / Math.max(1, bytes, text, kib * 1024)))
    const perTurn = Math.min(castsPerTurn, window)
    let asked: RequestId<number> | null = null
    const startMs = performance.now()
    for (let n = 1; n <= casts; n++) {
      cast(self, server, 'take', what(n))
      if (n % perTurn === 0) await self.yield()
      if (n % window !== 0) continue
      if (asked !== null) await receiveResponse(self, asked)
      asked = sendRequest(self, server, 'taken')
    }
    if (asked !== null) await receiveResponse(self, asked)
    const answer = await receiveResponse(self, sendRequest(self, server, 'taken'))
    const seconds = (performance.now() - startMs) / 1000
    if (answer === timedOut || answer.type === 'error' || answer.value !== casts)
      throw new Error(`the server has not taken all of ${casts}`)
    return { perSecond: casts / seconds, mbPerSecond: (casts * bytes) / 1e6 / seconds }
  })

export const remotecasts: Halves = { async: asAsync }

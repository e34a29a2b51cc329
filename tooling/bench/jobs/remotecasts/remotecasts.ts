/**
 * Casts to a server on another node, in another OS process, until a call at the end says that it has handled all of them. Of `bytes`, of
 * `text` characters, of the object of about 1 KiB (`kib`), or of a small object if all three are 0.
 *
 * The sender yields now and then. When the other node takes less than it is sent, it is suspended there by its runtime, as Erlang's is.
 */
import { call, cast } from '@agner/behaviours'
import { onTwoNodes } from '../../agner/on-two-nodes.ts'
import { newOrder } from '../../agner/order.ts'
import type { Cast } from '../../agner/taker.ts'
import type { Half, Halves } from '../../job.ts'

const bytesPerTurn = 256 * 1024
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
    const perTurn = Math.min(castsPerTurn, Math.ceil(bytesPerTurn / Math.max(1, bytes, text, kib * 1024)))
    const startMs = performance.now()
    for (let n = 1; n <= casts; n++) {
      cast(self, server, 'take', what(n))
      if (n % perTurn === 0) await self.yield()
    }
    const taken = await call(self, server, 'taken', undefined, { timeoutMs: Infinity })
    const seconds = (performance.now() - startMs) / 1000
    if (taken !== casts) throw new Error(`the server has taken ${taken} of ${casts}`)
    return { perSecond: casts / seconds, mbPerSecond: (casts * bytes) / 1e6 / seconds }
  })

export const remotecasts: Halves = { async: asAsync }

/**
 * Says beside the composer when nothing can be stored, and what becomes of what is written then. A failover takes a second: only what
 * lasts is said. That no majority can be reached is said at once, since it does not pass by itself.
 */
import type { JSX } from 'preact'
import { useCluster } from '../live/use-cluster.tsx'
import { useLasting } from '../live/use-lasting.ts'
import { storingOf } from '../model/database.ts'

const sentences = {
  readOnly:
    'Read-only: too few of the nodes that keep the messages can be reached, so nothing new can be stored. Reading goes on. What you write waits here and goes out by itself as soon as it can be stored.',
  moving: 'The messages are changing their node just now. What you write is tried again by itself for a while.',
  away: 'No node that keeps the messages can be reached just now. What you write is tried again by itself for a while.',
} as const

export function StoringNotice(): JSX.Element | null {
  const { data: cluster } = useCluster()
  const storing = cluster === undefined ? 'unknown' : storingOf(cluster.nodes)
  const isAwayLong = useLasting(storing === 'moving' || storing === 'away', 3_000)
  if (storing === 'works' || storing === 'unknown' || (storing !== 'readOnly' && !isAwayLong)) return null
  return (
    <p class="notice" role="status" data-testid="storing" data-storing={storing}>
      {sentences[storing]}
    </p>
  )
}

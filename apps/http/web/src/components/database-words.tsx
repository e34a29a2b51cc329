/** A node's part in keeping the messages, in a line: its role, the term, and how far its copy is behind. */
import type { JSX } from 'preact'
import { behindOf, type DatabasePart, type Role } from '../model/database.ts'
import type { ClusterNode } from '../model/cluster.ts'

const number = new Intl.NumberFormat()

const roles: Record<Role, string> = {
  leader: 'leads',
  follower: 'follows',
  witness: 'witness',
  candidate: 'looks for a leader',
  other: 'keeps messages',
}

export function DatabaseWords({ part, nodes }: { part: DatabasePart; nodes: readonly ClusterNode[] }): JSX.Element {
  const behind = behindOf(part, nodes)
  const isCopy = part.role !== 'witness'
  return (
    <span class="node-database" data-testid="database" data-role={part.role} data-lag={behind} data-term={part.term}>
      <span class={part.role === 'leader' ? 'tag tag-good' : part.role === 'candidate' ? 'tag tag-wait' : 'tag'}>
        {roles[part.role]}
      </span>
      {part.term !== undefined && <span>term {number.format(part.term)}</span>}
      {isCopy && part.applied !== undefined && (
        <span class={behind > 0 ? 'node-lag is-behind' : 'node-lag'}>
          {behind > 0 ? `${number.format(behind)} behind` : `all ${number.format(part.applied)} entries`}
        </span>
      )}
      {part.serves === 'reads' && <strong class="bad">read-only</strong>}
    </span>
  )
}

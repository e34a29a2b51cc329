import type { JSX } from 'preact'
import { Avatar } from './avatar.tsx'

interface Properties {
  readonly users: readonly string[]
  /** How many are here beside these. */
  readonly more: number
  readonly self: string
  readonly isLive: boolean
}

export function PresenceList({ users, more, self, isLive }: Properties): JSX.Element {
  const sorted = users.toSorted((a, b) => Number(b === self) - Number(a === self) || a.localeCompare(b))
  return (
    <section
      class="rail-section people"
      aria-labelledby="people-title"
      data-testid="presence"
      data-stale={isLive ? undefined : 'true'}
    >
      <h2 id="people-title" class="rail-title">
        Here now <span class="count">{users.length + more}</span>
      </h2>
      <ul class="plain-list">
        {sorted.map((user) => (
          <li key={user} class="person" data-testid="presence-user" data-user={user}>
            <Avatar user={user} />
            <bdi class="person-name">{user}</bdi>
            {user === self && <span class="tag">you</span>}
          </li>
        ))}
      </ul>
      {more > 0 && (
        <p class="muted small" data-testid="presence-more">
          and {more} more
        </p>
      )}
      {!isLive && <p class="muted small">As last known.</p>}
    </section>
  )
}

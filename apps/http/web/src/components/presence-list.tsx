import type { JSX } from 'preact'
import { Avatar } from './avatar.tsx'

interface Properties {
  readonly users: readonly string[]
  readonly self: string
  readonly isLive: boolean
}

export function PresenceList({ users, self, isLive }: Properties): JSX.Element {
  const sorted = users.toSorted((a, b) => Number(b === self) - Number(a === self) || a.localeCompare(b))
  return (
    <section
      class="rail-section people"
      aria-labelledby="people-title"
      data-testid="presence"
      data-stale={isLive ? undefined : 'true'}
    >
      <h2 id="people-title" class="rail-title">
        Here now <span class="count">{users.length}</span>
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
      {!isLive && <p class="muted small">As last known.</p>}
    </section>
  )
}

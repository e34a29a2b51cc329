import type { JSX } from 'preact'

/** A person's initial on a colour that is theirs everywhere. The name stands beside it, so readers of the screen skip it. */
export function Avatar({ user }: { user: string }): JSX.Element {
  const [initial = '?'] = user
  return (
    <span class="avatar" aria-hidden="true" style={{ '--hue': String(hueOf(user)) }}>
      {initial.toUpperCase()}
    </span>
  )
}

function hueOf(user: string): number {
  let hash = 7
  for (const character of user) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0
  // Steps of 24 degrees: neighbours on the wheel would look like one person.
  return (hash % 15) * 24
}

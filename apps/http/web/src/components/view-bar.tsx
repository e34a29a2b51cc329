/** On a phone: which of the three parts is shown. Elsewhere all are, and this is hidden. */
import type { JSX } from 'preact'
import { ChatIcon, ClusterIcon, PeopleIcon } from './icons.tsx'

export type View = 'chat' | 'rail' | 'side'

interface Properties {
  readonly view: View
  readonly onView: (view: View) => void
}

export function ViewBar({ view, onView }: Properties): JSX.Element {
  const item = (name: View, label: string, icon: JSX.Element): JSX.Element => (
    <button
      type="button"
      class="view-button"
      data-testid={`view-${name}`}
      aria-current={view === name ? 'page' : undefined}
      onClick={() => onView(name)}
    >
      {icon}
      {label}
    </button>
  )
  return (
    <nav class="view-bar" aria-label="Parts of the page">
      {item('chat', 'Chat', <ChatIcon />)}
      {item('rail', 'Rooms & people', <PeopleIcon />)}
      {item('side', 'Cluster', <ClusterIcon />)}
    </nav>
  )
}

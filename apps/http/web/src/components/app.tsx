/**
 * The page: rooms and people on the left, the conversation in the middle, the cluster on the right. On a phone one of the three at a time.
 */
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ClusterSource } from '../live/use-cluster.tsx'
import { usePlace } from '../live/use-place.ts'
import { useSession } from '../live/use-session.ts'
import { placeProblem } from '../model/names.ts'
import { ChatRoom } from './chat-room.tsx'
import { JoinForm } from './join-form.tsx'
import { PresenceList } from './presence-list.tsx'
import { RoomList } from './room-list.tsx'
import { SidePanel } from './side-panel.tsx'
import { TopBar } from './top-bar.tsx'
import { ViewBar } from './view-bar.tsx'
import type { View } from './view-bar.tsx'

export function App(): JSX.Element {
  const { place, draft, problems, join, leave } = usePlace()
  const live = useSession(place)
  const [view, setView] = useState<View>('chat')
  const state = live?.state
  const isIn = state !== undefined && state.connection !== 'refused'

  useEffect(() => {
    document.title = isIn ? `#${state.place.room} · Agner chat` : 'Agner chat'
  }, [isIn, state?.place.room])

  const enter = (room: string): void => {
    if (room !== place?.room) join({ room, user: place?.user ?? draft.user })
    setView('chat')
  }

  return (
    <ClusterSource>
      <div class="page" data-view={view}>
        <TopBar state={isIn ? state : undefined} onLeave={leave} />
        <nav class="rail" aria-label="Rooms and people">
          <RoomList
            current={place?.room}
            people={isIn ? state.users.length + state.moreUsers : undefined}
            onEnter={isIn ? enter : undefined}
          />
          {isIn && (
            <PresenceList
              users={state.users}
              more={state.moreUsers}
              self={state.place.user}
              isLive={state.connection === 'connected'}
            />
          )}
        </nav>
        <main class="stage">
          {isIn && live ? (
            <ChatRoom key={`${state.place.room}\n${state.place.user}`} state={state} session={live.session} />
          ) : (
            <JoinForm draft={draft} problems={state?.notice ? placeProblem(state.notice) : problems} onJoin={join} />
          )}
        </main>
        <SidePanel />
        <ViewBar view={view} onView={setView} />
      </div>
    </ClusterSource>
  )
}

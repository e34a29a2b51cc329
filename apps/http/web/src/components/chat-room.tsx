import type { JSX } from 'preact'
import { useLasting } from '../live/use-lasting.ts'
import type { RoomSession } from '../live/session.ts'
import type { RoomState } from '../model/room-state.ts'
import { Composer } from './composer.tsx'
import { MessageList } from './message-list.tsx'
import { StoringNotice } from './storing-notice.tsx'

export function ChatRoom({ state, session }: { state: RoomState; session: RoomSession }): JSX.Element {
  const isConnected = state.connection === 'connected'
  // A failover takes a second or two: words that come and go within it would only unsettle.
  const hasTrouble = useLasting(state.notice !== undefined, 1_500)
  const isAwayLong = useLasting(!isConnected, 4_000)
  return (
    <section class="chat" aria-label={`Room ${state.place.room}`}>
      <MessageList state={state} onRetry={(key) => session.retry(key)} onDiscard={(key) => session.discard(key)} />
      <div class="chat-foot">
        {isConnected && <StoringNotice />}
        {isConnected && hasTrouble && (
          <p class="notice" role="status">
            {state.notice?.message}
          </p>
        )}
        {isAwayLong && (
          <p class="notice" role="status">
            No node answers just now. What you write goes out by itself as soon as one does.
          </p>
        )}
        <Composer room={state.place.room} onSend={(text) => session.send(text)} />
      </div>
    </section>
  )
}

import type { JSX } from 'preact'
import type { Connection, RoomState } from '../model/room-state.ts'
import { Mark } from './icons.tsx'

const words: Record<Connection, string> = {
  connecting: 'Connecting…',
  connected: 'Connected',
  reconnecting: 'Reconnecting…',
  refused: 'Not connected',
}

export function TopBar({ state, onLeave }: { state: RoomState | undefined; onLeave: () => void }): JSX.Element {
  return (
    <header class="top-bar">
      <h1 class="brand">
        <Mark />
        <span>
          Agner <span class="brand-light">chat</span>
        </span>
      </h1>
      {state && (
        <div class="whereabouts">
          <p class="where">
            <strong class="where-room" dir="auto">
              <span class="hash">#</span>
              {state.place.room}
            </strong>
            <span class="where-user">
              as <bdi>{state.place.user}</bdi>
              <span class="narrow-only"> · {state.users.length + state.moreUsers} here</span>
            </span>
          </p>
          <button type="button" class="quiet-button" onClick={onLeave}>
            Change<span class="wide-only"> name or room</span>
          </button>
        </div>
      )}
      {state && (
        <p class="connection" role="status" data-testid="connection-state" data-state={state.connection}>
          <span class="connection-dot" aria-hidden="true" />
          {words[state.connection]}
        </p>
      )}
    </header>
  )
}

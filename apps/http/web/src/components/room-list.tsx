import type { JSX } from 'preact'
import { usePoll } from '../live/use-poll.ts'
import { readRooms } from '../model/wire.ts'

const everyMs = 4_000

interface Properties {
  readonly current: string | undefined
  /** How many are in the current room, fresher than the list. */
  readonly people: number | undefined
  /** `undefined` while nobody is in a room: the list is then only to be looked at. */
  readonly onEnter: ((room: string) => void) | undefined
}

export function RoomList({ current, people, onEnter }: Properties): JSX.Element {
  const { data: known = [], problem } = usePoll('/api/rooms', readRooms, everyMs)
  const rooms =
    current === undefined || known.some(({ room }) => room === current)
      ? known
      : [{ room: current, messages: undefined, users: undefined }, ...known]
  const counted = rooms.map((entry) => ({
    ...entry,
    users: entry.room === current ? (people ?? entry.users) : entry.users,
  }))
  return (
    <section class="rail-section rooms" aria-labelledby="rooms-title">
      <h2 id="rooms-title" class="rail-title">
        Rooms
      </h2>
      {rooms.length === 0 && <p class="muted small">{problem ?? 'No room yet.'}</p>}
      <ul class="plain-list">
        {counted.map(({ room, messages, users }) => (
          <li key={room}>
            <button
              type="button"
              class="room"
              data-testid="room"
              aria-current={room === current ? 'page' : undefined}
              disabled={!onEnter}
              onClick={() => onEnter?.(room)}
            >
              <span class="hash" aria-hidden="true">
                #
              </span>
              <span class="room-name" dir="auto">
                {room}
              </span>
              {users !== undefined && users > 0 && (
                <span class="count" title={`${users} here`}>
                  {users}
                  <span class="hidden"> people here</span>
                </span>
              )}
              {messages !== undefined && <span class="hidden">, {messages} messages</span>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

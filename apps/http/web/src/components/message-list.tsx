/**
 * The conversation. It stays at its end as long as the reader does; one who has scrolled up is left there and told what is new.
 */
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { visibleEntries } from '../model/outbox.ts'
import type { RoomState } from '../model/room-state.ts'
import { toRows } from '../model/rows.ts'
import { MessageRow } from './message-row.tsx'
import { OutboxRow } from './outbox-row.tsx'
import { dayKey, dayName } from './moments.ts'

const nearEndPx = 60

interface Properties {
  readonly state: RoomState
  readonly onRetry: (key: string) => void
  readonly onDiscard: (key: string) => void
}

export function MessageList({ state, onRetry, onDiscard }: Properties): JSX.Element {
  const { timeline, outbox, place } = state
  const rows = useMemo(() => toRows(timeline.messages, dayKey), [timeline.messages])
  const entries = visibleEntries(outbox)
  const { box, newer, toEnd, onScroll } = useStayAtEnd(timeline.messages.at(-1)?.id, outbox.at(-1)?.key)

  return (
    <div class="conversation">
      <div
        class="message-list"
        ref={box}
        role="log"
        aria-label="Messages"
        tabIndex={0}
        data-testid="message-list"
        aria-busy={!state.isLoaded}
        onScroll={onScroll}
      >
        {timeline.trimmed && <p class="day muted">Older messages are kept by the cluster, not by this page.</p>}
        {rows.length === 0 && entries.length === 0 && (
          <p class="empty">{state.isLoaded ? 'Nobody has written here yet. Say hello.' : 'Reading what was said…'}</p>
        )}
        <ol class="plain-list messages">
          {rows.map((row) =>
            row.kind === 'day' ? (
              <li key={row.key} class="day">
                <span>{dayName(row.atMs)}</span>
              </li>
            ) : (
              <MessageRow
                key={row.key}
                message={row.message}
                opens={row.opens}
                closes={row.closes}
                isOwn={row.message.user === place.user}
              />
            ),
          )}
          {entries.map((entry) => (
            <OutboxRow
              key={entry.key}
              entry={entry}
              isConnected={state.connection === 'connected'}
              onRetry={onRetry}
              onDiscard={onDiscard}
            />
          ))}
        </ol>
      </div>
      {newer && (
        <button type="button" class="to-end" onClick={toEnd}>
          New messages ↓
        </button>
      )}
    </div>
  )
}

/** @param lastId the newest message. @param lastKey the newest of one's own: writing always leads to the end. */
function useStayAtEnd(lastId: string | undefined, lastKey: string | undefined) {
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  const [newer, setNewer] = useState(false)

  const toEnd = (): void => {
    isAtEnd.current = true
    setNewer(false)
    if (box.current) box.current.scrollTop = box.current.scrollHeight
  }
  const onScroll = (): void => {
    const element = box.current
    if (!element) return
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearEndPx
    if (isAtEnd.current) setNewer(false)
  }

  useLayoutEffect(() => {
    if (isAtEnd.current) toEnd()
    else setNewer(true)
  }, [lastId])
  useLayoutEffect(() => toEnd(), [lastKey])
  useEffect(() => {
    if (!box.current) return
    const observer = new ResizeObserver(() => isAtEnd.current && toEnd())
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  return { box, newer, toEnd, onScroll }
}

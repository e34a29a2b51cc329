import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { toPieces } from '../model/rows.ts'
import type { Message } from '../model/wire.ts'
import { Avatar } from './avatar.tsx'
import { clockTime, fullTime } from './moments.ts'

interface Properties {
  readonly message: Message
  /** First of several by one person. */
  readonly opens: boolean
  /** Last of several by one person. */
  readonly closes: boolean
  readonly isOwn: boolean
}

export function MessageRow({ message, opens, closes, isOwn }: Properties): JSX.Element {
  // The same element as before lets the renderer skip it: a new message then costs one row, not a thousand.
  return useMemo(
    () => (
      <li
        class="message"
        data-testid="message"
        data-id={message.id}
        data-own={isOwn ? 'true' : undefined}
        data-opens={opens ? 'true' : undefined}
      >
        {!isOwn && <span class="message-side">{opens && <Avatar user={message.user} />}</span>}
        <div class="message-body">
          {opens && !isOwn ? (
            <bdi class="message-user">{message.user}</bdi>
          ) : (
            <span class="hidden">{message.user}: </span>
          )}
          <p class="bubble" dir="auto">
            <MessageText text={message.text} />
          </p>
          {closes && (
            <time class="message-time" dateTime={new Date(message.atMs).toISOString()} title={fullTime(message.atMs)}>
              {clockTime(message.atMs)}
            </time>
          )}
        </div>
      </li>
    ),
    [message, opens, closes, isOwn],
  )
}

export function MessageText({ text }: { text: string }): JSX.Element {
  return (
    <>
      {toPieces(text).map((piece) =>
        piece.href === undefined ? (
          piece.text
        ) : (
          <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ),
      )}
    </>
  )
}

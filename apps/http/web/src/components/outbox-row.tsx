/** A message that is not stored yet: on its way, or refused with the server's own sentence. */
import type { JSX } from 'preact'
import { isReadOnly, type OutboxEntry } from '../model/outbox.ts'
import { MessageText } from './message-row.tsx'

interface Properties {
  readonly entry: OutboxEntry
  readonly isConnected: boolean
  readonly onRetry: (key: string) => void
  readonly onDiscard: (key: string) => void
}

export function OutboxRow({ entry, isConnected, onRetry, onDiscard }: Properties): JSX.Element {
  const isFailed = entry.state === 'failed'
  return (
    <li class="message" data-testid="message-pending" data-own="true" data-state={isFailed ? 'failed' : 'pending'}>
      <div class="message-body">
        <p class="bubble" dir="auto">
          <MessageText text={entry.text} />
        </p>
        {isFailed ? (
          <p class="message-problem" role="status">
            <span>Not sent. {entry.problem?.message}</span>
            <button type="button" class="link-button" data-testid="retry" onClick={() => onRetry(entry.key)}>
              Try again
            </button>
            <button type="button" class="link-button" data-testid="discard" onClick={() => onDiscard(entry.key)}>
              Discard
            </button>
          </p>
        ) : (
          <span class="message-time">{waitingWords(entry, isConnected)}</span>
        )}
      </div>
    </li>
  )
}

function waitingWords({ problem }: OutboxEntry, isConnected: boolean): string {
  if (!isConnected) return 'Waiting for the connection…'
  if (problem && isReadOnly(problem)) return 'Waits until it can be stored…'
  return problem ? `Trying again… ${problem.message}` : 'Sending…'
}

/**
 * What was written here and is not stored yet. Each entry keeps its idempotency key for life, so that sending it again is always safe:
 * the server stores a key once and answers every repetition with the same message.
 *
 *   waiting ──sent──▶ inFlight ──acknowledged──▶ gone
 *      ▲                 │ connection lost: waiting
 *      │                 │ refused for now: waiting, not before a while
 *      └──retry── failed ◀─┘ refused
 */
import type { Message, Problem } from './wire.ts'

export type EntryState = 'waiting' | 'inFlight' | 'failed'

export interface OutboxEntry {
  readonly key: string
  readonly text: string
  readonly atMs: number
  readonly state: EntryState
  /** It may have reached the server. */
  readonly wasSent: boolean
  /** How often the server refused it for now. */
  readonly refusals: number
  /** Do not send before this moment. */
  readonly notBeforeMs: number
  readonly problem: Problem | undefined
  /** The push of this very message came before its acknowledgement: it is shown there already, not here. */
  readonly echoId: string | undefined
}

export type Outbox = readonly OutboxEntry[]

/** Nothing is stored until nodes come back, which the page says: what was written waits, as it does without a connection. */
export const isReadOnly = ({ code }: Problem): boolean => /read_?only/i.test(code)

export const newEntry = (key: string, text: string, atMs: number): OutboxEntry => ({
  key,
  text,
  atMs,
  state: 'waiting',
  wasSent: false,
  refusals: 0,
  notBeforeMs: 0,
  problem: undefined,
  echoId: undefined,
})

/** What may be sent now, oldest first. */
export const dueEntries = (outbox: Outbox, nowMs: number): Outbox =>
  outbox.filter((entry) => entry.state === 'waiting' && entry.notBeforeMs <= nowMs)

export const markSent = (outbox: Outbox, key: string): Outbox =>
  change(outbox, key, { state: 'inFlight', wasSent: true })

export const removeEntry = (outbox: Outbox, key: string): Outbox => outbox.filter((entry) => entry.key !== key)

export const markFailed = (outbox: Outbox, key: string, problem: Problem): Outbox =>
  change(outbox, key, { state: 'failed', problem, echoId: undefined })

/** Refused for now: it waits until `notBeforeMs`, and what the server said is shown beside it. */
export const defer = (outbox: Outbox, { key, problem, notBeforeMs, isCounted }: Deferral): Outbox =>
  outbox.map((entry) =>
    entry.key === key
      ? {
          ...entry,
          state: 'waiting',
          problem,
          notBeforeMs,
          refusals: entry.refusals + (isCounted ? 1 : 0),
          echoId: undefined,
        }
      : entry,
  )

export interface Deferral {
  readonly key: string
  readonly problem: Problem
  readonly notBeforeMs: number
  /** Whether it counts towards giving up. */
  readonly isCounted: boolean
}

export const retryEntry = (outbox: Outbox, key: string): Outbox =>
  change(outbox, key, { state: 'waiting', problem: undefined, notBeforeMs: 0, refusals: 0 })

/** The connection is gone and with it every answer that was on its way; the next one starts without waiting. */
export const requeue = (outbox: Outbox): Outbox =>
  outbox.some(isHeldUp)
    ? outbox.map((entry) => (isHeldUp(entry) ? { ...entry, state: 'waiting', notBeforeMs: 0 } : entry))
    : outbox

const isHeldUp = ({ state, notBeforeMs }: OutboxEntry): boolean =>
  state === 'inFlight' || (state === 'waiting' && notBeforeMs > 0)

/**
 * A message of this user appeared. If an entry with that text may have reached the server, the oldest such is most likely it; hiding the
 * entry until its answer comes keeps the text from being seen twice. A wrong guess heals with the answer, which goes by key.
 */
export function noteEcho(outbox: Outbox, message: Message): Outbox {
  const entry = outbox.find(
    ({ state, wasSent, text, atMs, echoId }) =>
      state !== 'failed' &&
      wasSent &&
      echoId === undefined &&
      text === message.text &&
      message.atMs > atMs - clockSkewMs,
  )
  return entry ? change(outbox, entry.key, { echoId: message.id }) : outbox
}

/** How far the clocks of server and page may lie apart before an old message is taken for a new one. */
const clockSkewMs = 60_000

export const visibleEntries = (outbox: Outbox): Outbox => outbox.filter(({ echoId }) => echoId === undefined)

const change = (outbox: Outbox, key: string, fields: Partial<OutboxEntry>): Outbox =>
  outbox.map((entry) => (entry.key === key ? { ...entry, ...fields } : entry))

/** What survives a reload of the page: the text under its key. A key that was sent and not answered is sent again, which is safe. */
export const saveOutbox = (outbox: Outbox): string =>
  JSON.stringify(outbox.map(({ key, text, atMs }) => ({ key, text, atMs })))

/** The inverse; rubbish is an empty outbox. */
export function loadOutbox(saved: string | null): Outbox {
  try {
    const entries: unknown = JSON.parse(saved ?? '[]')
    return Array.isArray(entries)
      ? entries.filter(isSaved).map(({ key, text, atMs }) => ({ ...newEntry(key, text, atMs), wasSent: true }))
      : []
  } catch {
    return []
  }
}

const isSaved = (entry: unknown): entry is Pick<OutboxEntry, 'key' | 'text' | 'atMs'> => {
  const fields = (entry ?? {}) as Record<string, unknown>
  return typeof fields['key'] === 'string' && typeof fields['text'] === 'string' && typeof fields['atMs'] === 'number'
}

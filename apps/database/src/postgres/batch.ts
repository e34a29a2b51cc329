/**
 * What becomes of a batch of messages, as far as no database is needed to know it.
 *
 *     messages of the batch ──┬── their key is in the table ──────────────► answered from there
 *                             ├── the first of its key in this batch ─────► stored
 *                             └── another one with the same key ──────────► answered as that one
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Appended, Message, NewMessage } from '../database.api.ts'

/** A message on its way into the table. */
export interface Writing {
  readonly message: NewMessage
  /** What makes writing it twice impossible, 64 digits of hex. */
  readonly digest: string
}

/** A message in the table. */
export interface StoredRow {
  readonly message: Message
  readonly previous: number
  readonly digest: string
}

/** A message without a key gets one of its own, so that it can be tried again when the answer to a commit was lost. */
export function toWrite(message: NewMessage): Writing {
  const { key } = message
  return {
    message,
    digest: key === null ? randomBytes(32).toString('hex') : createHash('sha256').update(key).digest('hex'),
  }
}

/** Those to store: of each key the first. */
export function freshOf(batch: readonly Writing[], known: ReadonlyMap<string, StoredRow>): Writing[] {
  const fresh = new Map<string, Writing>()
  for (const writing of batch) {
    const { digest } = writing
    if (!known.has(digest) && !fresh.has(digest)) fresh.set(digest, writing)
  }
  return [...fresh.values()]
}

/** The answer to each of the batch, in its order. @param rows all that the batch's keys stand for now. */
export function answersTo(batch: readonly Writing[], rows: ReadonlyMap<string, StoredRow>): Appended[] {
  return batch.map(({ message, digest }) => {
    const row = rows.get(digest)
    if (row === undefined) throw new Error(`no row for the key ${digest}`)
    const { room, user, text } = row.message
    const same = room === message.room && user === message.user && text === message.text
    return same ? { ok: row.message, previous: row.previous } : { error: 'keyReused' }
  })
}

/**
 * What of a text can be kept: the same wherever messages are kept, so that what was acknowledged is what is read, and a key stands for one message.
 *
 * PostgreSQL's text has no U+0000, and what SQLite has behind one is not read back by node:sqlite before Node 24.15. UTF-8 has no half of a pair of
 * surrogates. They become U+FFFD, the sign for what cannot be shown, where a message or a question enters the server.
 */
import type { StandardSchema } from '@agner/behaviours'
import type { NewMessage } from './database.api.ts'

export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{FFFD}')
}

/** Messages as they can be kept. */
export function storableMessage(): StandardSchema<NewMessage> {
  return { '~standard': { version: 1, vendor: '@agner-chat/database', validate } }

  function validate(value: unknown): { readonly value: NewMessage } {
    // What is no text has no such methods: then this throws, and the message is refused.
    const { room, user, text, key } = value as NewMessage
    const kept = { room: storable(room), user: storable(user), text: storable(text) }
    return { value: { ...kept, key: key === null ? null : storable(key) } }
  }
}

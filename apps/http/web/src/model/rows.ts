/**
 * The message list as rows: a line per day, and messages of one person that follow each other closely drawn together.
 */
import type { Message } from './wire.ts'

const togetherMs = 5 * 60_000

export type Row =
  | { readonly kind: 'day'; readonly atMs: number; readonly key: string }
  | {
      readonly kind: 'message'
      readonly message: Message
      readonly opens: boolean
      readonly closes: boolean
      readonly key: string
    }

/** @param dayOf names the day of a moment in the reader's time zone; equal for moments of one day. */
export function toRows(messages: readonly Message[], dayOf: (atMs: number) => string): readonly Row[] {
  const rows: Row[] = []
  let day = ''
  messages.forEach((message, index) => {
    const today = dayOf(message.atMs)
    const opensDay = today !== day
    day = today
    if (opensDay) rows.push({ kind: 'day', atMs: message.atMs, key: `day ${today} ${message.id}` })
    const next = messages[index + 1]
    const opens = opensDay || !belong(messages[index - 1], message)
    const closes = !belong(message, next) || (next !== undefined && dayOf(next.atMs) !== today)
    rows.push({ kind: 'message', message, opens, closes, key: message.id })
  })
  return rows
}

const belong = (a: Message | undefined, b: Message | undefined): boolean =>
  a !== undefined && b !== undefined && a.user === b.user && Math.abs(b.atMs - a.atMs) < togetherMs

export type Piece = { readonly text: string; readonly href?: string }

/** Cuts a text at its http addresses. Anything else, a `javascript:` address first of all, stays text. */
export function toPieces(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}']/g)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) })
    pieces.push({ text: match[0], href: match[0] })
    from = match.index + match[0].length
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}

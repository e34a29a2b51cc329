/**
 * Pages of messages: bounded by how many they are, and by how large, so that every page can be sent, and who goes on from page to page comes to the end.
 */
import type { Message } from './database.api.ts'
import type { PageQuery } from './questions.ts'

/** More than this is a smaller page than asked for, not an error. */
export const pageMessages = 1000
/** UTF-8 of one page, about; a larger message is a page of its own. Well below what one signal to another node may have (8 MiB). */
export const pageBytes = 1_048_576
/** Of a message beside its texts, about. */
const bytesBeside = 96

export interface Page {
  /** Oldest first. */
  readonly messages: readonly Message[]
  /** There are more after these. That there are fewer than asked for says nothing. */
  readonly more: boolean
}

/** As many as make a page. @param rows one more than the limit, if there are so many; no more of them are looked at than are needed */
export function takePage<T extends Message>(
  rows: Iterable<T>,
  limit: number,
): { readonly taken: T[]; readonly more: boolean } {
  const taken: T[] = []
  let bytes = 0
  for (const row of rows) {
    bytes += bytesOf(row)
    if (taken.length >= limit || (taken.length > 0 && bytes > pageBytes)) return { taken, more: true }
    taken.push(row)
  }
  return { taken, more: false }
}

/** What was answered as a page. One of an earlier version answers with the messages alone: then fewer than asked for are the end. */
export function toPage(answered: readonly Message[] | Page, limit: number): Page {
  if ('more' in answered) return answered
  return { messages: answered, more: answered.length >= Math.min(limit, pageMessages) }
}

/** A page in the form that was asked for. */
export function answerTo({ paged }: PageQuery): (page: Page) => readonly Message[] | Page {
  return (page) => (paged === true ? page : page.messages)
}

function bytesOf({ room, user, text, key }: Message & { readonly key?: string | null }): number {
  return bytesBeside + [room, user, text, key ?? ''].reduce((sum, each) => sum + Buffer.byteLength(each), 0)
}

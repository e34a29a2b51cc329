/**
 * What the machine says, given to who asked: what fails there, or cannot be sent, is its asker's, and the member goes on. A query changes nothing, and a
 * command is applied by then.
 */
import type { Refused } from './member.api.ts'
import { give, type Asker } from './requests.ts'

/** What a bug said is told to its asker, but not without end. */
const longestMessage = 1024

/** Answers with what `ask` gives; with `refusal` if that throws, or gives what cannot be sent. */
export function giveOrRefuse(from: Asker, ask: () => unknown, refusal: () => Refused): void {
  try {
    give(from, { type: 'done', value: ask() })
  } catch (error) {
    give(from, { ...refusal(), message: messageOf(error) })
  }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : error
  return typeof message === 'string' ? message.slice(0, longestMessage) : 'what it threw is no error'
}

/** About how many bytes an entry takes on the wire: enough to keep a message below what a connection takes, no more. Pure. */
import { weigh } from '@agner/core/kernel'
import type { Entry } from './interface.ts'

/** What an entry has besides its command, without the name of its session. */
const entryBytes = 96

/** Looks at no more of its command than `mostBytes` take: what is larger counts as so much. */
export function weighEntry(entry: Entry, mostBytes: number): number {
  switch (entry.type) {
    case 'command':
      return entryBytes + (entry.request?.session.length ?? 0) + most(entry.command, mostBytes)
    case 'configuration':
      return entryBytes + most(entry.configuration, mostBytes)
    case 'nothing':
      return entryBytes
  }
}

function most(value: unknown, mostBytes: number): number {
  const { objectBytes, byteStrings } = weigh(value, mostBytes)
  return Math.min(objectBytes + byteStrings, mostBytes)
}

/**
 * All items, in the order of the table.
 */
import { events } from './events.ts'
import type { Item } from './item.ts'
import { naive } from './naive-clones.ts'
import { processes } from './processes.ts'

export const items: readonly Item[] = [...processes, ...events, ...naive]

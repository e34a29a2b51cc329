/**
 * All items, in the order of the table.
 */
import { applications } from './applications.ts'
import { events } from './events.ts'
import type { Item } from './item.ts'
import { naive } from './naive-clones.ts'
import { processes } from './processes.ts'
import { requests } from './requests.ts'
import { supervisors } from './supervisors.ts'

export const items: readonly Item[] = [...processes, ...requests, ...events, ...applications, ...supervisors, ...naive]

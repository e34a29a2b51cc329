/**
 * All items, in the order of the table.
 */
import { applications } from './applications.ts'
import { distribution } from './distribution.ts'
import { erpc } from './erpc.ts'
import { events } from './events.ts'
import type { Item } from './item.ts'
import { logging } from './logging.ts'
import { looking } from './looking.ts'
import { naive } from './naive-clones.ts'
import { names } from './names.ts'
import { processes } from './processes.ts'
import { requests } from './requests.ts'
import { statem } from './statem.ts'
import { servers } from './servers.ts'
import { supervisors } from './supervisors.ts'

export const items: readonly Item[] = [
  ...processes,
  ...statem,
  ...requests,
  ...servers,
  ...looking,
  ...events,
  ...applications,
  ...supervisors,
  ...logging,
  ...distribution,
  ...erpc,
  ...names,
  ...naive,
]

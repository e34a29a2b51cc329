/**
 * gen_event.
 */
import { known, verified, type Item } from './item.ts'

export const events: readonly Item[] = [
  verified('E01', 'events go to the newest handler first; an id may be there twice'),
  verified('E02', 'notify and sync_notify'),
  verified('E03', 'calls to a handler'),
  verified('E04', 'a crash removes one handler'),
  verified('E05', 'supervised handlers and their owners'),
  verified('E06', 'delete_handler'),
  verified('E07', 'swap_handler'),
  known('E08', 'messages, and the end of the manager'),
  known('E09', 'hibernate from a handler'),
]

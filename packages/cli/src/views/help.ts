/** The page of keys. */
import { blank, line, span, type Line } from '../screen/line.ts'

const key = (keys: string, does: string): Line => line(span(`  ${keys.padEnd(22)}`, 'accent'), does)

export const helpLines: readonly Line[] = [
  line(span('Keys', 'bold')),
  key('↑ ↓  k j', 'one row'),
  key('PgUp PgDn  Home End', 'a page; the first and the last row'),
  key('Enter  →', 'look at the selected process'),
  key('Esc  ←', 'back; show all rows again'),
  key('Tab  1 2', 'the supervision tree, or the processes that have most'),
  key('s', 'sort processes by mailbox, reductions within a second, memory'),
  key('/', 'only rows that have a text in their name, code or pid'),
  key('r', 'ask now'),
  key('q  Ctrl-C', 'quit'),
  blank,
  line(span('What is shown', 'bold')),
  line('  lag          by how much the event loop was late, at most, within ten seconds'),
  line('  reductions   turns of processes, and messages that they handled'),
  line('  silent       a process that does not answer: it is busy, suspended, or hangs'),
  line('  memory       of a process: an estimate of what its state, mailbox and dictionary hold'),
]

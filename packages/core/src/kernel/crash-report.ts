/**
 * What is told of a crash, put together at the moment of it and only then (proc_lib's crash report).
 *
 * Neighbours are the processes of this node that the crash is about to reach: linked to it, or to one that is, and not trapping exits. All that
 * can be many is cut off at a limit, and counted.
 */
import type { ExitReason } from '../exit-reason.ts'
import { readItems } from '../process-info.ts'
import type { Ancestor, CrashReport } from '../report.ts'
import type { ProcessRecord } from './process-record.ts'
import { Request } from './request.ts'
import { messageOf } from '../values/thrown.ts'

/** How many of each a report names. */
export const ancestorLimit = 16
export const linkLimit = 16
export const neighbourLimit = 15
export const dictionaryLimit = 32
/** How many links are looked at in search of neighbours. */
const searchLimit = 1000

const told = ['pid', 'name', 'label', 'parent', 'initialCall', 'mailboxLength', 'trapsExits'] as const
const toldOfNeighbours = ['pid', 'name', 'label', 'initialCall', 'status', 'mailboxLength'] as const

/** Under this key, which no user's state has, the state of a callback body may have a function that tells of the process: `(reason, lastMessage) => {…}`. */
const crashDetails = '~crashDetails'

type Details = Readonly<Record<string, unknown>>
type TellDetails = (reason: ExitReason, lastMessage: unknown) => Details

export function crashReport(record: ProcessRecord, reason: ExitReason): CrashReport {
  const links = record.links?.active() ?? []
  const dictionary = (!record.sensitive && record.belongings?.dictionary) || null
  const last = record.sensitive ? undefined : record.body.lastMessage(record)
  const details = record.sensitive ? null : detailsOf(record, reason, last)
  return {
    type: 'crash',
    ...readItems(record, null, told),
    reason,
    ancestors: ancestorsOf(record),
    lastMessage: details !== null && 'lastMessage' in details ? details['lastMessage'] : shown(last),
    ...(last instanceof Request && { client: last.from }),
    ...(details !== null && { details: withoutMessage(details) }),
    links: links.slice(0, linkLimit),
    linkCount: links.length,
    dictionary: new Map(dictionary?.entries().slice(0, dictionaryLimit)),
    dictionarySize: dictionary?.size ?? 0,
    neighbours: neighboursOf(record)
      .filter(isListed)
      .map((each) => readItems(each, null, toldOfNeighbours)),
  }
}

/** A request has more in it than what was asked. */
function shown(message: unknown): unknown {
  return message instanceof Request ? message.payload : message
}

/** What fails here must not hide the crash. */
function detailsOf({ state }: ProcessRecord, reason: ExitReason, last: unknown): Details | null {
  if (typeof state !== 'object' || state === null) return null
  try {
    if (!(crashDetails in state)) return null
    return (state[crashDetails] as TellDetails).call(state, reason, shown(last))
  } catch (error) {
    return { failed: messageOf(error) }
  }
}

function withoutMessage({ lastMessage: _, ...details }: Details): Details {
  return details
}

/** From the parent up, as far as they live here; the last one may be dead, or another node's. */
function ancestorsOf({ kernel, parent }: ProcessRecord): Ancestor[] {
  const ancestors: Ancestor[] = []
  for (let pid = parent; pid !== null && ancestors.length < ancestorLimit;) {
    const record = kernel.local(pid)
    const isHere = record !== null && record !== 'remote'
    ancestors.push({ pid, name: isHere ? record.name : null })
    pid = isHere ? record.parent : null
  }
  return ancestors
}

/** A port is no process to list, though a crash goes on through it. */
const isListed = ({ visible }: ProcessRecord): boolean => visible

/** Those nearest to the crash first. */
function neighboursOf(record: ProcessRecord): ProcessRecord[] {
  const { kernel } = record
  const found = new Set([record])
  let left = searchLimit
  for (const each of found) {
    for (const pid of each.links?.active() ?? []) {
      if (found.size > neighbourLimit || left-- <= 0) return [...found].slice(1)
      const other = kernel.local(pid)
      if (other !== null && other !== 'remote' && !other.trapsExits && other.phase === 'alive') found.add(other)
    }
  }
  return [...found].slice(1)
}

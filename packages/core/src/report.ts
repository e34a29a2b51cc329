/**
 * Reports: what a node tells its operator. A crash is always told, with what is needed to find its cause (proc_lib's crash report).
 */
import { describeReason, type ExitReason } from './exit-reason.ts'
import type { AnyPid } from './identity/pid.ts'
import type { DictionaryKey } from './process/dictionary.ts'
import type { ProcessInfo } from './process-info.ts'

/** Somebody above in the tree of who spawned whom. */
export interface Ancestor {
  readonly pid: AnyPid
  /** Null if it has none, is dead, or is another node's. */
  readonly name: string | null
}

/** A process of the same node that a crash reaches over links: it does not trap exits. */
export type Neighbour = Pick<ProcessInfo, 'pid' | 'name' | 'label' | 'initialCall' | 'status' | 'mailboxLength'>

/**
 * A process's own code failed. Exits that were asked for (`normal`, `shutdown`, exit signals, `exit(reason)`) are none. What can be many is
 * cut off: a report stays small however large the process was. Whoever is told finds the process no longer alive: what is to be known of it stands here.
 */
export interface CrashReport extends Pick<
  ProcessInfo,
  'pid' | 'name' | 'label' | 'parent' | 'initialCall' | 'mailboxLength' | 'trapsExits'
> {
  readonly type: 'crash'
  /** An error has its stack in it. */
  readonly reason: ExitReason
  /** Who spawned it, who spawned that one, and so on: 16 at most. The chain ends at a process that is dead or on another node. */
  readonly ancestors: readonly Ancestor[]
  /** What it handled last, as the process itself saw it; undefined if there was nothing, or it is sensitive. May hold secrets: redact before storing. */
  readonly lastMessage: unknown
  /** Who waited for the answer to it, if it was a request; of a request `lastMessage` is the payload. */
  readonly client?: AnyPid
  /** What a behaviour tells of its process: of a server `module`, and `state` as its `formatStatus` shows it. May hold secrets, too: absent if it is sensitive. */
  readonly details?: Readonly<Record<string, unknown>>
  /** 16 at most, of {@link linkCount}. */
  readonly links: readonly AnyPid[]
  readonly linkCount: number
  /** What it kept for itself, as it was: 32 entries at most, of {@link dictionarySize}. May hold secrets, too: empty if it is sensitive. */
  readonly dictionary: ReadonlyMap<DictionaryKey, unknown>
  readonly dictionarySize: number
  /** Whom the crash reaches next, and whom these reach: 15 at most, the nearest first. */
  readonly neighbours: readonly Neighbour[]
}

/** Something that a dead process owned could not be closed. */
export interface ClosingFailed {
  readonly type: 'closing_failed'
  readonly pid: AnyPid
  readonly name: string | null
  readonly error: unknown
}

/** A mailbox reached its limit, and its process was ended for it. */
export interface MailboxOverflow {
  readonly type: 'mailbox_overflow'
  readonly pid: AnyPid
  readonly name: string | null
  readonly limit: number
}

/** A layer above the kernel has something to say: a supervisor, an application, a connection. */
export interface Notice {
  readonly type: 'notice'
  readonly level: 'debug' | 'info' | 'warning' | 'error'
  /** Who speaks, as a path: `supervisor`, `distribution.handshake`. */
  readonly source: string
  readonly text: string
  readonly details?: Readonly<Record<string, unknown>>
}

export type Report = CrashReport | ClosingFailed | MailboxOverflow | Notice

/** Takes reports. What it throws, or rejects with, is swallowed: reporting never hurts who is reported. */
export type Reporter = (report: Report) => void

/** One line or a few for people. Messages and the values of dictionaries are not printed, since they may hold secrets. */
export function formatReport(report: Report): string {
  switch (report.type) {
    case 'crash':
      return formatCrash(report)
    case 'closing_failed':
      return `[agner] something that ${String(report.pid)} owned could not be closed: ${String(report.error)}`
    case 'mailbox_overflow':
      return `[agner] process ${describeProcess(report)} was ended: its mailbox reached the limit of ${report.limit} messages`
    case 'notice':
      return `[agner] ${report.level} ${report.source}: ${report.text}`
  }
}

function formatCrash(report: CrashReport): string {
  const { reason, initialCall, ancestors, mailboxLength, links, linkCount, dictionary, dictionarySize, trapsExits } =
    report
  const { client } = report
  const why = reason instanceof Error && reason.stack !== undefined ? `\n${reason.stack}` : ` ${describeReason(reason)}`
  const lines = [
    initialCall === null ? null : `spawned as ${initialCall}`,
    ancestors.length === 0
      ? null
      : `by ${ancestors.map(({ pid, name }) => describeProcess({ pid, name })).join(', by ')}`,
    client === undefined ? null : `while it handled a request of ${String(client)}`,
    `waiting messages: ${mailboxLength}${trapsExits ? '; trapped exits' : ''}`,
    linkCount === 0 ? null : `linked to ${list(links.map(String), linkCount)}`,
    dictionarySize === 0 ? null : `kept ${list([...dictionary.keys()].map(String), dictionarySize)}`,
    ...report.neighbours.map(
      (each) =>
        `reaches ${describeProcess(each)}${each.initialCall === null ? '' : `, spawned as ${each.initialCall}`}, ${each.status}, waiting messages: ${each.mailboxLength}`,
    ),
  ]
  const told = lines.filter((line) => line !== null).map((line) => `\n  ${line}`)
  return `[agner] process ${describeProcess(report)} crashed:${why}${told.join('')}`
}

function list(shown: readonly string[], count: number): string {
  return shown.join(', ') + (count > shown.length ? ` and ${count - shown.length} more` : '')
}

/** A process for people: its pid, with its name, or else its label. */
export function describeProcess({
  pid,
  name,
  label = null,
}: {
  readonly pid: AnyPid
  readonly name: string | null
  readonly label?: unknown
}): string {
  if (name === null && label === null) return String(pid)
  return `${String(pid)} "${name ?? describeReason(label as ExitReason)}"`
}

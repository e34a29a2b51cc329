/**
 * What can be asked about a live process (erlang:process_info/2).
 */
import type { AnyPid } from './identity/pid.ts'
import type { ProcessRecord } from './kernel/process-record.ts'
import type { NameAddress } from './kernel/router.ts'

export interface ProcessInfo {
  readonly pid: AnyPid
  readonly name: string | null
  readonly label: string | null
  readonly parent: AnyPid | null
  /** The process that leads the group it was born into; inherited from its parent. Null outside any group. */
  readonly leader: AnyPid | null
  /** Waiting messages, handled or not. */
  readonly mailboxLength: number
  readonly links: readonly AnyPid[]
  /** What it monitors. */
  readonly monitors: readonly (AnyPid | NameAddress)[]
  readonly monitoredBy: readonly AnyPid[]
  readonly trapsExits: boolean
}

export function processInfo(record: ProcessRecord): ProcessInfo {
  const label = record.belongings?.label
  return {
    pid: record.pid,
    name: record.name,
    label: typeof label === 'string' ? label : null,
    parent: record.parent,
    leader: record.leader,
    mailboxLength: record.mailboxLength,
    links: record.links?.active() ?? [],
    monitors: [...(record.monitors ?? [])].map(({ by }) => by),
    monitoredBy: [...(record.watchers ?? [])].map(({ watcher }) => watcher),
    trapsExits: record.trapsExits,
  }
}

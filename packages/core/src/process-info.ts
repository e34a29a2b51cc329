/**
 * What can be asked about a live process (erlang:process_info/2).
 *
 * Asking for a process handles what was sent to it before, so that the answer is in step with the asker's own signals. What costs little
 * is in {@link ProcessInfo} and comes unasked; the rest of {@link ProcessItems} is asked for by name.
 */
import { coreError } from './errors.ts'
import type { AnyPid } from './identity/pid.ts'
import { wantPid } from './identity/wanted.ts'
import { RunningAsync } from './kernel/async-body.ts'
import type { Kernel } from './kernel/kernel.ts'
import type { Priority } from './kernel/priority.ts'
import type { ProcessRecord } from './kernel/process-record.ts'
import { Request } from './kernel/request.ts'
import type { Ring } from './kernel/ring.ts'
import type { NameAddress } from './kernel/router.ts'
import { estimateMemory } from './memory-estimate.ts'
import type { DictionaryKey } from './process/dictionary.ts'
import { show } from './values/show.ts'

/**
 * `running`: it asks about itself. `suspended`: by somebody. `runnable`: it stands in the run queue. `waiting`: for a message, or for whatever
 * else its body awaits. A process that asks through its node, and not through `self`, is not known as the one that runs.
 */
export type ProcessStatus = 'running' | 'suspended' | 'runnable' | 'waiting'

export interface ProcessInfo {
  readonly pid: AnyPid
  readonly name: string | null
  /** What `self.label` was given; null without. */
  readonly label: unknown
  readonly parent: AnyPid | null
  /** The process that leads the group it is in; inherited from its parent on the same node. Null outside any group. */
  readonly groupLeader: AnyPid | null
  readonly status: ProcessStatus
  /** What it was spawned as: `module@version:function` for code of a registered module, else the name of the function; null for one without a name. */
  readonly initialCall: string | null
  /** Waiting messages, handled or not. */
  readonly mailboxLength: number
  readonly links: readonly AnyPid[]
  /** What it monitors. */
  readonly monitors: readonly (AnyPid | NameAddress)[]
  readonly monitoredBy: readonly AnyPid[]
  readonly trapsExits: boolean
  readonly priority: Priority
  /** Its turns, and what it handled at them, or received from its mailbox: the unit of what the scheduler shares out. Grows for ever. */
  readonly reductions: number
}

/** All that can be asked for by name. */
export interface ProcessItems extends ProcessInfo {
  /** What it runs now: as {@link ProcessInfo.initialCall}, unless it became something else; `hibernate` while it hibernates. */
  readonly currentFunction: string | null
  /** Copies of the messages that wait, in order. A call is shown as `{ type: 'request', from, payload }`. None of a sensitive process. */
  readonly messages: readonly unknown[]
  /** A copy. What cannot be copied is shown by a text in brackets. Empty, of a sensitive process. */
  readonly dictionary: ReadonlyMap<DictionaryKey, unknown>
  /** Whom it suspends, and how many times. */
  readonly suspending: readonly { readonly pid: AnyPid; readonly times: number }[]
  /** An estimate: see docs/limits.md for what is counted. */
  readonly memoryBytes: number
}

export type ProcessItem = keyof ProcessItems

/** @param asker the process that asks; null for code outside any. */
type Read<T> = (record: ProcessRecord, asker: ProcessRecord | null) => T

const unasked: { readonly [Item in keyof ProcessInfo]: Read<ProcessInfo[Item]> } = {
  pid: ({ pid }) => pid,
  name: ({ name }) => name,
  label: ({ belongings }) => show(belongings?.label ?? null),
  parent: ({ parent }) => parent,
  groupLeader: ({ leader }) => leader,
  status: statusOf,
  initialCall: (record) => record.belongings?.initialCall ?? callOf(record),
  mailboxLength: ({ messagesWaiting }) => messagesWaiting,
  links: ({ links }) => links?.active() ?? [],
  monitors: ({ monitors }) => [...(monitors ?? [])].map(({ by }) => by),
  monitoredBy: ({ watchers }) => [...(watchers ?? [])].map(({ watcher }) => watcher),
  trapsExits: ({ trapsExits }) => trapsExits,
  priority: ({ priority }) => priority,
  reductions: ({ allReductions }) => allReductions,
}

const readers: { readonly [Item in ProcessItem]: Read<ProcessItems[Item]> } = {
  ...unasked,
  currentFunction: (record) => (hibernates(record) ? 'hibernate' : callOf(record)),
  messages: ({ saved, sensitive }) => (saved === null || sensitive ? [] : allOf(saved).map(showMessage)),
  dictionary: ({ belongings, sensitive }) =>
    new Map(((!sensitive && belongings?.dictionary?.entries()) || []).map(([key, value]) => [key, show(value)])),
  suspending: ({ belongings }) => [...(belongings?.suspension?.of ?? [])].map(([{ pid }, times]) => ({ pid, times })),
  memoryBytes: estimateMemory,
}

export const cheapItems = Object.keys(unasked) as readonly (keyof ProcessInfo)[]

function statusOf(record: ProcessRecord, asker: ProcessRecord | null): ProcessStatus {
  if (record === asker) return 'running'
  if (record.suspended) return 'suspended'
  return record.queued || record.runnable ? 'runnable' : 'waiting'
}

function hibernates({ body, asleep }: ProcessRecord): boolean {
  return asleep || (body instanceof RunningAsync && body.hibernates)
}

function callOf(record: ProcessRecord): string | null {
  return record.code === null ? null : record.kernel.modules.nameOf(record.code)
}

function allOf(saved: Ring<unknown>): unknown[] {
  const messages: unknown[] = []
  for (let position = saved.start; position < saved.end; position++) {
    const message = saved.at(position)
    if (message !== undefined) messages.push(message)
  }
  return messages
}

function showMessage(message: unknown): unknown {
  if (!(message instanceof Request)) return show(message)
  return { type: 'request', from: message.from, payload: show(message.payload) }
}

/**
 * Undefined if the process is dead.
 *
 * @throws `info.not_local` for a process of another node, `info.bad_item`
 */
export function processInfo(
  kernel: Kernel,
  pid: AnyPid,
  asker: ProcessRecord | null,
  items: readonly ProcessItem[] = cheapItems,
): Partial<ProcessItems> | undefined {
  wantPid('processInfo', pid)
  const record = kernel.local(pid)
  if (record === 'remote') throw coreError('info.not_local', { pid: String(pid) })
  const wrong = items.find((item) => !Object.hasOwn(readers, item))
  if (wrong !== undefined)
    throw coreError('info.bad_item', { item: String(wrong), known: Object.keys(readers).join(', ') })
  if (record === null) return undefined
  record.fetch()
  return record.lives ? readItems(record, asker, items) : undefined
}

/** The same without a look at what has arrived: for the kernel, where no code of the process may run. */
export function readItems<Item extends ProcessItem>(
  record: ProcessRecord,
  asker: ProcessRecord | null,
  items: readonly Item[],
): Pick<ProcessItems, Item> {
  return Object.fromEntries(items.map((item) => [item, readers[item](record, asker)])) as Pick<ProcessItems, Item>
}

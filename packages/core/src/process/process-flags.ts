/**
 * The flags of a process: what it may change about how the kernel treats it (erlang:process_flag/2).
 */
import { coreError } from '../errors.ts'
import { checkPriority, type Priority } from '../kernel/priority.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import { describeValue } from '../values/describe.ts'

/** The flags by name, and what they take. */
export interface ProcessFlags {
  /** Whether exit signals come as `Exit` messages. */
  readonly trapExits: boolean
  /** Not inherited. A new one counts from the next turn on. */
  readonly priority: Priority
  /** More messages than this waiting end the process: at least 1, or Infinity. */
  readonly mailboxLimit: number
  /**
   * What it handles and keeps is shown to nobody: process info has no messages and no dictionary of it, a crash report no last message and
   * no dictionary. Reasons and labels are shown; secrets do not belong there.
   */
  readonly sensitive: boolean
}

interface Flag<T> {
  read(record: ProcessRecord): T
  write(record: ProcessRecord, value: T): void
  /** @throws `flag.bad_value` */
  check(value: unknown): asserts value is T
}

const flags: { readonly [Name in keyof ProcessFlags]: Flag<ProcessFlags[Name]> } = {
  trapExits: {
    read: (record) => record.trapsExits,
    write: (record, on) => void (record.trapsExits = on),
    check: (value) => checkSwitch('trapExits', value),
  },
  priority: {
    read: (record) => record.priority,
    write: (record, priority) => record.kernel.scheduler.rank(record, priority),
    check: checkPriority,
  },
  mailboxLimit: {
    read: (record) => record.mailboxLimit,
    write: (record, limit) => record.kernel.limitMailbox(record, limit),
    check: checkLimit,
  },
  sensitive: {
    read: (record) => record.sensitive,
    write: (record, on) => void (record.sensitive = on),
    check: (value) => checkSwitch('sensitive', value),
  },
}

/** @returns the old value. @throws `flag.unknown`, `flag.bad_value` */
export function setFlag<Name extends keyof ProcessFlags>(
  record: ProcessRecord,
  name: Name,
  value: ProcessFlags[Name],
): ProcessFlags[Name] {
  if (!Object.hasOwn(flags, name))
    throw coreError('flag.unknown', { name: describeValue(name), known: Object.keys(flags).join(', ') })
  const flag: Flag<ProcessFlags[Name]> = flags[name]
  flag.check(value)
  const before = flag.read(record)
  if (record.lives) flag.write(record, value)
  return before
}

function checkSwitch(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean')
    throw coreError('flag.bad_value', { name, value: describeValue(value), wanted: 'true or false' })
}

function checkLimit(value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value >= 1))
    throw coreError('flag.bad_value', {
      name: 'mailboxLimit',
      value: describeValue(value),
      wanted: 'a number of at least 1, or Infinity',
    })
}

/**
 * The keeper of a scope's locks on one node: it says yes or no at once, and waits for nobody.
 *
 *     who wants it ── request: set ──► keeper     true, or false if another requester has it
 *     who has it   ── take ──────────► keeper     one count less; in order, after the set
 *
 * It watches who holds locks: when that one ends, or its node is lost, all that it has here is free.
 */
import { Pid, Ref, Request, reply, type AnyPid, type CallbackBody, type Down, type Process } from '@agner/core'
import { refuse } from '@agner/core/kernel'
import { globalError } from '../errors.ts'
import type { GlobalLimits } from '../limits.ts'
import type { LockId, LockKey } from './lock-id.ts'
import type { LockTable } from './lock-table.ts'

export interface LockState {
  readonly table: LockTable
  readonly limits: Pick<GlobalLimits, 'locks'>
  readonly counts: { refusedLocks: number; rubbish: number }
}

/** What a keeper is asked (`set`), and told (`take`). */
export interface LockQuestion extends LockId {
  readonly lock: 'set' | 'take'
  readonly holder: AnyPid
}

export function lockKeeperName(scope: string): string {
  return `@agner/global/locks/${scope}`
}

type Monitors = Map<AnyPid, Ref>

export function lockKeeperBody(state: LockState): CallbackBody<unknown, Monitors> {
  return {
    name: '@agner/global/locks',
    init: () => new Map(),
    message: (self, message, monitors) => {
      const isRequest = message instanceof Request
      const question = readQuestion(isRequest ? message.payload : message)
      if (question !== null && isRequest === (question.lock === 'set')) {
        if (question.lock === 'set') set(self, state, monitors, message as Request<unknown, boolean>, question)
        else take(self, state, monitors, question)
      } else if (isDown(message)) {
        const holder = message.process as AnyPid
        // Anybody may say that a process has ended.
        if (monitors.get(holder) !== message.ref) return monitors
        state.table.forget(holder)
        monitors.delete(holder)
      } else {
        state.counts.rubbish++
        if (isRequest) refuse(message, globalError('global.bad_lock', { value: typeof message.payload }))
      }
      return monitors
    },
  }
}

function set(
  self: Process<unknown>,
  { table, limits, counts }: LockState,
  monitors: Monitors,
  request: Request<unknown, boolean>,
  question: LockQuestion,
): void {
  // Also when nobody waits for the answer any more: who gave up has sent what takes it back, and that takes one count, whichever it is.
  const { holder, resource } = question
  if (table.size >= limits.locks && !table.has(resource)) {
    counts.refusedLocks++
    return refuse(request, globalError('global.too_many_locks', { node: self.node.name, limit: limits.locks }))
  }
  const isSet = table.set(question, holder)
  // Of one that is dead already the monitor fires at once.
  if (isSet && !monitors.has(holder)) monitors.set(holder, self.monitor(holder))
  reply(request, isSet)
}

function take(self: Process<unknown>, { table }: LockState, monitors: Monitors, question: LockQuestion): void {
  const { holder } = question
  if (!table.take(question, holder)) return
  const ref = monitors.get(holder)
  monitors.delete(holder)
  if (ref !== undefined) self.demonitor(ref, { flush: true })
}

function isDown(message: unknown): message is Down {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === 'down' && 'ref' in message
  )
}

function readQuestion(value: unknown): LockQuestion | null {
  if (typeof value !== 'object' || value === null) return null
  const { lock, resource, requester, holder } = value as Partial<LockQuestion>
  const isSound = (lock === 'set' || lock === 'take') && isKey(resource) && isKey(requester) && holder instanceof Pid
  return isSound ? (value as LockQuestion) : null
}

export function isKey(value: unknown): value is LockKey {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return !Number.isNaN(value)
  return value instanceof Pid || value instanceof Ref || typeof value === 'bigint' || typeof value === 'boolean'
}

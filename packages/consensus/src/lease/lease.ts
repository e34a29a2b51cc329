/**
 * Holding a lease: asking for it, renewing it in time, and knowing when it is over.
 *
 *     owner ── acquireLease ──► renewer ── acquire, renew, renew … ──► group
 *       ▲                          │ counts from before it asked, and ends a margin before the group may
 *       └── leaseLost, or exit ────┘
 *
 * The renewer is linked to its owner: when the owner ends, the lease is given back at once. A thread that is held for long may notice late that its lease is
 * over, so whatever the lease protects checks its token (`checkFence`).
 */
import type { AnyPid, AnyProcess, Exit, Process } from '@agner/core'
import type { GroupClient } from '../client/client-interface.ts'
import { isMs } from '../client/options.ts'
import { consensusError } from '../errors.ts'
import { isDuration, longestMs, type Lease, type LeaseCommand, type LeaseQuery, type LeaseResult } from './machine.ts'

export type LeaseClient = GroupClient<LeaseCommand, LeaseResult, LeaseQuery, readonly Lease[]>

export interface LeaseOptions {
  readonly name: string
  /** Milliseconds that the group lets it stand without a renewal. It is renewed after a third of them. At least 100; default 10,000. */
  readonly durationMs?: number
  /**
   * Milliseconds before the end at which the owner gives it up: room for clocks that do not run at the same rate, and for what the owner is about to do.
   * Default a tenth of the duration.
   */
  readonly marginMs?: number
  /** Milliseconds to wait for one that somebody has: it is asked for again every now and then. Whoever asks first when it is free gets it. Default 0. */
  readonly waitMs?: number
  /** How the owner hears that it is over: by a message {@link LeaseLost} (the default), or by an exit signal with `{ leaseLost: name }`. */
  readonly atEnd?: 'message' | 'exit'
}

/** The lease is over, or will be before it can be renewed: stop doing what it was for. */
export interface LeaseLost {
  readonly type: 'leaseLost'
  readonly name: string
  readonly token: number
  /** `expired`: it could not be renewed in time. `lost`: the group says that it is another's, or nobody's. */
  readonly why: 'expired' | 'lost'
}

export interface HeldLease {
  readonly name: string
  /** Show it to what the lease protects: see `checkFence`. */
  readonly token: number
  /** By this node's clock, which is what counts when the owner looks just before it acts. */
  isHeld(): boolean
  /** Gives it back; nothing is told any more. Resolves when the group knows, or when it is over by itself. */
  release(): Promise<void>
}

export type LeaseAnswer =
  | { readonly type: 'held'; readonly lease: HeldLease }
  /** Somebody has it; as the group said. */
  | { readonly type: 'taken'; readonly by: Lease }

/** What a process may ask for: one whose messages are known, and none of which is {@link LeaseLost}, hears of the end by an exit signal only. */
export type LeaseOptionsOf<Owner extends AnyProcess> =
  Owner extends Process<infer Message>
    ? LeaseLost extends Message
      ? LeaseOptions
      : LeaseOptions & { readonly atEnd: 'exit' }
    : LeaseOptions

/**
 * Asks for a lease, for the process that calls, and keeps it until it is released, or the process ends, or it cannot be renewed. The owner receives
 * {@link LeaseLost}, or `atEnd` is `exit`.
 *
 * Rejects with `consensus.bad_option`, `consensus.unavailable`, `consensus.unknown_outcome` (it ends by itself then), `consensus.too_many_leases`,
 * `consensus.slow_lease`.
 */
export async function acquireLease<Owner extends AnyProcess>(
  owner: Owner,
  client: LeaseClient,
  options: LeaseOptionsOf<Owner>,
): Promise<LeaseAnswer> {
  const { name, durationMs = 10_000, marginMs = durationMs / 10, waitMs = 0, atEnd = 'message' }: LeaseOptions = options
  check({ name, durationMs, marginMs, waitMs, atEnd })
  const { node } = owner
  const terms: Terms = { name, durationMs, marginMs, atEnd, client, owner: owner.pid }
  const granted = await askUntil(owner, terms, node.monotonicTimeMs() + waitMs)
  if (granted.type === 'taken') return { type: 'taken', by: granted.by }
  const { token } = granted
  const hold: Hold = { token, endsMs: granted.askedMs + durationMs - marginMs, isOver: false }
  const renewer = owner.spawnLink(renewerOf(terms, hold), { trapExits: true })
  return {
    type: 'held',
    lease: {
      name,
      token,
      isHeld: () => !hold.isOver && node.monotonicTimeMs() < hold.endsMs,
      release: async () => {
        hold.isOver = true
        node.send(renewer, { type: 'release' })
        await node.exited(renewer)
      },
    },
  }
}

/** Answers that came too late for what they gave. */
const attempts = 5

type Granted =
  | { readonly type: 'granted'; readonly token: number; readonly askedMs: number }
  | { readonly type: 'taken'; readonly by: Lease }

async function askUntil(owner: AnyProcess, terms: Terms, untilMs: number): Promise<Granted> {
  const { node } = owner
  for (;;) {
    const granted = await ask(owner, terms)
    const leftMs = untilMs - node.monotonicTimeMs()
    if (granted.type === 'granted' || leftMs <= 0) return granted
    await owner.sleep(Math.min(leftMs, (terms.durationMs / 4) * (0.5 + node.runtime.random())))
  }
}

/** A lease of which more than half is left. */
async function ask(owner: AnyProcess, { name, durationMs, client }: Terms): Promise<Granted> {
  const { node } = owner
  const holder = `${node.name}#${String(node.incarnation)}`
  let command: LeaseCommand = { type: 'acquire', name, holder, durationMs }
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const askedMs = node.monotonicTimeMs()
    const answer = await client.submit(owner, command)
    if (answer.type === 'taken') return { type: 'taken', by: answer.lease }
    if (answer.type === 'full') throw consensusError('consensus.too_many_leases', { group: client.group })
    if (answer.type === 'granted' || answer.type === 'renewed') {
      const { token } = answer.lease
      if (node.monotonicTimeMs() - askedMs < durationMs / 2) return { type: 'granted', token, askedMs }
      command = { type: 'renew', name, token }
    } else command = { type: 'acquire', name, holder, durationMs }
  }
  throw consensusError('consensus.slow_lease', { group: client.group, name, durationMs, attempts })
}

interface Terms {
  readonly name: string
  readonly durationMs: number
  readonly marginMs: number
  readonly atEnd: 'message' | 'exit'
  readonly client: LeaseClient
  readonly owner: AnyPid
}

/** Shared by the renewer and what its owner looks at: both are of one program. */
interface Hold {
  readonly token: number
  endsMs: number
  isOver: boolean
}

type ToRenewer = { readonly type: 'release' } | Exit

function check({ name, durationMs, marginMs, waitMs, atEnd }: Required<LeaseOptions>): void {
  const bad = (option: string, wanted: string) => consensusError('consensus.bad_option', { option, wanted })
  if (typeof name !== 'string' || name === '') throw bad('name', 'a text that is not empty')
  if (!isDuration(durationMs)) throw bad('durationMs', `a number of milliseconds from 100 to ${String(longestMs)}`)
  if (!isMs(waitMs) || waitMs === Infinity) throw bad('waitMs', 'a number of milliseconds from 0 up')
  if (!isMs(marginMs) || marginMs > durationMs / 2) throw bad('marginMs', 'milliseconds, at most half the duration')
  if (atEnd !== 'message' && atEnd !== 'exit') throw bad('atEnd', 'message or exit')
}

function renewerOf(terms: Terms, hold: Hold): (self: Process<ToRenewer>) => Promise<void> {
  const { durationMs, owner } = terms
  return async (self) => {
    const nowMs = () => self.node.monotonicTimeMs()
    let nextMs = hold.endsMs - durationMs + terms.marginMs + durationMs / 3
    for (;;) {
      const waitMs = Math.max(0, Math.min(nextMs, hold.endsMs) - nowMs())
      const message = await self.receive({ timeoutMs: waitMs })
      if (typeof message === 'object') break
      if (nowMs() >= hold.endsMs) return over(self, terms, hold, 'expired')
      const askedMs = nowMs()
      const answer = await tell(self, terms, hold, 'renew')
      if (answer === 'lost') return over(self, terms, hold, 'lost')
      const isRenewed = answer === 'renewed'
      if (isRenewed) hold.endsMs = askedMs + durationMs - terms.marginMs
      nextMs = isRenewed ? askedMs + durationMs / 3 : nowMs() + durationMs / 20
    }
    // Its owner is gone, or has had enough.
    hold.isOver = true
    self.unlink(owner)
    await tell(self, terms, hold, 'release')
  }
}

/** Null: nobody could say. */
async function tell(
  self: AnyProcess,
  { name, client }: Terms,
  hold: Hold,
  type: 'renew' | 'release',
): Promise<LeaseResult['type'] | null> {
  const timeoutMs = Math.max(1, hold.endsMs - self.node.monotonicTimeMs())
  try {
    return (await client.submit(self, { type, name, token: hold.token }, { timeoutMs })).type
  } catch {
    return null
  }
}

function over(self: AnyProcess, { name, atEnd, owner }: Terms, hold: Hold, why: LeaseLost['why']): void {
  const isReleased = hold.isOver
  hold.isOver = true
  self.unlink(owner)
  // Its owner gave it back while that was on its way, and is told nothing more.
  if (isReleased) return
  const lost: LeaseLost = { type: 'leaseLost', name, token: hold.token, why }
  if (atEnd === 'exit') self.sendExit(owner, { leaseLost: name })
  else self.send(owner as never, lost as never)
}

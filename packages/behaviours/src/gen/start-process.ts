/**
 * A synchronous start for hand-written processes (proc_lib:start_link, init_ack, init_fail).
 *
 *     starter ── spawn (linked) ──► process: … opens its file … ── init.ack(value) ──► the starter goes on
 *                                            └── throws, returns, init.fail(reason): start.failed; the process is gone
 *
 * It is the start of the behaviours, with the hand-written function in place of `begin`.
 */
import {
  reply,
  Request,
  type Accepts,
  type AnyPid,
  type AnyProcess,
  type ExitReason,
  type Pid,
  type Process,
  type Ref,
  type Sendable,
} from '@agner/core'
import { isSystem } from '../protocol/envelope.ts'
import { heardBy } from '../protocol/heard.ts'
import { badTimeout } from './start-timeout.ts'
import { askToBegin, spawnBound, toStartError, type Bond, type Starter, type StartOptions } from './start.ts'

/** How a hand-written process tells its starter how it went. */
export interface InitAck<R> {
  /** Releases the starter with this value. Only the first one counts. @throws `copy.unsendable` */
  ack(...value: undefined extends R ? [value?: R & Sendable<R>] : [value: R & Sendable<R>]): void
  /** Ends the process, and the start with it; no crash is reported (proc_lib:init_fail). */
  fail(reason: ExitReason): never
}

/** A process that has acknowledged its start. */
export interface Started<M, R> {
  readonly pid: Pid<Accepts<M>>
  readonly value: R
}

export type ProcessStartOptions = Pick<StartOptions, 'timeoutMs' | 'mailboxLimit' | 'priority'> & {
  /** A local name, registered before it runs. */
  readonly name?: string
}

type Starting<M, R> = (self: Process<M>, init: InitAck<R>) => Promise<unknown>

/**
 * Starts a hand-written process and waits until it has called `init.ack` (proc_lib:start_link; from a node
 * proc_lib:start). From a process it is linked to that.
 *
 * Rejects with a `StartError`: `start.failed` if it ended before, with its exit reason (`normal`, too); `start.timeout`,
 * when it was killed for being slow; `start.already_started`. With `call.bad_timeout` before anything is started.
 */
export function startProcess<M = never, R = undefined>(
  parent: Starter,
  body: Starting<M, R>,
  options: ProcessStartOptions = {},
): Promise<Started<M, R>> {
  const start = async (): Promise<Started<M, R>> => {
    const { pid, value } = await begin(parent, body, options, 'spawnLink' in parent ? 'link' : 'none')
    return { pid, value }
  }
  return heardBy(parent, start())
}

/** The same with a monitor in place of the link (proc_lib:start_monitor): no end of it goes unseen. */
export function startProcessMonitor<M = never, R = undefined>(
  self: AnyProcess,
  body: Starting<M, R>,
  options: ProcessStartOptions = {},
): Promise<Started<M, R> & { readonly ref: Ref }> {
  return heardBy(self, begin(self, body, options, 'monitor') as Promise<Started<M, R> & { readonly ref: Ref }>)
}

async function begin<M, R>(
  parent: Starter,
  body: Starting<M, R>,
  options: ProcessStartOptions,
  bond: Bond,
): Promise<Started<M, R> & { readonly ref: Ref | null }> {
  const wrong = badTimeout(options.timeoutMs)
  if (wrong !== null) throw wrong
  const module = body.name === '' ? 'the process' : body.name
  const above: AnyPid | null = bond === 'link' ? (parent as AnyProcess).pid : null
  const named = { [module]: (self: Process<never>) => run(self, body as unknown as Starting<never, R>, above) }[module]!
  const bound = spawnBound(parent, module, named, options, bond)
  try {
    const answer = await askToBegin(parent, bound.pid, options)
    const value = (answer as { readonly acknowledged: unknown }).acknowledged as R
    return { pid: bound.pid as Pid<Accepts<M>>, value, ref: bound.ref }
  } catch (error) {
    throw await toStartError(parent, module, bound, options, error)
  }
}

const isStart = (message: unknown): boolean =>
  message instanceof Request && isSystem(message.payload) && message.payload.system === 'start'

async function run<R>(self: Process<never>, body: Starting<never, R>, above: AnyPid | null): Promise<void> {
  const request = (await self.receive(isStart)) as unknown as Request<unknown, unknown>
  const unlink = (): void => {
    // Told once, by the answer: no exit comes over the link.
    if (above !== null && request.isPending) self.unlink(above)
  }
  try {
    await body(self, {
      ack: (...[value]) => reply(request, { acknowledged: value }),
      fail: (reason) => {
        unlink()
        return self.exit(reason)
      },
    })
  } finally {
    unlink()
  }
}

/**
 * A system monitor: told of what goes wrong in a node before anything breaks. Off, it costs nothing.
 *
 * It is never told on the stack of a process: what has happened comes a microtask later. A process that it tells may die, a function may throw: the monitor ends
 * by that, the latter with a report.
 */
import { coreError } from '../errors.ts'
import type { Pid } from '../identity/pid.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { toTarget } from '../tracing/options.ts'
import { FunctionOutlet, ProcessOutlet, type Outlet } from '../tracing/outlet.ts'
import { describeValue } from '../values/describe.ts'
import { show } from '../values/show.ts'
import type { SystemEvent } from './events.ts'
import type { MailboxLengths } from './long-mailboxes.ts'
import { longTurn } from './long-turn.ts'
import { LoopLag } from './loop-lag.ts'

export interface SystemMonitorOptions {
  /**
   * Tells of each turn that took so long, with the process whose it was. While it is on each turn is timed: two looks at the clock, and for an async body a
   * round through the microtasks. What an async function does after awaiting a promise that is settled from outside counts for nobody.
   */
  readonly longTurnMs?: number
  /** Tells of mailboxes in which `on` messages wait, and then of the same when `off` or fewer do. */
  readonly longMailbox?: MailboxLengths
  /** Tells when a timer is so late. A block that is shorter than one and a half times this may go unseen. */
  readonly loopLagMs?: number
  /** Tells of each process that has to wait since too much of what is sent to another node waits already. Default false. */
  readonly busyPeer?: boolean
  /** A process of this node, as messages, or a function. */
  readonly to: Pid<SystemEvent> | ((event: SystemEvent) => void)
}

/** It is on until it is stopped, the process that it tells ends, or its node stops. */
export interface SystemMonitor extends Disposable {
  readonly isOn: boolean
  /** Nothing is told after this. Stopping twice is harmless. */
  stop(): void
}

class RunningMonitor implements SystemMonitor {
  readonly #kernel: Kernel
  readonly #outlet: Outlet<SystemEvent>
  readonly #ends: (() => void)[] = []
  #isOn = true

  constructor(kernel: Kernel, options: SystemMonitorOptions) {
    const { longTurnMs, longMailbox, loopLagMs, busyPeer } = check(options)
    const to = toTarget(kernel, options.to)!
    this.#kernel = kernel
    this.#outlet =
      typeof to === 'function' ? new FunctionOutlet(to, (error) => this.#failed(error)) : new ProcessOutlet(to)
    const { runtime } = kernel
    if (longTurnMs !== undefined)
      this.#ends.push(
        kernel.turns.listen((turn) => {
          if (turn.durationMs >= longTurnMs && turn.record.visible) this.#tell(longTurn(turn))
        }),
      )
    if (longMailbox !== undefined)
      this.#ends.push(
        kernel.watchMailboxes({ ...longMailbox }, ({ pid, name, messagesWaiting: mailboxLength }, isLong) =>
          this.#tell({ type: 'longMailbox', pid, name, isLong, mailboxLength, atMs: runtime.nowMs() }),
        ),
      )
    if (loopLagMs !== undefined) {
      const lag = new LoopLag(runtime, loopLagMs, (lagMs) =>
        this.#tell({ type: 'loopLag', lagMs, atMs: runtime.nowMs() }),
      )
      this.#ends.push(() => lag.stop())
    }
    if (busyPeer === true)
      this.#ends.push(
        kernel.peers.busy.listen(({ pid, name }, node) =>
          this.#tell({ type: 'busyPeer', pid, name, node, atMs: runtime.nowMs() }),
        ),
      )
    const stop = (): void => this.stop()
    kernel.atStop.add(stop)
    this.#ends.push(
      () => kernel.atStop.delete(stop),
      kernel.onProcessEnd((record) => record === this.#outlet.process && this.stop()),
    )
  }

  get isOn(): boolean {
    return this.#isOn
  }

  stop(): void {
    this.#isOn = false
    for (const end of this.#ends.splice(0)) end()
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #tell(event: SystemEvent): void {
    this.#kernel.runtime.microtask(() => {
      if (!this.#isOn) return
      try {
        const refusal = this.#outlet.tell(event)
        if (refusal === 'behind') this.#report('the process that it tells has too many unread messages', null)
        if (refusal !== null) this.stop()
      } catch (error) {
        this.#failed(error)
      }
    })
  }

  #failed(error: unknown): void {
    if (!this.#isOn) return
    this.#report(`what it was given as "to" failed: ${String(show(error))}`, show(error))
    this.stop()
  }

  #report(why: string, error: unknown): void {
    const text = `A system monitor was ended, since ${why}`
    this.#kernel.report({ type: 'notice', level: 'warning', source: 'system_monitor', text, details: { error } })
  }
}

/** @throws `system_monitor.bad_option`, `trace.bad_option` for `to`, `node.stopped` */
export function monitorSystem(kernel: Kernel, options: SystemMonitorOptions): SystemMonitor {
  if (kernel.stopped) throw coreError('node.stopped', { node: kernel.identity.name })
  return new RunningMonitor(kernel, options)
}

function check(options: SystemMonitorOptions): SystemMonitorOptions {
  const { longTurnMs, longMailbox, loopLagMs, busyPeer } = options
  const isAbove = (least: number, value: unknown): boolean => typeof value === 'number' && value >= least
  if (longTurnMs !== undefined && !(isAbove(0, longTurnMs) && longTurnMs > 0))
    throw bad('longTurnMs', longTurnMs, 'a number of milliseconds above 0')
  if (loopLagMs !== undefined && !isAbove(1, loopLagMs))
    throw bad('loopLagMs', loopLagMs, 'a number of milliseconds from 1 up')
  if (longMailbox !== undefined) {
    const { on, off } = (longMailbox as MailboxLengths | null) ?? { on: Number.NaN, off: Number.NaN }
    if (!isAbove(1, on) || !isAbove(0, off) || off >= on)
      throw bad('longMailbox', longMailbox, '{ on, off }, with on above off')
  }
  if (busyPeer !== undefined && typeof busyPeer !== 'boolean') throw bad('busyPeer', busyPeer, 'true or false')
  if (options.to === undefined) throw bad('to', options.to, 'a function or the pid of a process')
  return options
}

function bad(option: string, value: unknown, wanted: string): Error {
  return coreError('system_monitor.bad_option', { option, value: describeValue(value), wanted })
}

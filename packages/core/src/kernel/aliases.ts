/**
 * Aliases: refs that may be sent to while they are active (erlang:alias/1). The check is made when the receiver handles the message: what is
 * in the mailbox by then stays, what comes after the alias ended is dropped.
 */
import type { MessageContext } from '../trace-context.ts'
import type { Alias, Ref } from '../identity/ref.ts'
import { wantRef } from '../identity/wanted.ts'
import type { Kernel } from './kernel.ts'
import { Carried } from './message-context.ts'
import type { Monitor, MonitorAlias } from './monitor.ts'
import type { ProcessRecord } from './process-record.ts'
import { AwaitedReply } from './reply-address.ts'
import { AliasMessage } from './signal.ts'

/** What the ref of an active alias holds. */
export class ActiveAlias {
  readonly owner: ProcessRecord
  readonly lasts: AliasLife
  /** The monitor that has the same ref, until it ends. */
  monitor: Monitor | null

  constructor(owner: ProcessRecord, lasts: AliasLife, monitor: Monitor | null) {
    this.owner = owner
    this.lasts = lasts
    this.monitor = monitor
  }
}

/** `once`: until the first message. The others are those of a monitor's alias. */
type AliasLife = 'once' | MonitorAlias

export class Aliases {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** @param once the alias ends itself with the first message that comes through it. */
  make(record: ProcessRecord, once: boolean): Alias<unknown> {
    const alias = this.#kernel.makeRef(record)
    this.activate(record, alias, once ? 'once' : 'explicitUnalias', null)
    return alias as Alias<unknown>
  }

  /** Makes a ref, a monitor's say, an address of the process. */
  activate(record: ProcessRecord, ref: Ref, lasts: AliasLife, monitor: Monitor | null): void {
    ref.holds = new ActiveAlias(record, lasts, monitor)
    const belongings = record.belong()
    ;(belongings.aliases ??= new Set()).add(ref as Alias<unknown>)
  }

  /**
   * @returns whether it was an active alias of the process.
   * @throws `ref.bad`
   */
  end(record: ProcessRecord, alias: Ref): boolean {
    wantRef('unalias', alias)
    if (!(alias.holds instanceof ActiveAlias) || alias.holds.owner !== record) return false
    alias.holds = alias.holds.monitor
    record.belongings?.aliases?.delete(alias as Alias<unknown>)
    return true
  }

  /** The monitor of an alias has ended; the alias has not. */
  outlive(alias: Ref): void {
    if (alias.holds instanceof ActiveAlias) alias.holds.monitor = null
  }

  /** Sends a message that was copied already. */
  send(alias: Ref, message: unknown, context: MessageContext | null = null): void {
    if (alias.holds instanceof AwaitedReply) return alias.holds.arrived(message)
    if (!(alias.holds instanceof ActiveAlias)) return
    const made = new AliasMessage(alias as Alias<unknown>, message)
    this.#kernel.push(alias.holds.owner, context === null ? made : new Carried(made, context))
  }

  arrived(receiver: ProcessRecord, alias: Alias<unknown>, message: unknown): boolean {
    if (!(alias.holds instanceof ActiveAlias) || !receiver.lives) return false
    const { lasts } = alias.holds
    if (lasts === 'once') this.end(receiver, alias)
    // Before the message is seen: what comes through the alias after it is dropped, and no DOWN comes either.
    if (lasts === 'replyDemonitor') {
      this.end(receiver, alias)
      this.#kernel.monitors.demonitor(receiver, alias)
    }
    return receiver.hear(message)
  }

  release(record: ProcessRecord): void {
    const aliases = record.belongings?.aliases
    if (aliases == null) return
    for (const alias of aliases) this.end(record, alias)
  }
}

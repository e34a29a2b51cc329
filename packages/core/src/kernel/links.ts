/**
 * Links: both ways, a set, and never half.
 *
 * Unlinking carries an id. Until the other side has acknowledged it, an exit or a link that was already on its way is ignored;
 * linking again in the meantime makes the link active at once. It is the same here and across nodes (ERTS "New Link Protocol").
 */
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import { wantPid } from '../identity/wanted.ts'
import type { Kernel } from './kernel.ts'
import { active, LinkSet, stillborn } from './link-set.ts'
import type { ProcessRecord } from './process-record.ts'
import { LinkExitSignal, LinkSignal, StillbornSignal, UnlinkAckSignal, UnlinkSignal } from './signal.ts'

export class Links {
  readonly #kernel: Kernel
  #unlinkIds = 0
  readonly #sendExit = (to: AnyPid, from: AnyPid, reason: ExitReason): void => {
    const target = this.#kernel.local(to)
    if (target === 'remote') this.#kernel.peers.route(to.node, { op: 'linkExit', from, to, reason })
    else if (target !== null) this.#kernel.push(target, new LinkExitSignal(from, reason))
  }

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** @throws `pid.bad` */
  link(record: ProcessRecord, other: AnyPid): void {
    wantPid('link', other)
    if (other === record.pid) return
    const links = (record.links ??= new LinkSet())
    const before = links.get(other)
    if (before === active || before === stillborn) return
    links.set(other, active)
    const target = this.#kernel.local(other)
    if (record.traced && target !== null) this.#kernel.tracing?.linking(record, other, target)
    if (target === 'remote') {
      this.#kernel.peers.relate(record, other.node)
      this.#kernel.peers.say(other.node, { op: 'link', from: record.pid, to: other }, record.pid)
    } else if (target === null) {
      // The exit of an earlier link, which an unlink took away, may have arrived: it must not break this one, which has its own.
      links.set(other, stillborn)
      this.#kernel.push(record, new StillbornSignal(other))
    } else if (this.#kernel.mayAct(target)) this.linked(target, record.pid)
    else this.#kernel.push(target, new LinkSignal(record.pid))
  }

  /** Notes a link that is set on the other side already: of a process that was born with it, on another node. */
  adopt(record: ProcessRecord, other: AnyPid): void {
    ;(record.links ??= new LinkSet()).set(other, active)
  }

  /** @throws `pid.bad` */
  unlink(record: ProcessRecord, other: AnyPid): void {
    wantPid('unlink', other)
    const links = record.links
    const state = links?.get(other)
    if (links === null || (state !== active && state !== stillborn)) return
    const id = ++this.#unlinkIds
    links.set(other, id)
    if (record.traced) this.#kernel.tracing?.tell(record, 'unlink', { to: other })
    const target = this.#kernel.local(other)
    if (target === 'remote')
      this.#kernel.peers.say(other.node, { op: 'unlink', from: record.pid, to: other, id }, record.pid)
    else if (target === null) this.acknowledged(record, other, id)
    else if (this.#kernel.mayAct(target)) this.unlinked(target, record.pid, id)
    else this.#kernel.push(target, new UnlinkSignal(record.pid, id))
  }

  /** A link signal is handled. One that meets our own unacknowledged unlink was sent before it, and is void. */
  linked(receiver: ProcessRecord, from: AnyPid): void {
    const links = (receiver.links ??= new LinkSet())
    if (links.get(from) !== undefined) return
    links.set(from, active)
    if (receiver.traced) this.#kernel.tracing?.tell(receiver, 'linked', { by: from })
    if (this.#kernel.local(from) === 'remote') this.#kernel.peers.relate(receiver, from.node)
  }

  unlinked(receiver: ProcessRecord, from: AnyPid, id: number): void {
    // Our own unlink may be under way too; its acknowledgement clears it.
    if (receiver.links?.get(from) === active) {
      receiver.links.delete(from)
      if (receiver.traced) this.#kernel.tracing?.tell(receiver, 'unlinked', { by: from, reason: null })
    }
    this.acknowledge(receiver.pid, from, id)
  }

  acknowledge(from: AnyPid, to: AnyPid, id: number): void {
    const target = this.#kernel.local(to)
    if (target === 'remote') this.#kernel.peers.route(to.node, { op: 'unlinkAck', from, to, id })
    else if (target === null) return
    else if (this.#kernel.mayAct(target)) this.acknowledged(target, from, id)
    else this.#kernel.push(target, new UnlinkAckSignal(from, id))
  }

  acknowledged(receiver: ProcessRecord, from: AnyPid, id: number): void {
    if (receiver.links?.get(from) === id) receiver.links.delete(from)
  }

  /** The process to link to is dead. */
  refuse(dead: AnyPid, linker: AnyPid): void {
    this.#sendExit(linker, dead, 'noproc')
  }

  /** The exit of a linked process is handled: it acts only if the link is active on this side, or, of a stillborn one, if it is that one's own. */
  exited(
    receiver: ProcessRecord,
    from: AnyPid,
    reason: ExitReason,
    of: typeof active | typeof stillborn = active,
  ): boolean {
    const state = receiver.links?.get(from)
    if (state === undefined || (state === stillborn) !== (of === stillborn)) return false
    receiver.links!.delete(from)
    if (state !== of) return false
    if (receiver.traced) this.#kernel.tracing?.tell(receiver, 'unlinked', { by: from, reason })
    return this.#kernel.deaths.linkBroke(receiver, from, reason)
  }

  /** Tells everyone that is linked to a dead process. */
  announce(record: ProcessRecord, reason: ExitReason): void {
    const links = record.links
    if (links === null) return
    record.links = null
    links.forEachActive(this.#sendExit, record.pid, reason)
  }
}

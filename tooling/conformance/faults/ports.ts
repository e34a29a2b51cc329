/**
 * Wrong ports.
 */

import { Deaths } from '../../../packages/core/src/kernel/deaths.ts'

import { Port } from '../../../packages/core/src/ports/index.ts'
import { Intake } from '../../../packages/core/src/ports/intake.ts'
import { OpenPort } from '../../../packages/core/src/ports/open-port.ts'
import { patch, patchGetter, type Fault } from './patch.ts'

export const portFaults = {
  'port.once_is_for_ever': patch(
    Intake.prototype,
    'activate',
    (activate) =>
      function (this: Intake, active) {
        activate.call(this, active === 'once' ? true : active)
      },
  ),
  /** A passive port tells what it has. */
  'port.asks_ahead': patch(
    Intake.prototype,
    'activate',
    (activate) =>
      function (this: Intake, active) {
        activate.call(this, active === false ? 'once' : active)
      },
  ),
  'port.count_starts_anew': patch(
    Intake.prototype,
    'activate',
    (activate) =>
      function (this: Intake, active) {
        if (typeof active === 'number') activate.call(this, false)
        activate.call(this, active)
      },
  ),
  'port.takes_any_count': patch(
    Intake.prototype,
    'activate',
    (activate) =>
      function (this: Intake, active) {
        try {
          activate.call(this, active)
        } catch {
          activate.call(this, true)
        }
      },
  ),
  'port.count_is_not_told': patch(OpenPort.prototype, 'tellPassive', () => () => {}),
  'port.reads_while_active': patchGetter(Intake.prototype, 'active', () => false),
  'port.end_is_unasked': patch(
    OpenPort.prototype,
    'end',
    (end) =>
      function (this: OpenPort) {
        end.call(this)
        this.intake.activate('once')
      },
  ),
  'port.close_is_told_to_its_owner': patch(
    OpenPort.prototype,
    'closeBy',
    (closeBy) =>
      function (this: OpenPort, closer) {
        this.record.kernel.push(this.owner, { type: 'closed', port: this.port })
        return closeBy.call(this, closer)
      },
  ),
  'port.outlives_its_owner': patch(OpenPort.prototype, 'ownerDied', () => () => Promise.resolve()),
  'port.forgets_why': patch(
    OpenPort.prototype,
    'ownerDied',
    (ownerDied) =>
      function (this: OpenPort) {
        return ownerDied.call(this, 'normal')
      },
  ),
  'port.ignores_exit_signals': patch(
    Deaths.prototype,
    'exitSignal',
    (exitSignal) =>
      function (this: Deaths, receiver, from, reason) {
        return receiver.pid instanceof Port ? false : exitSignal.call(this, receiver, from, reason)
      },
  ),
  'port.leaves_its_messages': patch(
    Port.prototype,
    'handOver',
    (handOver) =>
      function (this: Port, to) {
        const saved = this.open?.owner.saved ?? null
        if (this.open !== null) this.open.owner.saved = null
        const { owner } = this.open ?? {}
        handOver.call(this, to)
        if (owner !== undefined) owner.saved = saved
      },
  ),
  'port.moves_all_messages': patch(
    Port.prototype,
    'handOver',
    (handOver) =>
      function (this: Port, to) {
        const owner = this.open?.owner
        handOver.call(this, to)
        while (owner !== undefined && owner.saved !== null && owner.saved.size > 0)
          owner.kernel.push(this.open!.owner, owner.saved.shift())
      },
  ),
  'port.keeps_its_first_owner': patch(Port.prototype, 'handOver', () => () => {}),
  'port.is_handed_over_passive': patch(
    Port.prototype,
    'handOver',
    (handOver) =>
      function (this: Port, to) {
        this.active(false)
        handOver.call(this, to)
      },
  ),
  /** Also to the dead: it ends there. */
  'port.is_handed_to_anybody': patch(
    Port.prototype,
    'handOver',
    (handOver) =>
      function (this: Port, to) {
        try {
          handOver.call(this, to)
        } catch {
          void this.close()
        }
      },
  ),
} satisfies { readonly [name: string]: Fault }

/**
 * Wrong spawn options and spawn requests.
 */
import { RemoteSpawns } from '../../../packages/core/src/kernel/remote-spawn.ts'
import { RequestedSpawn } from '../../../packages/core/src/process/spawning.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { all, patch, type Fault } from './patch.ts'

export const spawnFaults = {
  'request.gets_no_answer': all(
    patch(RequestedSpawn.prototype, 'made', () => () => {}),
    patch(RequestedSpawn.prototype, 'failed', () => () => {}),
  ),
  'request.answer_is_late': patch(
    RequestedSpawn.prototype,
    'made',
    (made) =>
      function (this: RequestedSpawn, pid) {
        pid.process!.kernel.runtime.setTimer(10, () => made.call(this, pid))
      },
  ),
  'request.ref_is_another': patch(
    RequestedSpawn.prototype,
    'bonds',
    (bonds) =>
      function (this: RequestedSpawn, options) {
        const made = bonds.call(this, options)
        return made.monitor === null ? made : { ...made, monitor: this.record.kernel.makeRef(null) }
      },
  ),
  'request.bad_option_raises': patch(
    RequestedSpawn.prototype,
    'attempt',
    () =>
      function (this: RequestedSpawn, run) {
        run()
      },
  ),
  'request.bad_option_is_ignored': patch(Self.prototype, 'spawnRequest', (spawnRequest) => {
    return function (this: Self<unknown>, body, { link, monitor, replyTag } = {}) {
      return spawnRequest.call(this, body, {
        ...(link !== undefined && { link }),
        ...(monitor !== undefined && { monitor }),
        ...(replyTag !== undefined && { replyTag }),
      })
    }
  }),
  'request.reply_option_is_ignored': patch(RequestedSpawn.prototype, 'wants', () => () => true),
  'request.tag_is_dropped': patch(Self.prototype, 'spawnRequest', (spawnRequest) => {
    return function (this: Self<unknown>, body, options) {
      return spawnRequest.call(this, body, { ...options, replyTag: 'spawnReply' })
    }
  }),
  'request.link_is_forgotten': patch(
    RequestedSpawn.prototype,
    'bonds',
    (bonds) =>
      function (this: RequestedSpawn, options) {
        return { ...bonds.call(this, options), link: false }
      },
  ),
  'request.cannot_be_given_up': patch(Self.prototype, 'abandonSpawn', () => () => false),
  'request.is_answered_all_the_same': patch(RemoteSpawns.prototype, 'giveUp', () => () => true),
  'spawn.link_is_forgotten': patch(Self.prototype, 'spawnMonitor', (spawnMonitor) => {
    return function (this: Self<unknown>, body, options) {
      return spawnMonitor.call(this, body, { ...options, link: false }) as never
    }
  }),
  'spawn.alias_is_forgotten': patch(Self.prototype, 'spawnMonitor', (spawnMonitor) => {
    return function (this: Self<unknown>, body, { alias: _, ...options } = {}) {
      return spawnMonitor.call(this, body, options) as never
    }
  }),
} satisfies { readonly [name: string]: Fault }

/**
 * A process that stands for another one on a far node: it ends when that does, with the same reason, or with `noconnection` when its relay loses the way.
 *
 * So whoever monitors it has a monitor like any other: one DOWN, a demonitor that flushes.
 */
import { finish, type AnyPid, type CallbackBody, type Down, type ExitReason, type Node } from '@agner/core'

type End = { readonly reason: ExitReason } | Down

export function spawnWatcher(node: Node, relay: AnyPid): AnyPid {
  const body: CallbackBody<End, null> = {
    name: '@agner/groups/watcher',
    init: (self) => {
      self.monitor(relay)
      return null
    },
    message: (_, message) => finish('ref' in message ? 'noconnection' : message.reason),
  }
  return node.spawn(body)
}

export function isWatched(node: Node, watcher: AnyPid): boolean {
  const info = node.processInfo(watcher, ['monitoredBy', 'mailboxLength'])
  return info !== undefined && info.monitoredBy.length > 0
}

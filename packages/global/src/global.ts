/**
 * Cluster-wide names and locks: one scope that all connected nodes share, as Erlang's global.
 *
 * The nodes that start it become a full mesh: a node that comes is told of the others, and connects to them (`connect_all`). Nodes in groups
 * (`@agner/groups`) do without: each group has its own names and its own mesh. A node whose distribution was started with `connectAll: false` takes no part in
 * the mesh: it connects nowhere, and makes nobody connect. Rely on
 * no names then: they are agreed on by nodes that are all connected, as Erlang's are. A hidden node is outside: its names and locks are its own.
 */
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Global } from './global-interface.ts'
import { completeLimits, type GlobalLimits } from './limits.ts'
import { Locks } from './locks/locks.ts'
import { startMeshing } from './mesh.ts'
import { Scope } from './names/scope.ts'

export interface GlobalOptions {
  readonly limits?: Partial<GlobalLimits>
}

const name = 'global'

/** Starts the names and locks of a node, once. @throws `global.bad_option`, `global.already_started` */
export async function startGlobal(
  node: Node,
  distribution: Distribution,
  options: GlobalOptions = {},
): Promise<Global> {
  const limits = completeLimits(options.limits)
  const scope = await Scope.start(node, {
    name,
    candidates: () => distribution.nodes(),
    onCandidate: (listener) =>
      distribution.onNodeChange((change) => {
        if (change.type === 'nodeup') listener(change.node)
      }),
    limits,
  })
  let locks: Locks | null = null
  let stopMeshing: () => void
  try {
    locks = new Locks(node, { scope: name, limits, members: () => scope.members() })
    stopMeshing = distribution.connectAll ? startMeshing(node, distribution) : () => {}
  } catch (error) {
    // Another process may have one of their names: what had begun must not be in the way of the next start.
    locks?.stop()
    scope.stop()
    throw error
  }
  return {
    whereis: (of) => scope.whereis(of),
    names: () => scope.names(),
    register: (from, of, pid, options) => scope.register(from, of, pid, options),
    reregister: (from, of, pid, options) => scope.reregister(from, of, pid, options),
    unregister: (from, of) => scope.unregister(from, of),
    send: (from, to, message) => scope.send(from, to, message),
    at: (of, options) => scope.at(of, options),
    setLock: (self, id, options) => locks.setLock(self, id, options),
    delLock: (self, id, options) => locks.delLock(self, id, options),
    trans: (self, id, work, options) => locks.trans(self, id, work, options),
    sync: (options) => scope.sync(options),
    members: () => scope.members(),
    stats: () => {
      const [ofNames, ofLocks] = [scope.stats(), locks.stats()]
      return { ...ofNames, ...ofLocks, rubbish: ofNames.rubbish + ofLocks.rubbish }
    },
    stop: () => {
      stopMeshing()
      locks.stop()
      scope.stop()
    },
  }
}

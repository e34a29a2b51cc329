/**
 * Cluster-wide names: one scope that all connected nodes share, as Erlang's global.
 *
 * The nodes that start it become a full mesh: a node that comes is told of the others, and connects to them (`connect_all`). Nodes in groups
 * (`@agner/groups`) do without: each group has its own names and its own mesh. A node whose distribution was started with `connectAll: false` takes no part in
 * the mesh: it connects nowhere, and makes nobody connect. Rely on
 * no names then: they are agreed on by nodes that are all connected, as Erlang's are.
 */
import { defineServer, cast, noreply, protocol, startServer, type Protocol } from '@agner/behaviours'
import type { AnyPid, Node, AnyProcess } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { Scope } from './names/scope.ts'

interface MeshApi {
  casts: { nodes(names: readonly string[]): void }
  info: { readonly type: 'joined'; readonly node: string }
}

const mesh: Protocol<MeshApi> = protocol('@agner/global/mesh')

export interface Global {
  /** The process of a name as this node knows it; asks nobody. */
  whereis(name: string): AnyPid | undefined
  names(): string[]
  /** False if the name is taken, or the process has another global name. After true every node that can be reached knows it. */
  register(from: AnyProcess | Node, name: string, pid: AnyPid): Promise<boolean>
  /** Takes the name away from whoever has it. */
  reregister(from: AnyProcess | Node, name: string, pid: AnyPid): Promise<boolean>
  unregister(from: AnyProcess | Node, name: string): Promise<boolean>
  /** @throws `global.no_such_name` */
  send(from: AnyProcess | Node, name: string, message: unknown): void
  /**
   * Resolves with true once the nodes (default: all connected ones) share these names with this one; with false after `timeoutMs` (default 5,000). Wait for it after connecting, before
   * relying on what `register` says (global:sync/0).
   */
  sync(options?: { readonly nodes?: readonly string[]; readonly timeoutMs?: number }): Promise<boolean>
  /** The nodes that share these names now. */
  members(): string[]
  stop(): void
}

export async function startGlobal(node: Node, distribution: Distribution): Promise<Global> {
  const scope = await Scope.start(node, {
    name: 'global',
    candidates: () => distribution.nodes(),
    onCandidate: (listener) =>
      distribution.onNodeChange((change) => {
        if (change.type === 'nodeup') listener(change.node)
      }),
  })
  const stopMeshing = distribution.connectAll ? await startMeshing(node, distribution) : () => {}
  const stop = scope.stop.bind(scope)
  return Object.assign(scope, {
    stop: () => {
      stopMeshing()
      stop()
    },
  })
}

/** Returns what ends it. */
async function startMeshing(node: Node, distribution: Distribution): Promise<() => void> {
  const meshing = await startServer(node, defineMesh(distribution), undefined, { name: mesh.module })
  const stopListening = distribution.onNodeChange((change) => {
    if (change.type === 'nodeup') node.send(meshing, { type: 'joined', node: change.node })
  })
  for (const known of distribution.nodes()) node.send(meshing, { type: 'joined', node: known })
  return () => {
    stopListening()
    node.sendExit(meshing, 'shutdown')
  }
}

/** Tells a newcomer whom to connect to. */
function defineMesh(distribution: Distribution) {
  return defineServer(mesh, {
    init: (_: void): null => null,
    casts: {
      nodes: (state, names, { self }) => {
        const known = new Set([self.node.name, ...distribution.nodes()])
        for (const name of names) if (!known.has(name)) void distribution.connect(name)
        return noreply(state)
      },
    },
    info: {
      joined: (state, { node }, { self }) => {
        cast(
          self,
          mesh.at({ name: mesh.module, node }),
          'nodes',
          distribution.nodes().filter((name) => name !== node),
        )
        return noreply(state)
      },
    },
  })
}

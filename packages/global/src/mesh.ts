/**
 * The mesh of global: a node that comes is told of the others, and connects to them (`connect_all`).
 *
 *     A ── connects ──► B          B ── known: [C, D] ──► A ── connects ──► C, D
 *
 * Nothing is disconnected because a third node was lost.
 */
import type { AnyPid, CallbackBody, Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'

const meshName = '@agner/global/mesh'

interface Joined {
  readonly type: 'joined'
  readonly node: string
}

interface Known {
  readonly type: 'known'
  readonly nodes: readonly string[]
}

/** Returns what ends it. */
export function startMeshing(node: Node, distribution: Distribution): () => void {
  const meshing: AnyPid = node.spawn(meshBody(distribution), { name: meshName })
  const joined = (name: string): void => node.send(meshing as never, { type: 'joined', node: name } as never)
  const stopListening = distribution.onNodeChange((change) => {
    if (change.type === 'nodeup') joined(change.node)
  })
  for (const known of distribution.nodes()) joined(known)
  return () => {
    stopListening()
    node.sendExit(meshing, 'shutdown')
  }
}

/** Whatever makes no sense is dropped: it may come from anybody. */
function meshBody(distribution: Distribution): CallbackBody<unknown, null> {
  return {
    name: meshName,
    init: () => null,
    message: (self, message) => {
      if (isJoined(message)) {
        const nodes = distribution.nodes().filter((name) => name !== message.node)
        self.trySend({ name: meshName, node: message.node }, { type: 'known', nodes } satisfies Known, {
          connect: false,
        })
      } else if (isKnown(message)) {
        const known = new Set([self.node.name, ...distribution.nodes()])
        for (const name of message.nodes) if (!known.has(name)) void distribution.connect(name)
      }
      return null
    },
  }
}

function isJoined(message: unknown): message is Joined {
  return typeOf(message) === 'joined' && typeof (message as Partial<Joined>).node === 'string'
}

function isKnown(message: unknown): message is Known {
  if (typeOf(message) !== 'known') return false
  const { nodes } = message as Partial<Known>
  return Array.isArray(nodes) && nodes.every((name) => typeof name === 'string' && /^[^@\s]+@[^@\s]+$/.test(name))
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : null
}
